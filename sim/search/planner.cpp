#include "infersim/search/planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace infersim {
namespace {

bool has_experts(const ModelSpec& model) { return experts_of(model) != nullptr; }

int expert_count(const ModelSpec& model) {
  const MoeFfn* moe = experts_of(model);
  return moe != nullptr ? static_cast<int>(moe->experts) : 0;
}

std::vector<int> divisors(int n) {
  std::vector<int> result;
  for (int d = 1; d <= n; ++d) {
    if (n % d == 0) result.push_back(d);
  }
  return result;
}

/// Copies that fill every rank of an expert group equally, when nothing is pinned.
int redundancy(const Scenario& scenario, int ep) {
  if (scenario.question.redundant_experts) return *scenario.question.redundant_experts;
  const int experts = expert_count(scenario.model);
  return ep > 1 ? (experts + ep - 1) / ep * ep - experts : 0;
}

std::vector<int> expert_degrees(const Scenario& scenario, int stage_ranks) {
  if (!has_experts(scenario.model)) return {1};
  if (scenario.question.ep) return {*scenario.question.ep};
  if (stage_ranks == 1) return {1};
  return {1, stage_ranks};
}

bool agrees(const Question& q, const ParallelPlan& plan) {
  return (!q.tp || *q.tp == plan.device_tp()) && (!q.pp || *q.pp == plan.pp) &&
         (!q.dp || *q.dp == plan.device_dp());
}

/// How far the worse objective is missed: at most 1 when all are met.
double overshoot(const Scenario& scenario, const Candidate& c) {
  const PhaseChoice phase = scenario.question.phase;
  double worst = 0.0;
  if (phase != PhaseChoice::decode) worst = std::max(worst, c.ttft / scenario.slo.ttft);
  if (phase != PhaseChoice::prefill) worst = std::max(worst, c.tpot / scenario.slo.tpot);
  return worst;
}

/// Met before missed; among met the cheapest tokens, among missed the nearest miss.
bool better(const Scenario& scenario, const Candidate& a, const Candidate& b) {
  if (a.objectives_met != b.objectives_met) return a.objectives_met;
  if (a.objectives_met) return a.tokens_per_device > b.tokens_per_device;
  return overshoot(scenario, a) < overshoot(scenario, b);
}

/// Finds the best batch of one plan.
class BatchSearch {
 public:
  BatchSearch(const Scenario& scenario, const AssembledEngine& prepared)
      : scenario_(scenario), workload_(scenario.workload()), prepared_(prepared) {}

  Candidate run() {
    const double groups = prepared_.plan.dp;
    const double most = std::floor(
        prepared_.sequences / groups);
    const double least = prepared_.plan.pp;  // every stage has a part to work on
    if (most < least) return at(most);
    if (scenario_.question.phase == PhaseChoice::prefill) return at(least);
    double reached = least;
    if (!at(least).objectives_met) return best_;
    for (double b = least; b < most;) {
      b = std::min(most, std::max(b + 1.0, std::floor(b * 1.5)));
      if (!at(b).objectives_met) {
        bisect(reached, b);
        break;
      }
      reached = b;
    }
    return best_;
  }

  Candidate run_at(double batch) { return at(batch / prepared_.plan.dp); }

  [[nodiscard]] std::size_t tried() const { return tried_; }

 private:
  /// TPOT grows with the batch: narrows down the largest that still meets it.
  void bisect(double met, double missed) {
    while (missed - met > std::max(1.0, 0.02 * met)) {
      const double middle = std::floor((met + missed) / 2.0);
      (at(middle).objectives_met ? met : missed) = middle;
    }
  }

  Candidate at(double per_group) {
    ++tried_;
    Candidate c;
    c.plan = prepared_.plan;
    c.batch = per_group * prepared_.plan.dp;
    const Headline found = headline(scenario_, serve(workload_, prepared_, scenario_.loop(c.batch)));
    c.ttft = found.ttft.value_or(Seconds{});
    c.tpot = found.tpot.value_or(Seconds{});
    c.tokens_per_device = found.tokens / prepared_.plan.devices();
    c.objectives_met = overshoot(scenario_, c) <= 1.0;
    if (tried_ == 1 || better(scenario_, c, best_)) best_ = c;
    return c;
  }

  const Scenario& scenario_;
  const Workload workload_;
  const AssembledEngine& prepared_;
  Candidate best_;
  std::size_t tried_ = 0;
};

/// What was found on one number of devices.
struct Level {
  int devices = 0;
  std::vector<Candidate> candidates;
  std::optional<Infeasible> closest;
  std::optional<Infeasible> idle;  ///< a plan that would fit has more groups than sequences
};

/// Keeps the refusal that is nearest to fitting.
void keep_closest(std::optional<Infeasible>& closest, const Infeasible& refusal) {
  const auto excess = [](const Infeasible& i) {
    return i.available > Bytes{} ? i.needed / i.available : 1e30;
  };
  if (!closest || excess(refusal) < excess(*closest)) closest = refusal;
}

Infeasible idle_groups(const ParallelPlan& plan, double batch) {
  return {fmt::format("a batch of {} leaves some of {} data-parallel groups idle", batch, plan.dp),
          Bytes{}, Bytes{}, fmt::format("give --batch {} or more, or a lower --dp", plan.dp)};
}

class Search {
 public:
  explicit Search(const Scenario& scenario) : scenario_(scenario) {}

