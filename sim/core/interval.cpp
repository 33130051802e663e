#include "infersim/core/interval.hpp"

#include <cmath>

#include <boost/math/distributions/normal.hpp>

namespace infersim {
namespace {

/// In double alone: long double is not what every machine computes in, and is set up at each start.
using Normal = boost::math::normal_distribution<
    double, boost::math::policies::policy<boost::math::policies::promote_double<false>>>;

/// Of the logarithm of a ratio whose P10 lies under its P90.
Normal of_logs(const Interval& interval) {
  static const double z90 = boost::math::quantile(Normal(), 0.9);
  const double low = std::log(interval.p10);
  const double high = std::log(interval.p90);
  return {0.5 * (low + high), (high - low) / (2.0 * z90)};
}

}  // namespace

double Interval::probability_under(double ratio) const {
  if (ratio <= 0.0) return 0.0;
  if (p90 <= p10) return ratio >= p10 ? 1.0 : 0.0;
  return boost::math::cdf(of_logs(*this), std::log(ratio));
}

double Interval::quantile(double q) const {
  if (p90 <= p10) return p10;
  return std::exp(boost::math::quantile(of_logs(*this), q));
}

}  // namespace infersim
