#include "infersim/validation/serving_prediction.hpp"

namespace infersim {

tl::expected<PointPrediction, Skip> predict_point(const ServingPoint& /*point*/,
                                                  const MeasuredChip& /*chip*/,
                                                  const ModelSpec& /*model*/) {
  return tl::unexpected(Skip{"serving points are not evaluated yet"});
}

}  // namespace infersim