  Level try_devices(int devices) {
    Level level;
    level.devices = devices;
    for (const ParallelPlan& plan : enumerate_plans(scenario_, devices)) {
      ++answer.plans_tried;
      const auto prepared = assemble(scenario_.workload(), scenario_.pool(plan));
      if (!prepared) {
        ++answer.plans_infeasible;
        keep_closest(level.closest, prepared.error());
        continue;
      }
      BatchSearch batches(scenario_, *prepared);
      const auto pinned = pinned_batch();
      const bool queues = scenario_.question.phase == PhaseChoice::both;
      if (pinned && *pinned > prepared->sequences && !queues) {
        ++answer.plans_infeasible;
        keep_closest(level.closest, evaluate(scenario_, plan, *pinned).error());
        continue;
      }
      if (pinned && *pinned < plan.dp) {
        ++answer.plans_infeasible;
        level.idle = idle_groups(plan, *pinned);
        continue;
      }
      level.candidates.push_back(pinned ? batches.run_at(*pinned) : batches.run());
      answer.batches_tried += batches.tried();
    }
    std::stable_sort(
        level.candidates.begin(), level.candidates.end(),
        [&](const Candidate& a, const Candidate& b) { return better(scenario_, a, b); });
    return level;
  }

  PlannedAnswer answer;

 private:
  [[nodiscard]] std::optional<double> pinned_batch() const {
    if (scenario_.question.batch) return scenario_.question.batch;
    if (is_edge(scenario_.device.device_class)) return 1.0;
    return std::nullopt;
  }

  const Scenario& scenario_;
};

/// Numbers of devices to look at, fewest first.
std::vector<int> device_counts(const Scenario& scenario) {
  const Question& q = scenario.question;
  if (q.devices) return {*q.devices};
  if (q.tp && q.pp && q.dp) return {*q.tp * *q.pp * *q.dp};
  std::vector<int> counts;
  for (int nodes = 1; nodes <= scenario.system.max_nodes; ++nodes) {
    counts.push_back(nodes * scenario.system.devices_per_node);
  }
  return counts;
}

std::string explain_size(const Scenario& scenario, const Level& level, bool met) {
  const Question& q = scenario.question;
  if (q.devices || (q.tp && q.pp && q.dp)) {
    return fmt::format("{} devices as asked for", level.devices);
  }
  const int nodes = level.devices / scenario.system.devices_per_node;
  if (scenario.system.max_nodes == 1 && level.devices == 1) return "a single device";
  const std::string size = fmt::format("{} node{} of {}", nodes, nodes == 1 ? "" : "s",
                                       scenario.system.devices_per_node);
  return met ? fmt::format("{}: the fewest on which some plan meets the objectives", size)
             : fmt::format(
                   "{}: the fewest on which the model fits; no size up to {} nodes meets "
                   "the objectives",
                   size, scenario.system.max_nodes);
}

/// The size, and what the winner has over the next.
std::string explain_choice(const Scenario& scenario, const Level& level, bool met) {
  const std::string size = explain_size(scenario, level, met);
  if (level.candidates.size() < 2) return size;
  const Candidate& winner = level.candidates[0];
  const Candidate& next = level.candidates[1];
  if (!met) return size + "; this plan comes nearest to them";
  if (!next.objectives_met) return size + "; no other plan of this size meets them";
  return fmt::format("{}; this plan's tokens are the cheapest, {:.1f} % more of them than the next",
                     size, 100.0 * (winner.tokens_per_device / next.tokens_per_device - 1.0));
}

}  // namespace

std::vector<ParallelPlan> enumerate_plans(const Scenario& scenario, int devices) {
  const Question& q = scenario.question;
  const int per_device = scenario.device.ranks;
  const int ranks = devices * per_device;
  const int domain = scenario.decode_machine.fabric.domain;
  const int nodes = std::max(1, devices / scenario.system.devices_per_node);
  std::vector<ParallelPlan> plans;
  for (int pp : divisors(ranks)) {
    if (pp > std::max(4, nodes) && !q.pp) break;
    for (int tp : divisors(ranks / pp)) {
      if (tp > std::max(domain, 8) && !q.tp) break;
      for (int ep : expert_degrees(scenario, ranks / pp)) {
        ParallelPlan plan;
        plan.tp = tp;
        plan.pp = pp;
        plan.dp = ranks / (pp * tp);
        plan.ep = ep;
        plan.redundant_experts = redundancy(scenario, ep);
        plan.microbatches = q.microbatches.value_or(1);
        plan.mtp = q.mtp.value_or(0);
        plan.acceptance = q.acceptance.value_or(0.0);
        plan.ranks_per_device = per_device;
        const bool whole_devices = (tp * plan.dp) % per_device == 0;
        if (whole_devices && agrees(q, plan)) plans.push_back(plan);
      }
    }
  }
  return plans;
}

Feasible<PlannedAnswer> find_plan(const Scenario& scenario) {
  Search search(scenario);
  std::optional<Level> fits;
  std::optional<Infeasible> closest;
  for (int devices : device_counts(scenario)) {
    Level level = search.try_devices(devices);
    if (level.idle) closest = level.idle;
    if (level.closest && !level.idle) keep_closest(closest, *level.closest);
    if (level.candidates.empty()) continue;
    const bool met = level.candidates.front().objectives_met;
    if (met || !fits) fits = std::move(level);
    if (met) break;
  }
  if (!fits) {
    if (!closest) {
      closest = Infeasible{"no parallel plan agrees with what is pinned", Bytes{}, Bytes{},
                           "leave some of --tp, --pp, --dp, --ep and --devices to the search"};
    }
    return tl::unexpected(*closest);
  }
  const Candidate& winner = fits->candidates.front();
  auto best = evaluate(scenario, winner.plan, winner.batch);
  if (!best) return tl::unexpected(best.error());
  PlannedAnswer answer = std::move(search.answer);
  answer.best = *std::move(best);
  answer.choice = explain_choice(scenario, *fits, winner.objectives_met);
  answer.considered = std::move(fits->candidates);
  return answer;
}

}  // namespace infersim
