#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "infersim/core/interval.hpp"
#include "infersim/core/metric.hpp"
#include "infersim/scenario/assemble.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/scenario/scope.hpp"

namespace infersim {

/// Within which measurements of an answer's figures should lie.
struct Accuracy {
  Scope scope;  ///< on what the figures rest, and what was extrapolated
  std::array<std::optional<Interval>, serving_metrics.size()> intervals;

  /// Empty where nothing of the kind was ever measured.
  [[nodiscard]] std::optional<Interval> of(Metric metric) const;
};

/// An engine of a scenario, with so many requests in flight in it, as its scope is judged.
ScopeSubject subject_of(const Scenario& scenario, const AssembledEngine& engine, double in_flight);
/// The same of pools: the larger of both engines.
ScopeSubject subject_of(const Scenario& scenario, const AssembledPools& pools, double in_flight);

/// Regime and intervals of a subject. `arrival` is the TTFT of requests that come as measured ones
/// did, in waves that start together, over the TTFT of the answer: by so much an answer in steady
/// state is uncertain beyond what the measured runs show,
///
///     TTFT: p10 min(1, arrival) to p90 max(1, arrival)
Accuracy accuracy_of(const Framework& framework, Scope scope, double arrival = 1.0);

/// TTFT of a benchmark of the deployment as those were that its framework was measured with (ten
/// waves, lengths of 0.8 to 1 of the nominal ones), over that of `result`; 1 where `loop` is a
/// benchmark itself or has one request, which meets no other.
double arrival_ratio(const Workload& workload, const AssembledEngine& engine,
                     const ClosedLoop& loop, const ServingResult& result);

/// What predicted latencies are multiplied by before they are held to objectives: 1, or with
/// `confidence` the ratio under which a measurement lies with that probability.
struct Margins {
  double ttft = 1;
  double tpot = 1;
};

Margins margins_of(const Accuracy& accuracy, const std::optional<double>& confidence);

}  // namespace infersim
