#pragma once

#include <optional>
#include <string>

#include "infersim/core/infeasible.hpp"
#include "infersim/scenario/evaluate.hpp"
#include "published/points.hpp"

namespace infersim::published {

/// P10 to P90 of a figure.
struct Interval {
  double low = 0;
  double high = 0;
};

struct Prediction {
  double value = 0;
  std::optional<Interval> interval;
  std::string plan;  ///< degrees and batch that were used
};

/// Answers a point's question as `infersim run` would: pinned where it pins, searched elsewhere.
/// Throws InputError if the question cannot be asked.
Feasible<Prediction> predict(const Point& point);

/// The interval that an answer carries for a metric, in its unit.
std::optional<Interval> interval_of(const Scenario& scenario, const Evaluation& evaluation,
                                    Metric metric);

}  // namespace infersim::published
