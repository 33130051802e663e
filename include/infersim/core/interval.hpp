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

  /// This, widened so far that what is predicted, 1, is within it.
  [[nodiscard]] constexpr Interval with_prediction() const {
    return {p10 < 1.0 ? p10 : 1.0, p90 > 1.0 ? p90 : 1.0};
  }

  friend bool operator==(const Interval&, const Interval&) = default;
};

}  // namespace infersim
