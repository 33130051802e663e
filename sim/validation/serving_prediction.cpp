#include "infersim/validation/serving_prediction.hpp"

#include <cmath>

#include "infersim/validation/served_pools.hpp"

namespace infersim {
namespace {

/// As `run` has it of the same service.
Regime regime_of(const AnalyticStepModel& prefill, const AnalyticStepModel& decode,
                 const PrecisionPlan& precision, const MeasuredChip& chip, const ModelSpec& model) {
  return serving_regime({.device = chip.device,
                         .efficiency = decode.table().machine.efficiency,
                         .framework = chip.framework,
                         .precision = precision,
                         .model = model.id,
                         .kernels = kernels_in_use(prefill.table(), decode.table())});
}

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

PointPrediction with_intervals(PointPrediction prediction, const Framework& framework,
                               Regime regime) {
  prediction.regime = regime;
  const auto of = [&](Metric metric) {
    return interval(framework, regime, metric).value_or(Interval{});
  };
  prediction.ttft_interval = of(Metric::ttft);
  prediction.tpot_interval = of(Metric::tpot);
  prediction.tokens_interval = of(Metric::tokens_per_s_per_device);
  return prediction;
}

}  // namespace

tl::expected<PointPrediction, Skip> predict_point(const ServingPoint& point,
                                                  const MeasuredChip& chip,
                                                  const ModelSpec& model) {
  const auto precision = precision_of(point, chip.device, model);
  if (!precision) return tl::unexpected(precision.error());
  if (point.pooled()) {
    const auto served = serve_pools(point, chip, model);
    if (!served) return tl::unexpected(served.error());
    return with_intervals(
        as_measured(point, served->load, served->run()), chip.framework,
        regime_of(served->prefill.model, served->decode.model, *precision, chip, model));
  }
  const auto served = serve_point(point, chip, model);
  if (!served) return tl::unexpected(served.error());
  return with_intervals(as_measured(point, served->load, served->run()), chip.framework,
                        regime_of(served->prefill, served->decode, *precision, chip, model));
}

}  // namespace infersim
