#include "infersim/validation/serving_prediction.hpp"

#include "infersim/scenario/accuracy.hpp"
#include "infersim/validation/served_point.hpp"

namespace infersim {
namespace {

/// As `run` has it of the same service.
Accuracy accuracy_of(const ServedPoint& served) {
  const Scenario& scenario = served.scenario;
  const double in_flight = served.loop.in_flight;
  return accuracy_of(scenario.framework,
                     scope_of(served.pools ? subject_of(scenario, *served.pools,
                                                        in_flight / served.pools->decode.workers)
                                           : subject_of(scenario, *served.engine, in_flight)));
}

PointPrediction as_measured(const ServingPoint& point, const ServedPoint& served) {
  const ServedPoint::Times result = served.run();
  PointPrediction prediction;
  prediction.ttft = point.statistic == "median" ? result.ttft_median : result.ttft;
  prediction.tpot = result.tpot;
  if (counted_tokens_per_device(point) && point.gpus) {
    prediction.tokens = result.run_output_tokens / *point.gpus;
  } else {
    prediction.tokens = tokens_per_device(point, prediction.ttft, prediction.tpot);
  }
  return prediction;
}

}  // namespace

tl::expected<PointPrediction, Skip> predict_point(const ServingPoint& point,
                                                  const MeasuredChip& chip,
                                                  const ModelSpec& model) {
  const auto served = serve_point(point, chip, model);
  if (!served) return tl::unexpected(served.error());
  PointPrediction prediction = as_measured(point, *served);
  const Accuracy accuracy = accuracy_of(*served);
  prediction.regime = accuracy.scope.regime;
  prediction.ttft_interval = accuracy.of(Metric::ttft).value_or(Interval{});
  prediction.tpot_interval = accuracy.of(Metric::tpot).value_or(Interval{});
  prediction.tokens_interval = accuracy.of(Metric::tokens_per_s_per_device).value_or(Interval{});
  return prediction;
}

}  // namespace infersim
