#include "published/cases.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace infersim::published {
namespace {

/// A set of reports and what is demanded of it, as shares of its points.
struct CaseSet {
  std::string_view id;
  std::string_view title;
  double within;                       ///< the bar of their class
  std::optional<double> least_inside;  ///< P10 to P90
  std::optional<double> most_inside;
};

constexpr std::array<CaseSet, 4> sets = {{
    {"servers", "Servers: speed", 0.75, 0.70, 0.90},
    {"edge", "Phones, PCs, Macs and consumer cards: speed", 0.90, std::nullopt, std::nullopt},
    {"power", "Power at the plug of computers of one user", 5.0 / 6.0, std::nullopt, std::nullopt},
    {"bytes", "Bytes of caches and states", 1.0, std::nullopt, std::nullopt},
}};

struct Count {
  std::size_t points = 0;
  std::size_t within = 0;
  std::size_t told = 0;  ///< with an interval
  std::size_t inside = 0;
};

Count count_of(const std::vector<Rows>& classes, std::string_view set) {
  Count count;
  for (const Rows& rows : classes) {
    if (rows.point_class->cases != set) continue;
    for (const Row& row : rows.rows) {
      ++count.points;
      count.within += row.error() <= rows.point_class->bar ? 1 : 0;
      if (!row.found || !row.found->interval) continue;
      ++count.told;
      const double published = row.point->published;
      const Interval& interval = *row.found->interval;
      count.inside += interval.low <= published && published <= interval.high ? 1 : 0;
    }
  }
  return count;
}

std::string verdict(bool passes) { return passes ? "pass" : "**miss**"; }

double share(std::size_t part, std::size_t all) {
  return all == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace

bool is_case_set(std::string_view name) {
  return std::any_of(sets.begin(), sets.end(), [&](const CaseSet& set) { return set.id == name; });
}

std::string cases_section(const std::vector<Rows>& classes) {
  std::string lines;
  for (const CaseSet& set : sets) {
    const Count count = count_of(classes, set.id);
    if (count.points == 0) continue;
    const double within = share(count.within, count.points);
    lines += fmt::format("| {} | {} of {} | at least {:.0f} % | {:.0f} % | {} |\n", set.title,
                         count.within, count.points, 100 * set.within, 100 * within,
                         verdict(within >= set.within));
    if (!set.least_inside) continue;
    const double inside = share(count.inside, count.told);
    lines += fmt::format(
        "| {}, inside P10 to P90 | {} of {} | {:.0f} to {:.0f} % | {:.0f} % | {} |\n", set.title,
        count.inside, count.told, 100 * *set.least_inside, 100 * *set.most_inside, 100 * inside,
        verdict(inside >= *set.least_inside && inside <= *set.most_inside));
  }
  if (lines.empty()) return lines;
  return "\n## What people reported of their own machines\n\n"
         "Within the bar of their class; each point is in the table of its class below.\n\n"
         "| reports | points | demand | share | |\n|---|---|---|---|---|\n" +
         lines;
}

}  // namespace infersim::published
