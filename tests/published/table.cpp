#include "published/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "published/cases.hpp"

namespace infersim::published {
namespace {

/// Errors of the rows that pass, and of how many.
struct Score {
  std::vector<double> errors;
  std::size_t within = 0;

  void add(double error, double bar) {
    errors.push_back(error);
    within += error <= bar ? 1 : 0;
  }
  [[nodiscard]] double median() const {
    std::vector<double> sorted = errors;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2.0;
  }
  /// Count, median error and share within the bar, as three cells.
  [[nodiscard]] std::string cells() const {
    if (errors.empty()) return "0 | - | -";
    return fmt::format("{} | {:.1f} % | {} of {}", errors.size(), 100 * median(), within,
                       errors.size());
  }
};

/// Three significant digits, the way the sources print them.
std::string figure(double value) {
  if (value >= 1000.0) return fmt::format("{:.0f}", value);
  return fmt::format("{:.{}f}", value, value >= 100.0 ? 0 : value >= 10.0 ? 1 : 2);
}

std::string interval_text(const Feasible<Prediction>& found) {
  if (!found || !found->interval) return "-";
  return figure(found->interval->low) + " to " + figure(found->interval->high);
}

std::string line(const Row& row, double bar) {
  const Point& p = *row.point;
  const std::string predicted = row.found ? figure(row.found->value) : "cannot run";
  const std::string ratio = row.found ? fmt::format("{:.2f}", row.ratio()) : "-";
  std::string remark = row.error() <= bar ? "" : "**miss**";
  if (p.fitted) remark += remark.empty() ? "fitted" : ", fitted";
  return fmt::format("| {} | {} | {} | {} {} | {} | {} | {} | {} |\n", p.id, p.subject, p.software,
                     figure(p.published), unit(p.metric), predicted, interval_text(row.found),
                     ratio, remark);
}

/// `lines` as a list in which equal texts are told once, with all the points they are about.
std::string told_once(const std::vector<std::pair<std::string, std::string>>& lines) {
  std::string text;
  std::vector<std::string> told;
  for (const auto& [id, what] : lines) {
    if (std::find(told.begin(), told.end(), what) != told.end()) continue;
    told.push_back(what);
    std::vector<std::string> ids;
    for (const auto& [other, same] : lines) {
      if (same == what) ids.push_back(other);
    }
    text += fmt::format("- {}: {}\n", fmt::join(ids, ", "), what);
  }
  return text;
}

std::string section(const Rows& rows) {
  const PointClass& c = *rows.point_class;
  std::string text = fmt::format("\n## {}\n\n", c.title);
  if (!c.note.empty()) text += c.note + "\n\n";
  text += fmt::format("Bar: {:.0f} %.\n\n", 100 * c.bar);
  text += "| point | what | software | published | predicted | interval | ratio | |\n";
  text += "|---|---|---|---|---|---|---|---|\n";
  std::vector<std::pair<std::string, std::string>> sources;
  std::vector<std::pair<std::string, std::string>> assumptions;
  std::vector<std::pair<std::string, std::string>> misses;
  for (const Row& row : rows.rows) {
    const Point& p = *row.point;
    text += line(row, c.bar);
    sources.emplace_back(p.id, p.source);
    if (!p.assumption.empty()) assumptions.emplace_back(p.id, p.assumption);
    if (row.error() <= c.bar) continue;
    std::string why = p.why.empty() ? "no reason is known" : p.why;
    if (!row.found) why += " (" + row.found.error().reason + ")";
    misses.emplace_back(p.id, why);
  }
  text += "\nSources\n\n" + told_once(sources);
  if (!assumptions.empty()) text += "\nAssumed\n\n" + told_once(assumptions);
  if (!misses.empty()) text += "\nWhy the misses\n\n" + told_once(misses);
  return text;
}

std::string summary(const std::vector<Rows>& classes) {
  std::string text =
      "| class | bar | points | median error | within | not fitted | median error | within |\n"
      "|---|---|---|---|---|---|---|---|\n";
  Score all;
  Score all_unseen;
  for (const Rows& rows : classes) {
    const PointClass& c = *rows.point_class;
    Score score;
    Score unseen;
    for (const Row& row : rows.rows) {
      for (Score* s : {&score, &all})
        s->add(row.error(), c.bar);
      if (row.point->fitted) continue;
      for (Score* s : {&unseen, &all_unseen})
        s->add(row.error(), c.bar);
    }
    text += fmt::format("| {} | {:.0f} % | {} | {} |\n", c.title, 100 * c.bar, score.cells(),
                        unseen.cells());
  }
  return text + fmt::format("| **all** | | {} | {} |\n", all.cells(), all_unseen.cells());
}

}  // namespace

double Row::error() const { return found ? std::abs(ratio() - 1.0) : 1.0; }

std::string markdown(const std::vector<Rows>& classes, const std::vector<Unread>& unread) {
  std::string text =
      "# Published points, and what is predicted of them\n\n"
      "Written by `tools/published` from `tests/published/points.toml`, which has the question "
      "that each\npoint is read as. A ratio is predicted over published. Points marked `fitted` "
      "were in view when\nefficiency parameters of their chip's family were set; the last three "
      "columns leave them out.\n\n";
  text += summary(classes);
  text += cases_section(classes);
  for (const Rows& rows : classes)
    text += section(rows);
  if (unread.empty()) return text;
  text += "\n## Not read\n\n| points | what | why not |\n|---|---|---|\n";
  for (const Unread& u : unread)
    text += fmt::format("| {} | {} | {} |\n", fmt::join(u.ids, ", "), u.subject, u.reason);
  return text;
}

}  // namespace infersim::published
