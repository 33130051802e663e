#include "infersim/calibration/fit_error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <boost/math/distributions/students_t.hpp>

namespace infersim {
namespace {

constexpr std::size_t many = 50;
constexpr double low = 0.1;
constexpr double high = 0.9;

double mean(std::span<const double> values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return sum / static_cast<double>(values.size());
}

}  // namespace

double quantile(std::span<const double> values, double q) {
  if (values.empty()) return 0.0;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
}

FitError fit_error(std::span<const double> log_ratios) {
  FitError error;
  error.rows = log_ratios.size();
  if (log_ratios.empty()) return error;
  std::vector<double> errors;
  errors.reserve(log_ratios.size());
  for (const double ratio : log_ratios)
    errors.push_back(std::abs(std::expm1(ratio)));
  error.median = quantile(errors, 0.5);
  error.mean = mean(errors);
  error.p90 = quantile(errors, high);
  error.bias = std::exp(quantile(log_ratios, 0.5));
  return error;
}

ResidualSpread spread_of(std::span<const double> log_ratios) {
  if (log_ratios.size() >= many) {
    return {std::exp(-quantile(log_ratios, high)), std::exp(-quantile(log_ratios, low))};
  }
  if (log_ratios.size() < 2) return {};
  const auto n = static_cast<double>(log_ratios.size());
  const double middle = mean(log_ratios);
  double squares = 0.0;
  for (const double ratio : log_ratios)
    squares += (ratio - middle) * (ratio - middle);
  const double deviation = std::sqrt(squares / (n - 1.0));
  const double t = boost::math::quantile(boost::math::students_t(n - 1.0), high);
  const double half = t * deviation * std::sqrt(1.0 + 1.0 / n);
  return {std::exp(-middle - half), std::exp(-middle + half)};
}

}  // namespace infersim
