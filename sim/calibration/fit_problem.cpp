#include "infersim/calibration/fit_problem.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

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

/// Fits of one problem over different rows.
class Fitter {
 public:
  Fitter(const FitProblem& problem, const LeastSquaresSolver& solve, const FitOptions& options)
      : problem_(problem),
        solve_(solve),
        options_(options),
        prior_(problem.rows.size() < options.few_rows) {}

  FitOutcome fit() {
    FitOutcome result;
    Indices all(problem_.rows.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    const Indices sample = sampled(all);
    result.fitted_rows = sample.size();
    result.prior = prior_;
    best_ = best_of_starts(sample);
    result.values = values(best_);
    leave_folds_out(sample, all, result.left_out);
    if (problem_.chips > 1 && !prior_) leave_chips_out(sample, all, result.chip_left_out);
    return result;
  }

 private:
  /// Rows with the smallest hashes of their shapes: whole shapes of every size.
  [[nodiscard]] Indices sampled(const Indices& all) const {
    if (all.size() <= options_.most_rows) return all;
    Indices order = all;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return problem_.rows[a].shape < problem_.rows[b].shape;
    });
    order.resize(options_.most_rows);
    std::sort(order.begin(), order.end());
    return order;
  }

  [[nodiscard]] std::vector<double> values(std::span<const double> at) const {
    std::vector<double> all;
    for (std::size_t i = 0; i < at.size(); ++i)
      all.push_back(problem_.free[i].value(at[i]));
    return all;
  }

  [[nodiscard]] std::vector<double> inherited() const {
    std::vector<double> at;
    for (std::size_t i = 0; i < problem_.free.size(); ++i)
      at.push_back(problem_.free[i].scaled(problem_.inherited[i]));
    return at;
  }

  LeastSquaresMinimum solve(const Indices& rows, std::vector<double> start, int iterations,
                            double step = fine_step) {
    const RowRatios ratios = problem_.ratios_of(rows);
    const std::vector<double> centre = prior_ ? inherited() : std::vector<double>{};
    LeastSquares problem;
    for (const FreeParameter& each : problem_.free) {
      problem.least.push_back(each.scaled(each.least));
      problem.most.push_back(each.scaled(each.most));
    }
    problem.start = std::move(start);
    problem.residual_count = rows.size() + centre.size();
    problem.most_iterations = iterations;
    problem.step = step;
    problem.residuals = [&](std::span<const double> at, std::span<double> into) {
      ratios(values(at), into.first(rows.size()));
      for (double& r : into.first(rows.size()))
        r = robust(r);
      for (std::size_t i = 0; i < centre.size(); ++i) {
        into[rows.size() + i] = usual_error * (at[i] - centre[i]) / problem_.free[i].spread;
      }
    };
    return solve_(problem);
  }

  [[nodiscard]] std::vector<double> fixed_start(std::size_t start) const {
    std::vector<double> from;
    for (const FreeParameter& each : problem_.free)
      from.push_back(each.scaled(each.starts[start]));
    return from;
  }

  /// Points that fill the box around the fixed starts evenly: a Kronecker sequence whose steps are
  /// powers of the root of x^(d+1) = x + 1 (Roberts, The unreasonable effectiveness of
  /// quasirandom sequences, 2018).
  [[nodiscard]] std::vector<double> further_start(std::size_t number) const {
    constexpr int until_settled = 30;
    const auto dimensions = static_cast<double>(problem_.free.size());
    double root = 2.0;
    for (int i = 0; i < until_settled; ++i)
      root = std::pow(1.0 + root, 1.0 / (dimensions + 1.0));
    std::vector<double> from;
    double step = 1.0;
    for (const FreeParameter& each : problem_.free) {
      step /= root;
      const auto [least, most] =
          std::minmax(each.scaled(each.starts[0]), each.scaled(each.starts[1]));
      const double share = std::fmod(0.5 + static_cast<double>(number) * step, 1.0);
      const double at = std::lerp(least - each.spread, most + each.spread, share);
      from.push_back(std::clamp(at, each.scaled(each.least), each.scaled(each.most)));
    }
    return from;
  }

  std::vector<double> best_of_starts(const Indices& rows) {
    constexpr int iterations = 60;
    if (prior_) return solve(rows, inherited(), iterations).at;
    std::optional<LeastSquaresMinimum> best;
    for (std::size_t start = 0; start < start_count + options_.further_starts; ++start) {
      std::vector<double> from =
          start < start_count ? fixed_start(start) : further_start(start - start_count + 1);
      from = solve(rows, std::move(from), iterations, coarse_step).at;
      LeastSquaresMinimum found = solve(rows, std::move(from), iterations);
      if (!best || found.cost < best->cost) best = std::move(found);
    }
    return best->at;
  }

  /// Errors of rows `out` under a fit of `in`, put where they stand among all.
  void predict(const Indices& in, const Indices& out, std::vector<double>& into) {
    const std::vector<double> at = solve(in, best_, fold_iterations).at;
    std::vector<double> ratios(out.size());
    problem_.ratios_of(out)(values(at), ratios);
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
            return one_by_one ? i == fold : problem_.rows[i].shape % folds == fold;
          },
          into);
    }
    std::erase_if(into, [](double ratio) { return std::isnan(ratio); });
    if (into.size() != all.size()) into.clear();  // a fold had no other rows to learn from
  }

  void leave_chips_out(const Indices& sample, const Indices& all, std::vector<double>& into) {
    into.assign(all.size(), 0.0);
    for (std::size_t chip = 0; chip < problem_.chips; ++chip) {
      leave_out(
          sample, all, [&](std::size_t i) { return problem_.rows[i].chip == chip; }, into);
    }
  }

  const FitProblem& problem_;
  const LeastSquaresSolver& solve_;
  const FitOptions& options_;
  bool prior_;
  std::vector<double> best_;
};

}  // namespace

FitOutcome fit_problem(const FitProblem& problem, const LeastSquaresSolver& solve,
                       const FitOptions& options) {
  return Fitter(problem, solve, options).fit();
}

}  // namespace infersim
