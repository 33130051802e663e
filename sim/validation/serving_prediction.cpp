#include "infersim/validation/serving_prediction.hpp"

#include "infersim/validation/served_pools.hpp"

namespace infersim {
namespace {

/// What either kind of service results in.
template <class Result>
PointPrediction as_measured(const ServingPoint& point, const Result& result) {
  PointPrediction prediction;
  prediction.ttft = point.statistic == "median" ? result.ttft_median : result.ttft;
  prediction.tpot = result.tpot;
  return prediction;
}

}  // namespace

tl::expected<PointPrediction, Skip> predict_point(const ServingPoint& point,
                                                  const MeasuredChip& chip,
                                                  const ModelSpec& model) {
  if (point.pooled()) {
    const auto served = serve_pools(point, chip, model);
    if (!served) return tl::unexpected(served.error());
    return as_measured(point, served->run());
  }
  const auto served = serve_point(point, chip, model);
  if (!served) return tl::unexpected(served.error());
  return as_measured(point, served->run());
}

}  // namespace infersim
