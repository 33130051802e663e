#pragma once

#include <optional>

#include <tl/expected.hpp>

#include "infersim/core/quantity.hpp"
#include "infersim/scenario/scope.hpp"
#include "infersim/validation/catalog_names.hpp"
#include "infersim/validation/served_point.hpp"
#include "infersim/validation/serving_point.hpp"

namespace infersim {

/// What a serving run is predicted to take, as its `statistic` is measured.
struct PointPrediction {
  Seconds ttft;
  Seconds tpot;
  Regime regime = Regime::inherited;
  /// Output tokens per second and device: where the row counted them, those of the run,
  ///
  ///     rate m cycle / (m cycle + min(sqrt(m) osl_width D, cycle)/2)
  ///
  /// of m waves, of which the last requests leave the loop empty one after the other (requests
  /// that started together have spread so far, see closed_loop.hpp; half of that nothing follows);
  /// else what the two latencies say. Empty where devices are unknown.
  std::optional<TokenRate> tokens;
  Interval ttft_interval;
  Interval tpot_interval;
  Interval tokens_interval;  ///< of tokens/s/device, which follow from the two
};

/// Runs a point's model on its chip with its types, layout, lengths, concurrency and settings.
tl::expected<PointPrediction, Skip> predict_point(const ServingPoint& point,
                                                  const MeasuredChip& chip, const ModelSpec& model);

}  // namespace infersim
