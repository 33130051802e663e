#include "infersim/calibration/fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "infersim/calibration/free_parameters.hpp"
#include "infersim/calibration/kernel_description_writer.hpp"
#include "infersim/core/text.hpp"

namespace infersim {
namespace {

using Indices = std::vector<std::size_t>;

constexpr double loss_scale = 0.1;
constexpr double usual_error = 0.1;
constexpr int fold_iterations = 12;
constexpr double fine_step = 2e-3;
constexpr double coarse_step = 3e-2;
constexpr std::size_t most_left_out_one_by_one = 30;

/// The r' whose half square is the pseudo-Huber loss of r.
double robust(double r) {
  const double x = r / loss_scale;
  // sqrt(1 + x^2) - 1, without cancellation.
  const double loss = x * x / (std::sqrt(1.0 + x * x) + 1.0);
  return std::copysign(loss_scale * std::sqrt(2.0 * loss), r);
}

/// Fits of one group over different rows.
class Fitter {
 public:
  Fitter(const FitGroup& group, const LeastSquaresSolver& solve, const FitOptions& options)
      : group_(group),
        solve_(solve),
        options_(options),
        coordinates_(
            coordinates(group.place.kernel, group.described.efficiency, group.described.keys)),
        prior_(group.rows.size() < options.few_rows) {}

  GroupFit fit() {
    GroupFit result;
    Indices all(group_.rows.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    const Indices sample = sampled(all);
    result.free = coordinates_.size();
    result.fitted_rows = sample.size();
    result.prior = prior_;
    best_ = best_of_starts(sample);
    result.parameters = as_written(group_.place.kernel, parameters(best_));
    RowTimes times(group_, all);
    result.fitted = times.log_ratios(result.parameters);
    result.before = times.log_ratios(group_.inherited);
    leave_folds_out(sample, all, result.left_out);
    if (group_.chips.size() > 1 && !prior_) leave_chips_out(sample, all, result.chip_left_out);
    return result;
  }

 private:
  /// Rows with the smallest hashes of their shapes: whole shapes of every size.
  [[nodiscard]] Indices sampled(const Indices& all) const {
    if (all.size() <= options_.most_rows) return all;
    Indices order = all;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return group_.rows[a].shape < group_.rows[b].shape;
    });
    order.resize(options_.most_rows);
    std::sort(order.begin(), order.end());
    return order;
  }

  [[nodiscard]] KernelEfficiency parameters(std::span<const double> at) const {
    KernelEfficiency efficiency = group_.described.efficiency;
    for (std::size_t i = 0; i < at.size(); ++i) {
      coordinates_[i].parameter.set(efficiency, coordinates_[i].value(at[i]));
    }
    return efficiency;
  }

  [[nodiscard]] std::vector<double> inherited() const {
    std::vector<double> at;
    for (const FreeCoordinate& each : coordinates_)
      at.push_back(each.scaled(each.parameter.get(group_.inherited)));
    return at;
  }

  LeastSquaresMinimum solve(const Indices& rows, std::vector<double> start, int iterations,
                            double step = fine_step) {
    RowTimes times(group_, rows);
    const std::vector<double> centre = prior_ ? inherited() : std::vector<double>{};
    LeastSquares problem;
    for (const FreeCoordinate& each : coordinates_) {
      problem.least.push_back(each.scaled(each.free.least));
      problem.most.push_back(each.scaled(each.free.most));
    }
    problem.start = std::move(start);
    problem.residual_count = rows.size() + centre.size();
    problem.most_iterations = iterations;
    problem.step = step;
    problem.residuals = [&](std::span<const double> at, std::span<double> into) {
      times.log_ratios(parameters(at), into.first(rows.size()));
      for (double& r : into.first(rows.size()))
        r = robust(r);
      for (std::size_t i = 0; i < centre.size(); ++i) {
        into[rows.size() + i] = usual_error * (at[i] - centre[i]) / coordinates_[i].free.spread;
      }
    };
    return solve_(problem);
  }

