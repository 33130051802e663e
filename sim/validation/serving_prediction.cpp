#include "infersim/validation/serving_prediction.hpp"

#include <cmath>

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
