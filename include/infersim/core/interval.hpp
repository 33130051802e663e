#pragma once

namespace infersim {

/// Within which a measurement should lie with a probability of 80 %, as ratios to what is
/// predicted: one in ten is under p10, one over p90.
struct Interval {
  double p10 = 1.0;
  double p90 = 1.0;

  /// Whether `measured` lies within it around `predicted`.
  [[nodiscard]] constexpr bool covers(double measured, double predicted) const {
    return measured >= p10 * predicted && measured <= p90 * predicted;
  }
  /// That of 1/x, where this is of x.
  [[nodiscard]] constexpr Interval inverse() const { return {1.0 / p90, 1.0 / p10}; }

  /// With what probability a measurement is at most `ratio` times the prediction, and the ratio
  /// under which it is with probability `q`: those of the log-normal distribution with these P10
  /// and P90.
  [[nodiscard]] double probability_under(double ratio) const;
  [[nodiscard]] double quantile(double q) const;

  friend bool operator==(const Interval&, const Interval&) = default;
};

}  // namespace infersim