  std::vector<double> best_of_starts(const Indices& rows) {
    constexpr int iterations = 60;
    if (prior_) return solve(rows, inherited(), iterations).at;
    std::optional<LeastSquaresMinimum> best;
    for (std::size_t start = 0; start < start_count; ++start) {
      std::vector<double> from;
      for (const FreeCoordinate& each : coordinates_)
        from.push_back(each.scaled(each.free.starts[start]));
      from = solve(rows, std::move(from), iterations, coarse_step).at;
      LeastSquaresMinimum found = solve(rows, std::move(from), iterations);
      if (!best || found.cost < best->cost) best = std::move(found);
    }
    return best->at;
  }

  /// Errors of rows `out` under a fit of `in`, put where they stand among all.
  void predict(const Indices& in, const Indices& out, std::vector<double>& into) {
    const std::vector<double> at = solve(in, best_, fold_iterations).at;
    RowTimes times(group_, out);
    const std::vector<double> ratios = times.log_ratios(parameters(at));
    for (std::size_t i = 0; i < out.size(); ++i)
      into[out[i]] = ratios[i];
  }

  template <class Belongs>
  void leave_out(const Indices& sample, const Indices& all, Belongs belongs,
                 std::vector<double>& into) {
    Indices in;
    Indices out;
    std::ranges::copy_if(sample, std::back_inserter(in), [&](auto i) { return !belongs(i); });
    std::ranges::copy_if(all, std::back_inserter(out), belongs);
    if (!in.empty() && !out.empty()) predict(in, out, into);
  }

  void leave_folds_out(const Indices& sample, const Indices& all, std::vector<double>& into) {
    into.assign(all.size(), std::numeric_limits<double>::quiet_NaN());
    const bool one_by_one = all.size() <= most_left_out_one_by_one;
    const std::size_t folds = one_by_one ? all.size() : options_.folds;
    for (std::size_t fold = 0; fold < folds; ++fold) {
      leave_out(
          sample, all,
          [&](std::size_t i) {
            return one_by_one ? i == fold : group_.rows[i].shape % folds == fold;
          },
          into);
    }
    std::erase_if(into, [](double ratio) { return std::isnan(ratio); });
    if (into.size() != all.size()) into.clear();  // a fold had no other rows to learn from
  }

  void leave_chips_out(const Indices& sample, const Indices& all, std::vector<double>& into) {
    into.assign(all.size(), 0.0);
    for (std::size_t chip = 0; chip < group_.chips.size(); ++chip) {
      leave_out(
          sample, all, [&](std::size_t i) { return group_.rows[i].chip == chip; }, into);
    }
  }

  const FitGroup& group_;
  const LeastSquaresSolver& solve_;
  const FitOptions& options_;
  std::vector<FreeCoordinate> coordinates_;
  bool prior_;
  std::vector<double> best_;
};

}  // namespace

GroupFit fit_group(const FitGroup& group, const LeastSquaresSolver& solve,
                   const FitOptions& options) {
  return Fitter(group, solve, options).fit();
}

KernelResidual residual_of(const FitGroup& group, const GroupFit& fit) {
  KernelResidual residual;
  residual.rows = static_cast<int>(group.rows.size());
  for (const FitChip& chip : group.chips)
    residual.chips.push_back(chip.id);
  std::sort(residual.chips.begin(), residual.chips.end());
  const std::vector<double>& ratios = fit.left_out.empty() ? fit.fitted : fit.left_out;
  const FitError error = fit_error(ratios);
  residual.median_error = error.median;
  residual.mean_error = error.mean;
  residual.spread = spread_of(ratios);
  if (!fit.chip_left_out.empty()) residual.chip_spread = spread_of(fit.chip_left_out);
  return residual;
}

std::string note_of(const FitGroup& group, const GroupFit& fit) {
  std::set<std::string> versions;
  std::map<ShapeRange, std::vector<double>> ranges;
  const std::vector<double>& ratios = fit.left_out.empty() ? fit.fitted : fit.left_out;
  for (std::size_t i = 0; i < group.rows.size(); ++i) {
    const MeasuredOperator& op = *group.rows[i].op;
    if (!op.version.empty()) versions.emplace(op.version);
    ranges[range_of(op)].push_back(ratios[i]);
  }
  std::string text = group.framework;
  if (!versions.empty()) text += " " + join({versions.begin(), versions.end()});
  text += fmt::format("; {} parameters", fit.free);
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
