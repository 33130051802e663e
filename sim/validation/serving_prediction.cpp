#include "infersim/validation/serving_prediction.hpp"

#include <cmath>

#include "infersim/validation/served_point.hpp"

namespace infersim {
namespace {

/// As `run` has it of the same service.
Regime regime_of(const ServedPoint& served) {
  const Scenario& scenario = served.scenario;
  return serving_regime(
      {.device = scenario.device,
       .efficiency = scenario.decode_machine.efficiency,
       .framework = scenario.framework,
       .precision = scenario.precision,
       .model = scenario.model.id,
       .kernels = kernels_in_use(served.prefill().table(), served.decode().table())});
}

/// What the run of a benchmark has of the rate of a loop that is never out of requests.
double share_of_run(const ClosedLoop& loop, Seconds decode, Seconds cycle) {
  if (!std::isfinite(loop.waves)) return 1.0;
  const Seconds spread = min(std::sqrt(loop.waves) * loop.lengths.width() * decode, cycle);
  return loop.waves * cycle / (loop.waves * cycle + spread / 2.0);
}

PointPrediction as_measured(const ServingPoint& point, const ServedPoint& served) {
  const ServedPoint::Times result = served.run();
  PointPrediction prediction;
  prediction.ttft = point.statistic == "median" ? result.ttft_median : result.ttft;
  prediction.tpot = result.tpot;
  if (counted_tokens_per_device(point) && point.gpus) {
    const Seconds decode = (served.scenario.traffic.osl - 1.0) * result.tpot;
    const double share = share_of_run(served.loop, decode, result.ttft + decode);
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
  const auto served = serve_point(point, chip, model);
  if (!served) return tl::unexpected(served.error());
  return with_intervals(as_measured(point, *served), chip.framework, regime_of(*served));
}

}  // namespace infersim
