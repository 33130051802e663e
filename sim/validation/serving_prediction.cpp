#include "infersim/validation/serving_prediction.hpp"

#include <cmath>

#include "infersim/validation/served_pools.hpp"

namespace infersim {
namespace {

/// What the run of a benchmark has of the rate of a loop that is never out of requests.
double share_of_run(const ServingLoad& load, Seconds decode, Seconds cycle) {
  if (!std::isfinite(load.waves)) return 1.0;
  const Seconds spread = min(std::sqrt(load.waves) * load.osl_width * decode, cycle);
  return load.waves * cycle / (load.waves * cycle + spread / 2.0);
}

/// What either kind of service results in.
template <class Result>
PointPrediction as_measured(const ServingPoint& point, const ServingLoad& load,
                            const Result& result) {
  PointPrediction prediction;
  prediction.ttft = point.statistic == "median" ? result.ttft_median : result.ttft;
  prediction.tpot = result.tpot;
  if (counted_tokens_per_device(point) && point.gpus) {
    const Seconds decode = (load.traffic.osl - 1.0) * result.tpot;
    const double share = share_of_run(load, decode, result.ttft + decode);
    prediction.tokens = share * result.output_tokens / *point.gpus;
  } else {
    prediction.tokens = tokens_per_device(point, prediction.ttft, prediction.tpot);
  }
  return prediction;
}

}  // namespace

tl::expected<PointPrediction, Skip> predict_point(const ServingPoint& point,
                                                  const MeasuredChip& chip,
                                                  const ModelSpec& model) {
  if (point.pooled()) {
    const auto served = serve_pools(point, chip, model);
    if (!served) return tl::unexpected(served.error());
    return as_measured(point, served->load, served->run());
  }
  const auto served = serve_point(point, chip, model);
  if (!served) return tl::unexpected(served.error());
  return as_measured(point, served->load, served->run());
}

}  // namespace infersim
