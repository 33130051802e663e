#include "infersim/validation/serving_prediction.hpp"

namespace infersim {
namespace {

/// As `run` has it of the same service.
Regime regime_of(const ServedPoint& served, const MeasuredChip& chip, const ModelSpec& model,
                 const PrecisionPlan& precision) {
  return serving_regime({.device = chip.device,
                         .efficiency = served.decode.table().machine.efficiency,
                         .framework = chip.framework,
                         .precision = precision,
                         .model = model.id,
                         .kernels = kernels_in_use(served.prefill.table(), served.decode.table())});
}

}  // namespace

tl::expected<PointPrediction, Skip> predict_point(const ServingPoint& point,
                                                  const MeasuredChip& chip,
                                                  const ModelSpec& model) {
  const auto served = serve_point(point, chip, model);
  if (!served) return tl::unexpected(served.error());
  const ServingResult result = served->run();
  PointPrediction prediction;
  prediction.ttft = point.statistic == "median" ? result.ttft_median : result.ttft;
  prediction.tpot = result.tpot;
  prediction.regime = regime_of(*served, chip, model, served->precision);
  const auto of = [&](Metric metric) {
    return interval(chip.framework, prediction.regime, metric).value_or(Interval{});
  };
  prediction.ttft_interval = of(Metric::ttft);
  prediction.tpot_interval = of(Metric::tpot);
  prediction.tokens_interval = of(Metric::tokens_per_s_per_device);
  return prediction;
}

}  // namespace infersim
