#include "infersim/core/interval.hpp"

#include <cmath>

namespace infersim {
namespace {

/// Standard normal quantile of 0.9.
constexpr double z90 = 1.2815515655446004;

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

/// The inverse of normal_cdf, by bisection: it is asked for a few times a question.
double normal_quantile(double q) {
  constexpr int rounds = 60;
  double low = -10.0;
  double high = 10.0;
  for (int i = 0; i < rounds; ++i) {
    const double middle = 0.5 * (low + high);
    (normal_cdf(middle) < q ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

struct LogNormal {
  double mean;
  double deviation;
};

LogNormal log_normal(const Interval& interval) {
  const double low = std::log(interval.p10);
  const double high = std::log(interval.p90);
  return {0.5 * (low + high), (high - low) / (2.0 * z90)};
}

}  // namespace

double Interval::probability_under(double ratio) const {
  if (ratio <= 0.0) return 0.0;
  const LogNormal logs = log_normal(*this);
  const double beyond = std::log(ratio) - logs.mean;
  if (logs.deviation <= 0.0) return beyond >= 0.0 ? 1.0 : 0.0;
  return normal_cdf(beyond / logs.deviation);
}

double Interval::quantile(double q) const {
  const LogNormal logs = log_normal(*this);
  return std::exp(logs.mean + logs.deviation * normal_quantile(q));
}

}  // namespace infersim
