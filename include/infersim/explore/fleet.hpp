#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infersim/core/infeasible.hpp"
#include "infersim/report/text.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/search/planner.hpp"

namespace infersim {

/// How much is asked of a fleet, and what of it there is.
struct FleetDemand {
  std::optional<double> tokens_per_day;         ///< inputs and outputs
  std::optional<double> output_tokens_per_day;  ///< outputs alone
  double spares = 0.05;             ///< devices kept beside those that serve, over those
  std::optional<double> per_month;  ///< devices that can be had
};

/// What one chip makes of it.
struct FleetPart {
  std::string title;
  Scenario scenario;
  Feasible<PlannedAnswer> answer;
  std::optional<double> stock{};  ///< devices that there are: then the tokens are what is asked

  // Of an answer:
  double engines = 0;         ///< copies of one engine
  double devices = 0;         ///< that serve
  double spares = 0;          ///< beside them
  double nodes = 0;           ///< that hold both
  double tokens_per_day = 0;  ///< inputs and outputs
  double output_per_day = 0;
  Watts peak{};                      ///< all engines at work, at the meter
  Watts mean{};                      ///< idle hours counted
  std::optional<double> capital{};   ///< USD, of bought devices with their servers, spares too
  std::optional<double> per_year{};  ///< USD
  std::optional<double> months{};    ///< until all can be had
};

/// Copies of the engine of an answer for a load that is spread over a day, u of the hours at work:
///
///     engines = ceil(R / (u T))      R output tokens/s in the mean, T of one engine at work
///     mean    = u peak + (1 - u) idle
///     year    = devices rate u 8766 h (+ capital of spares at the same annuity where bought)
///
/// with `rate` the price of an hour at work that all answers have, so that the bill over the
/// tokens is theirs but for what is rounded up, and for spares. With `stock` the engines are those
/// that the devices, less spares, make.
void size_fleet(FleetPart& part, const FleetDemand& demand);

/// Of several chips side by side, or of a stock of them together.
std::string fleet_text(const std::vector<FleetPart>& parts, const FleetDemand& demand,
                       const TextStyle& style);
/// `csv` or `md`: one row a chip, in USD.
std::string fleet_rows(const std::vector<FleetPart>& parts, bool markdown);
std::string fleet_json(const std::vector<FleetPart>& parts, const FleetDemand& demand);

}  // namespace infersim
