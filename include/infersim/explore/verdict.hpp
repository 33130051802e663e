#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infersim/report/comparison.hpp"

namespace infersim {

/// What one answer costs on a column of a comparison.
struct VerdictColumn {
  std::string title;
  bool one_user = false;            ///< a phone, PC or card that its user has alone
  std::optional<double> usd;        ///< the device's share by use, energy and hosting with it
  std::optional<double> usd_power;  ///< electricity alone: the device is there anyway
  double seconds = 0;               ///< TTFT + TPOT (osl - 1)
  double joules = 0;                ///< at the meter, prefill included
  std::string weights;              ///< number type
  double most_a_day = 0;            ///< answers that the devices can give one after the other
  /// Answers a day at which it costs what the cheapest server does; infinite: never. Empty where
  /// there is no such server, or a price is missing.
  std::optional<double> break_even;
};

struct Verdict {
  std::vector<VerdictColumn> columns;
  std::optional<std::size_t> cheapest;  ///< by usd
  std::optional<std::size_t> fastest;
  std::optional<std::size_t> frugal;  ///< fewest joules
};

/// Who wins on cost, on latency and on energy, and at which use a device of one user begins to cost
/// less than the cheapest server: with an hour of work at u costing a/u + b (hourly_price) and
/// an answer taking t of the device,
///
///     n = u day/t,   u = a/(c/t - b)
///
/// c being what the server takes for an answer. The network between is not counted. Nothing if
/// fewer than two columns have an answer of both phases, or their models or lengths differ.
std::optional<Verdict> verdict_of(const std::vector<ComparisonColumn>& columns);

std::string verdict_text(const Verdict& verdict, const Scenario& scenario, const TextStyle& style);
/// A member `verdict` of the document of a comparison.
std::string verdict_json(const Verdict& verdict);

}  // namespace infersim
