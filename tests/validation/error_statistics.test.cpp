#include "infersim/validation/error_statistics.hpp"

#include <cmath>
#include <vector>

#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

constexpr Interval ten_percent{0.9, 1.1};

/// Measured 100 each, predicted as given.
ErrorStatistics of(const std::vector<double>& predicted) {
  std::vector<ErrorSample> samples;
  for (const double each : predicted)
    samples.push_back({100, each, ten_percent});
  return error_statistics(samples);
}

}  // namespace

TEST_CASE("errors are absolute and in percent of what was measured, the bias keeps its sign") {
  const ErrorStatistics s = of({80, 90, 100, 120, 150});  // 20, 10, 0, 20 and 50 % off
  CHECK(s.rows == 5);
  CHECK_THAT(s.bias, WithinRel(1.0, 1e-12));
  CHECK_THAT(s.median_ape, WithinRel(20.0, 1e-12));
  CHECK_THAT(s.mean_ape, WithinRel(20.0, 1e-12));
  CHECK_THAT(s.p90_ape, WithinRel(38.0, 1e-12));  // 0.6 of the way from 20 to 50
}

TEST_CASE("of an even number the median is the mean of the middle two") {
  const ErrorStatistics s = of({110, 130});
  CHECK_THAT(s.bias, WithinRel(1.2, 1e-12));
  CHECK_THAT(s.median_ape, WithinRel(20.0, 1e-12));
  CHECK_THAT(s.p90_ape, WithinRel(28.0, 1e-12));
}

TEST_CASE("an interval covers what is measured within it, its ends included") {
  CHECK(ten_percent.covers(110, 100));
  CHECK(ten_percent.covers(90, 100));
  CHECK(!ten_percent.covers(110.1, 100));
  CHECK(!ten_percent.covers(89.9, 100));
  // 100 lies in 0.9 to 1.1 of 95 and 110, not of 80 and 120.
  CHECK_THAT(of({80, 95, 110, 120}).coverage, WithinRel(0.5, 1e-12));
}

TEST_CASE("the rank correlation is of the order alone, and none where there is no order") {
  const auto correlation = [](const std::vector<std::pair<double, double>>& pairs) {
    std::vector<ErrorSample> samples;
    for (const auto& [measured, predicted] : pairs)
      samples.push_back({measured, predicted, {}});
    return error_statistics(samples).rank_correlation;
  };
  CHECK_THAT(*correlation({{1, 10}, {2, 100}, {30, 101}}), WithinRel(1.0, 1e-12));
  CHECK_THAT(*correlation({{1, 3}, {2, 2}, {3, 1}}), WithinRel(-1.0, 1e-12));
  // Ranks 0 1 2 3 against 0 1.5 1.5 3: 4.5 / sqrt(5 x 4.5).
  CHECK_THAT(*correlation({{1, 1}, {2, 5}, {3, 5}, {4, 9}}), WithinRel(std::sqrt(0.9), 1e-12));
  CHECK(!correlation({{1, 1}, {2, 1}, {3, 1}}));
  CHECK(!correlation({{1, 1}, {2, 2}}));
}

TEST_CASE("no samples have no errors") {
  const ErrorStatistics s = error_statistics({});
  CHECK(s.rows == 0);
  CHECK(std::isnan(s.bias));
  CHECK(std::isnan(s.coverage));
  CHECK(!s.rank_correlation);
}
