#include "infersim/explore/verdict.hpp"

#include <algorithm>
#include <cmath>

#include "infersim/economics/bill.hpp"
#include "infersim/report/metric_fields.hpp"

namespace infersim {
namespace {

constexpr Seconds day{86'400};

/// System time that an answer takes.
Seconds time_of(const ComparisonColumn& column) {
  const Headline& headline = column.answer->best.headline;
  return column.scenario.traffic.osl * Tokens{1.0} / headline.tokens;
}

VerdictColumn column_of(const ComparisonColumn& column) {
  const Scenario& s = column.scenario;
  const Evaluation& best = column.answer->best;
  const Answer answer{s, *column.answer};
  VerdictColumn found;
  found.title = column.title;
  found.one_user = is_edge(s.device.device_class);
  found.usd = metric_value(metric_field("cost.usd_per_request", ""), answer);
  found.joules = best.bill.energy.per_output_token.base() * s.traffic.osl;
  if (s.site.electricity.base() > 0.0) found.usd_power = found.joules * s.site.electricity.base();
  const Seconds rest = best.headline.tpot.value_or(Seconds{}) * (s.traffic.osl - 1.0);
  found.seconds = (best.headline.ttft.value_or(Seconds{}) + rest).base();
  found.weights = std::string(name(s.precision.weights));
  if (!s.precision.format.empty()) found.weights = s.precision.format;
  found.most_a_day = day / time_of(column);
  return found;
}

/// The least of what is known, by index.
template <class Read>
std::optional<std::size_t> least(const std::vector<VerdictColumn>& columns, Read read) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::optional<double> value = read(columns[i]);
    if (value && (!best || *value < *read(columns[*best]))) best = i;
  }
  return best;
}

std::optional<double> break_even(const ComparisonColumn& column, double usd) {
  const Scenario& s = column.scenario;
  const Evaluation& best = column.answer->best;
  const Seconds t = time_of(column);
  const DollarRate affordable = Dollars{usd} / t / best.devices();
  const auto u = break_even_utilisation(s.device, s.system, s.site, best.bill.energy, s.price_basis,
                                        affordable);
  if (!u) return std::nullopt;
  return *u * (day / t);
}

}  // namespace

std::optional<Verdict> verdict_of(const std::vector<ComparisonColumn>& columns) {
  std::vector<const ComparisonColumn*> answered;
  for (const ComparisonColumn& column : columns) {
    const bool both = column.answer && column.answer->best.service.has_value();
    if (both) answered.push_back(&column);
  }
  if (answered.size() < 2) return std::nullopt;
  const Scenario& first = answered.front()->scenario;
  const bool alike = std::all_of(answered.begin(), answered.end(), [&](const auto* column) {
    const Scenario& s = column->scenario;
    return s.model.id == first.model.id && s.traffic.isl == first.traffic.isl &&
           s.traffic.osl == first.traffic.osl;
  });
  if (!alike) return std::nullopt;
  Verdict verdict;
  for (const ComparisonColumn* column : answered)
    verdict.columns.push_back(column_of(*column));
  verdict.cheapest = least(verdict.columns, [](const VerdictColumn& c) { return c.usd; });
  verdict.fastest =
      least(verdict.columns, [](const VerdictColumn& c) { return std::optional(c.seconds); });
  verdict.frugal =
      least(verdict.columns, [](const VerdictColumn& c) { return std::optional(c.joules); });
  const auto server = least(
      verdict.columns, [](const VerdictColumn& c) { return c.one_user ? std::nullopt : c.usd; });
  if (!server) return verdict;
  for (std::size_t i = 0; i < verdict.columns.size(); ++i) {
    VerdictColumn& column = verdict.columns[i];
    if (column.one_user)
      column.break_even = break_even(*answered[i], *verdict.columns[*server].usd);
  }
  return verdict;
}

}  // namespace infersim
