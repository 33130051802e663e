#include "infersim/calibration/fit.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "infersim/calibration/free_parameters.hpp"
#include "infersim/calibration/kernel_description_writer.hpp"
#include "infersim/core/text.hpp"

namespace infersim {

GroupFit fit_group(const FitGroup& group, const LeastSquaresSolver& solve,
                   const FitOptions& options) {
  const KernelEfficiency& described = group.described.efficiency;
  std::vector<KernelCoordinate> coordinates =
      kernel_coordinates(group.place.kernel, described, group.described.keys);
  std::erase_if(coordinates, [&](const KernelCoordinate& each) {
    return std::ranges::find(group.described.held, each.free.key) != group.described.held.end();
  });
  const auto parameters = [&](std::span<const double> values) {
    KernelEfficiency efficiency = described;
    for (std::size_t i = 0; i < values.size(); ++i)
      coordinates[i].parameter.set(efficiency, values[i]);
    return efficiency;
  };
  FitProblem problem;
  for (const KernelCoordinate& each : coordinates) {
    problem.free.push_back(each.free);
    problem.inherited.push_back(each.parameter.get(group.inherited));
  }
  problem.rows = group.rows;
  problem.chips = group.chips.size();
  problem.ratios_of = [&](std::span<const std::size_t> chosen) -> RowRatios {
    return [&parameters, times = KernelTimes(group, chosen)](std::span<const double> values,
                                                             std::span<double> into) mutable {
      times.log_ratios(parameters(values), into);
    };
  };
  GroupFit result{fit_problem(problem, solve, options), {}};
  result.parameters = as_written(group.place.kernel, parameters(result.values));
  KernelTimes times(group, group.indices());
  result.fitted = times.log_ratios(result.parameters);
  result.before = times.log_ratios(group.inherited);
  return result;
}

KernelResidual residual_of(const FitRows& group, const FitOutcome& fit) {
  KernelResidual residual;
  residual.rows = static_cast<int>(group.rows.size());
  for (const FitChip& chip : group.chips)
    residual.chips.push_back(chip.id);
  std::sort(residual.chips.begin(), residual.chips.end());
  const std::vector<double>& ratios = fit.judged();
  const FitError error = fit_error(ratios);
  residual.median_error = error.median;
  residual.mean_error = error.mean;
  residual.spread = spread_of(ratios);
  if (!fit.chip_left_out.empty()) residual.chip_spread = spread_of(fit.chip_left_out);
  return residual;
}

std::string note_of(const FitRows& group, const FitOutcome& fit) {
  std::set<std::string> versions;
  std::map<ShapeRange, std::vector<double>> ranges;
  const std::vector<double>& ratios = fit.judged();
  for (std::size_t i = 0; i < group.rows.size(); ++i) {
    const MeasuredOperator& op = *group.rows[i].op;
    if (!op.version.empty()) versions.emplace(op.version);
    ranges[range_of(op)].push_back(ratios[i]);
  }
  std::string text = group.framework;
  if (!versions.empty()) text += " " + join({versions.begin(), versions.end()});
  text += fmt::format("; {} parameters", fit.values.size());
  if (fit.fitted_rows < group.rows.size())
    text += fmt::format(" fitted to {} rows", fit.fitted_rows);
  text += fit.left_out.empty() ? "; errors of the fit" : "; errors of folds left out";
  std::string_view before = ": ";
  for (const auto& [range, values] : ranges) {
    const FitError error = fit_error(values);
    const ResidualSpread spread = spread_of(values);
    text += fmt::format("{}{} {:.1f} % median, measured {:.2f} to {:.2f} of predicted ({} rows)",
                        std::exchange(before, ", "), range.name, 100 * error.median, spread.p10,
                        spread.p90, error.rows);
  }
  return text;
}

}  // namespace infersim
