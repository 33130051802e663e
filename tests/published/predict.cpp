#include "published/predict.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "infersim/core/catalog.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/search/planner.hpp"
#include "infersim/workload/layer_cache.hpp"

namespace infersim::published {
namespace {

/// A batch whose requests start together: the prefill of all prompts, in steps as full as they may
/// be, then osl - 1 decode steps. The closed loop of `evaluate` has prefills between the steps.
Seconds batch_latency(const Scenario& scenario, const Evaluation& e) {
  const PhaseResult& prefill = e.prefill->alone;
  const Seconds prompts = Seconds{e.batch * scenario.traffic.isl / prefill.tokens.base()};
  return std::max(prompts, prefill.step) + (scenario.traffic.osl - 1.0) * e.decode->alone.tpot;
}

/// What its layers keep of a token or of a sequence, in the type of its cache.
double cached_bytes(const Scenario& scenario, Metric metric) {
  const NumberType type = scenario.precision.kv;
  const Bytes bytes = metric == Metric::token_bytes ? kv_bytes_per_token(scenario.model, type)
                                                    : state_bytes(scenario.model, type);
  return bytes.base();
}

double value_of(const Scenario& scenario, const Evaluation& e, Metric metric) {
  const Headline& found = e.headline;
  switch (metric) {
    case Metric::user_rate: return 1.0 / found.tpot.value().base();
    case Metric::device_rate: return e.tokens_per_device.base();
    case Metric::system_rate: return found.tokens.base();
    case Metric::ttft: return found.ttft.value() / millisecond;
    case Metric::tpot: return found.tpot.value() / millisecond;
    case Metric::latency: return batch_latency(scenario, e).base();
    case Metric::power: return e.board_power.base();
    case Metric::wall_power: return e.bill.energy.node.base();
    case Metric::token_bytes:
    case Metric::state_bytes: return cached_bytes(scenario, metric);
  }
  return 0.0;
}

std::string plan_of(const Evaluation& e) {
  const ParallelPlan& p = e.plan;
  return fmt::format("{} x tp {} pp {} dp {} ep {}, batch {:.0f}", p.devices(), p.device_tp(), p.pp,
                     p.device_dp(), p.ep, e.batch);
}

/// Uncached tokens/s of one rank in steps of one prompt, whose first `cached` tokens are there.
Feasible<Prediction> predict_cached(const Scenario& scenario) {
  const double cached = scenario.workload().cached;
  Infeasible refusal{"no plan", Bytes{}, Bytes{}, {}};
  for (const ParallelPlan& plan :
       enumerate_plans(scenario, scenario.question.devices.value_or(1))) {
    const auto prepared = assemble(scenario.workload(), scenario.pool(plan));
    if (!prepared) {
      refusal = prepared.error();
      continue;
    }
    const double uncached = scenario.traffic.isl - cached;
    const StepCost step = prepared->prefill.step(StepBatch::prefill(1.0, uncached, cached));
    Prediction found;
    found.value = uncached / step.occupancy.base();
    found.plan = fmt::format("{} x tp {} dp {} ep {}, one prompt a step", plan.devices(),
                             plan.device_tp(), plan.device_dp(), plan.ep);
    return found;
  }
  return tl::unexpected(refusal);
}

}  // namespace

std::optional<Interval> interval_of(const Scenario& scenario, const Evaluation& evaluation,
                                    Metric metric) {
  using Kind = infersim::Metric;
  const auto of = [&](Kind kind) { return evaluation.accuracy.of(kind); };
  const double value = value_of(scenario, evaluation, metric);
  std::optional<infersim::Interval> ratios;
  switch (metric) {
    case Metric::user_rate:
      if (const auto tpot = of(Kind::tpot)) ratios = tpot->inverse();
      break;
    case Metric::device_rate:
    case Metric::system_rate: ratios = of(Kind::tokens_per_s_per_device); break;
    case Metric::ttft: ratios = of(Kind::ttft); break;
    case Metric::tpot:
    case Metric::latency: ratios = of(Kind::tpot); break;
    case Metric::power:
    case Metric::wall_power: ratios = of(Kind::power); break;
    case Metric::token_bytes:
    case Metric::state_bytes: break;  // counted, not measured
  }
  if (!ratios) return std::nullopt;
  return Interval{ratios->p10 * value, ratios->p90 * value};
}

Feasible<Prediction> predict(const Point& point) {
  const Scenario scenario = load_scenario(Catalog{}, point.question);
  const Question& asked = scenario.question;
  if (asked.cached && asked.phase == PhaseChoice::prefill) return predict_cached(scenario);
  const auto found = find_plan(scenario);
  if (!found) return tl::unexpected(found.error());
  const Evaluation& best = found->best;
  return Prediction{value_of(scenario, best, point.metric),
                    interval_of(scenario, best, point.metric), plan_of(best)};
}

}  // namespace infersim::published
