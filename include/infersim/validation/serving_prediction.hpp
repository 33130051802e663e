#pragma once

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
  Interval ttft_interval;
  Interval tpot_interval;
  Interval tokens_interval;  ///< of tokens/s/device, which follow from the two
};

/// Runs a point's model on its chip with its types, layout, lengths, concurrency and settings.
tl::expected<PointPrediction, Skip> predict_point(const ServingPoint& point,
                                                  const MeasuredChip& chip, const ModelSpec& model);

}  // namespace infersim
