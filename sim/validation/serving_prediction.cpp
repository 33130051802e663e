#include "infersim/validation/serving_prediction.hpp"

namespace infersim {

tl::expected<PointPrediction, Skip> predict_point(const ServingPoint& point,
                                                  const MeasuredChip& chip,
                                                  const ModelSpec& model) {
  const auto served = serve_point(point, chip, model);
  if (!served) return tl::unexpected(served.error());
  const ServingResult result = served->run();
  PointPrediction prediction;
  prediction.ttft = point.statistic == "median" ? result.ttft_median : result.ttft;
  prediction.tpot = result.tpot;
  return prediction;
}

}  // namespace infersim
