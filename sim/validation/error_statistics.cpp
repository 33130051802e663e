#include "infersim/validation/error_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace infersim {
namespace {

double quantile(std::vector<double>& values, double share) {
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), nth, values.end());
  if (below + 1 == values.size()) return *nth;
  const double next = *std::min_element(nth + 1, values.end());
  return *nth + (at - static_cast<double>(below)) * (next - *nth);
}

/// Ranks from the smallest on; equal values share the mean of theirs.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t from = 0; from < order.size();) {
    std::size_t to = from;
    while (to < order.size() && values[order[to]] == values[order[from]])
      ++to;
    const double mean = 0.5 * static_cast<double>(from + to - 1);
    for (; from < to; ++from)
      rank[order[from]] = mean;
  }
  return rank;
}

std::optional<double> rank_correlation(std::span<const ErrorSample> samples) {
  if (samples.size() < 3) return std::nullopt;
  std::vector<double> measured;
  std::vector<double> predicted;
  for (const ErrorSample& sample : samples) {
    measured.push_back(sample.measured);
    predicted.push_back(sample.predicted);
  }
  const std::vector<double> x = ranks(measured);
  const std::vector<double> y = ranks(predicted);
  const double mean = 0.5 * static_cast<double>(samples.size() - 1);
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
    xy += (x[i] - mean) * (y[i] - mean);
  }
  if (xx <= 0 || yy <= 0) return std::nullopt;
  return xy / std::sqrt(xx * yy);
}

}  // namespace

ErrorStatistics error_statistics(std::span<const ErrorSample> samples) {
  ErrorStatistics result;
  result.rows = samples.size();
  if (samples.empty()) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    result.bias = result.median_ape = result.mean_ape = result.p90_ape = result.coverage = none;
    return result;
  }
  std::vector<double> ratios;
  std::vector<double> errors;
  double sum = 0;
  std::size_t covered = 0;
  for (const ErrorSample& sample : samples) {
    ratios.push_back(sample.predicted / sample.measured);
    errors.push_back(100.0 * std::abs(ratios.back() - 1.0));
    sum += errors.back();
    covered += sample.interval.covers(sample.measured, sample.predicted) ? 1 : 0;
  }
  const auto count = static_cast<double>(samples.size());
  result.bias = quantile(ratios, 0.5);
  result.median_ape = quantile(errors, 0.5);
  result.mean_ape = sum / count;
  result.p90_ape = quantile(errors, 0.9);
  result.coverage = static_cast<double>(covered) / count;
  result.rank_correlation = rank_correlation(samples);
  return result;
}

}  // namespace infersim
