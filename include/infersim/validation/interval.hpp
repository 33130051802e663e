#pragma once

#include <string_view>

#include "infersim/cost/efficiency.hpp"

namespace infersim {

/// How well founded a prediction is.
///   fitted     the parameters that it rests on most were fitted to this family of chips
///   inherited  they are its class's
enum class Regime { fitted, inherited };

std::string_view name(Regime regime);

/// Within which a measurement should lie with a probability of 80 %, as ratios to what is
/// predicted.
struct Interval {
  double p10 = 1.0;
  double p90 = 1.0;

  /// Whether `measured` lies within it around `predicted`.
  [[nodiscard]] bool covers(double measured, double predicted) const {
    return measured >= p10 * predicted && measured <= p90 * predicted;
  }
};

/// The interval of predictions of that regime, from the residuals of such predictions.
Interval interval_for(Regime regime);

/// The interval of what a benchmark's meter reads (calibration/power_reading): most of the spread
/// is the meter's, on whatever chip.
Interval reading_interval();

/// The regime of parameters such as `kernel.gemm` or `links`.
Regime regime_of(const Efficiency& efficiency, std::string_view parameter);

}  // namespace infersim
