#include "infersim/scenario/accuracy.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace infersim {
namespace {

/// How the points were measured that residuals of serving come from.
constexpr double measured_waves = 10;
constexpr LengthRange measured_lengths{0.8, 1.0};

std::size_t place_of(Metric metric) {
  const auto* found = std::find(serving_metrics.begin(), serving_metrics.end(), metric);
  return static_cast<std::size_t>(found - serving_metrics.begin());
}

/// Domains of scale-up links over which so many ranks spread.
int domains(const Machine& machine, int ranks) {
  const int each = std::max(machine.fabric.domain, 1);
  return (ranks + each - 1) / each;
}

ScopeSubject subject_of(const Scenario& scenario, const StepTable& prefill, const StepTable& decode,
                        double in_flight) {
  const int ranks = std::max(prefill.plan.ranks(), decode.plan.ranks());
  return {.device = scenario.device,
          .efficiency = scenario.decode_machine.efficiency,
          .framework = scenario.framework,
          .precision = scenario.precision,
          .model = scenario.model.id,
          .kernels = kernels_in_use(prefill, decode),
          .isl = scenario.nominal.isl,
          .osl = scenario.nominal.osl,
          .batch = in_flight,
          .ranks = ranks,
          .devices = std::max(prefill.plan.devices(), decode.plan.devices()),
          .nodes = domains(scenario.decode_machine, ranks)};
}

}  // namespace

std::optional<Interval> Accuracy::of(Metric metric) const { return intervals[place_of(metric)]; }

ScopeSubject subject_of(const Scenario& scenario, const AssembledEngine& engine, double in_flight) {
  return subject_of(scenario, engine.prefill.table(), engine.decode.table(), in_flight);
}

ScopeSubject subject_of(const Scenario& scenario, const AssembledPools& pools, double in_flight) {
  return subject_of(scenario, pools.prefill.model.table(), pools.decode.model.table(), in_flight);
}

Accuracy accuracy_of(const Framework& framework, Scope scope, double arrival) {
  Accuracy accuracy;
  accuracy.scope = std::move(scope);
  for (const Metric metric : serving_metrics) {
    auto& found = accuracy.intervals[place_of(metric)];
    found = interval(framework, accuracy.scope.regime, metric, accuracy.scope.beyond);
    if (found && metric == Metric::ttft) {
      found->p10 *= std::min(1.0, arrival);
      found->p90 *= std::max(1.0, arrival);
    }
  }
  return accuracy;
}

double arrival_ratio(const Workload& workload, const AssembledEngine& engine,
                     const ClosedLoop& loop, const ServingResult& result) {
  if (std::isfinite(loop.waves) || loop.in_flight / engine.replicas <= 1.0) return 1.0;
  ClosedLoop measured = loop;
  measured.waves = measured_waves;
  measured.lengths = measured_lengths;
  return serve(workload, engine, measured).ttft / result.ttft;
}

Margins margins_of(const Accuracy& accuracy, const std::optional<double>& confidence) {
  Margins margins;
  if (!confidence) return margins;
  const auto at = [&](Metric metric) {
    const auto found = accuracy.of(metric);
    return found ? std::max(found->quantile(*confidence), 1.0) : 1.0;
  };
  margins.ttft = at(Metric::ttft);
  margins.tpot = at(Metric::tpot);
  return margins;
}

std::optional<double> chance_of(const Accuracy& accuracy, Metric metric, Seconds predicted,
                                Seconds limit) {
  const auto found = accuracy.of(metric);
  if (!found) return std::nullopt;
  if (!std::isfinite(predicted.base())) return 0.0;  // what never ends meets nothing
  return found->probability_under(limit / predicted);
}

}  // namespace infersim
