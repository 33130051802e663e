#include "calibration/solver/ceres_solver.hpp"

#include <cmath>
#include <span>

#include <ceres/ceres.h>

namespace infersim {
namespace {

/// All residuals of a problem at once, with one difference a column of the Jacobian.
class Residuals : public ceres::CostFunction {
 public:
  explicit Residuals(const LeastSquares& problem) : problem_(problem) {
    set_num_residuals(static_cast<int>(problem.residual_count));
    mutable_parameter_block_sizes()->push_back(static_cast<int>(problem.start.size()));
  }

  bool Evaluate(const double* const* parameters, double* residuals,
                double** jacobians) const override {
    const std::size_t size = problem_.start.size();
    const std::size_t count = problem_.residual_count;
    std::vector<double> at(parameters[0], parameters[0] + size);
    const std::span here(residuals, count);
    problem_.residuals(at, here);
    if (jacobians == nullptr || jacobians[0] == nullptr) return true;
    std::vector<double> there(count);
    for (std::size_t i = 0; i < size; ++i) {
      // Away from the nearer bound.
      const double middle = 0.5 * (problem_.least[i] + problem_.most[i]);
      const double step = at[i] > middle ? -problem_.step : problem_.step;
      const double kept = at[i];
      at[i] += step;
      problem_.residuals(at, there);
      at[i] = kept;
      for (std::size_t row = 0; row < count; ++row) {
        jacobians[0][row * size + i] = (there[row] - here[row]) / step;
      }
    }
    return true;
  }

 private:
  const LeastSquares& problem_;
};

}  // namespace

LeastSquaresMinimum solve_with_ceres(const LeastSquares& problem) {
  LeastSquaresMinimum minimum{problem.start, 0.0};
  if (problem.start.empty()) return minimum;
  ceres::Problem::Options owned;
  owned.cost_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
  Residuals residuals(problem);
  ceres::Problem ceres_problem(owned);
  ceres_problem.AddResidualBlock(&residuals, nullptr, minimum.at.data());
  for (std::size_t i = 0; i < problem.start.size(); ++i) {
    const int index = static_cast<int>(i);
    ceres_problem.SetParameterLowerBound(minimum.at.data(), index, problem.least[i]);
    ceres_problem.SetParameterUpperBound(minimum.at.data(), index, problem.most[i]);
  }
  ceres::Solver::Options options;
  options.linear_solver_type = ceres::DENSE_QR;
  options.num_threads = 1;
  options.max_num_iterations = problem.most_iterations;
  options.function_tolerance = 1e-5;
  options.parameter_tolerance = 1e-6;
  options.logging_type = ceres::SILENT;
  ceres::Solver::Summary summary;
  ceres::Solve(options, &ceres_problem, &summary);
  minimum.cost = summary.final_cost;
  return minimum;
}

}  // namespace infersim
