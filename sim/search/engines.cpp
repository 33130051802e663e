#include "search/engines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "infersim/core/parallel.hpp"
#include "infersim/scenario/evaluate.hpp"
#include "search/batch_search.hpp"
#include "search/plans.hpp"
#include "search/ranking.hpp"

namespace infersim::detail {
namespace {

/// Plans that are evaluated side by side. Not the number of threads: what is evaluated must not
/// depend on the machine.
constexpr std::size_t round_size = 4;
/// Runners-up that are told; up to so many plans of a size all are.
constexpr std::size_t told = 5;
constexpr std::size_t few_plans = 12;

Infeasible idle_groups(const ParallelPlan& plan, int replicas, double batch) {
  const std::string of = replicas > 1 ? fmt::format(" of {} replicas", replicas) : "";
  return {fmt::format("a batch of {} leaves some of {} data-parallel groups{} idle", batch,
                      plan.dp * replicas, of),
          Bytes{}, Bytes{},
          fmt::format("give --batch {} or more, or a lower --dp", plan.dp * replicas)};
}

/// Keeps the refusal that is nearest to fitting; one that is not about memory before all others.
void keep_closest(std::optional<Infeasible>& closest, const Infeasible& refusal) {
  const auto excess = [](const Infeasible& i) {
    return i.available > Bytes{} ? i.needed / i.available : 1e30;
  };
  if (!closest || excess(refusal) < excess(*closest)) closest = refusal;
}

/// Of a deployment what was found of one replica.
Candidate replicated(Candidate candidate, int replicas) {
  candidate.replicas = replicas;
  candidate.batch *= replicas;
  return candidate;
}

}  // namespace

bool PlanRecord::may_beat(const Candidate* known) const {
  if (known == nullptr) return true;
  if (bound > TokenRate{}) return !known->objectives_met || bound > known->tokens_per_device;
  return !known->objectives_met && miss < known->overshoot;
}

Engines::Engines(const Scenario& scenario, unsigned threads)
    : scenario_(scenario),
      workload_(scenario.workload()),
      threads_(threads),
      floor_(scenario),
      batch_(scenario.pinned_batch()) {}

Feasible<AssembledEngine> Engines::assembled(const PlanRecord& record) const {
  return assemble(workload_, scenario_.pool(record.plan, record.replicas));
}

/// Lowers a plan and bounds it. Where there is but one batch to look at it is evaluated at once.
void Engines::look_at(PlanRecord& record, const Candidate* known) const {
  if (batch_ && *batch_ < 1.0 * record.replicas * record.plan.dp) {
    record.refusal = idle_groups(record.plan, record.replicas, *batch_);
    return;
  }
  if (!scenario_.question.settings.started && floor_.exceeds_memory(record.plan)) return;
  auto engine = assembled(record);
  if (!engine) {
    record.refusal = engine.error();
    return;
  }
  record.runs = true;
  if (batch_ || scenario_.question.phase == PhaseChoice::prefill) {
    return evaluate_at_pinned(record, *engine);
  }
  record.engine = std::make_unique<AssembledEngine>(*std::move(engine));
  const bool met = known != nullptr && known->objectives_met;
  record.bounds = std::make_unique<EngineBounds>(scenario_, workload_, *record.engine,
                                                 met ? known->tokens_per_device : TokenRate{});
  record.miss = record.bounds->miss();
  if (record.bounds->can_meet()) record.bound = record.bounds->tokens();
}

void Engines::evaluate_at_pinned(PlanRecord& record, AssembledEngine& engine) const {
  const bool queues = scenario_.question.phase == PhaseChoice::both;
  if (batch_ && *batch_ > engine.max_sequences() && !queues) {
    record.runs = false;
    record.refusal = infersim::evaluate(scenario_, record.plan, *batch_, record.replicas).error();
    return;
  }
  const double fewest = record.plan.dp * std::min(1.0 * record.plan.pp, engine.scheduler.max_seqs);
  const BatchOutcome found = BatchSearch(scenario_, workload_, engine)
                                 .at_batch(batch_ ? *batch_ / record.replicas : fewest);
  record.batches += found.tried;
  record.candidate = found.best;
}

/// The best batch of a plan, unless it cannot beat what is known.
void Engines::evaluate(PlanRecord& record, const Candidate* known) const {
  if (!record.engine) {
    record.engine = std::make_unique<AssembledEngine>(*assembled(record));
    record.bounds = std::make_unique<EngineBounds>(scenario_, workload_, *record.engine);
  }
  const BatchOutcome found =
      BatchSearch(scenario_, workload_, *record.engine).over(*record.bounds, known);
  record.batches += found.tried;
  if (found.complete) record.candidate = found.best;
  record.bounds.reset();
  record.engine.reset();
}

/// Evaluates plans until none is left that may beat what is known, which each round may raise.
void Engines::evaluate_in_order(std::vector<PlanRecord*> open, const Best& known) {
  std::stable_sort(open.begin(), open.end(), [](const PlanRecord* a, const PlanRecord* b) {
    return a->bound != b->bound ? a->bound > b->bound : a->miss < b->miss;
  });
  for (auto next = open.begin(); next != open.end();) {
    const Candidate* best = known();
    std::vector<PlanRecord*> round;
    for (; next != open.end() && round.size() < round_size; ++next) {
      if ((*next)->may_beat(best)) round.push_back(*next);
    }
    for_each_index(threads_, round.size(), [&](std::size_t i) { evaluate(*round[i], best); });
  }
}

/// The plans of engines of a size, each looked at, and those evaluated that may be better than what
/// engines of smaller sizes make of as many devices.
Engines::Records& Engines::of(int devices, int replicas) {
  const auto [found, is_new] = records_.try_emplace({devices, batch_ ? replicas : 1});
  Records& records = found->second;
  if (!is_new) return records;
  for (const ParallelPlan& plan : enumerate_plans(scenario_, devices)) {
    records.emplace_back().plan = plan;
    records.back().replicas = found->first.second;
  }
  const std::optional<Candidate> smaller = best_of_parts(devices);
  const Candidate* parts = smaller ? &*smaller : nullptr;
  for_each_index(threads_, records.size(), [&](std::size_t i) {
    PlanRecord& record = records[i];
    look_at(record, parts);
    if (record.may_beat(parts)) return;
    record.engine.reset();
    record.bounds.reset();
  });
  std::vector<PlanRecord*> open;
  for (PlanRecord& record : records) {
    if (record.runs && !record.candidate) open.push_back(&record);
  }
  const auto known = [&] {
    const Candidate* best = parts;
    for (const PlanRecord& record : records) {
      if (record.candidate && (best == nullptr || better(*record.candidate, *best))) {
        best = &*record.candidate;
      }
    }
    return best;
  };
  evaluate_in_order(std::move(open), known);
  for (PlanRecord& record : records) {
    record.engine.reset();
    record.bounds.reset();
  }
  return records;
}

/// The best that replicas of smaller engines make of as many devices, if any number may be taken.
std::optional<Candidate> Engines::best_of_parts(int devices) {
  if (batch_ || scenario_.question.replicas) return std::nullopt;
  std::optional<Candidate> best;
  for (const int size : engine_sizes(scenario_, devices)) {
    if (size == devices) continue;
    for (const PlanRecord& record : of(size, 1)) {
      if (record.candidate && (!best || better(*record.candidate, *best))) best = record.candidate;
    }
  }
  return best;
}

/// The plans of all engines that make so many devices, with how many of each do.
std::vector<std::pair<int, Engines::Records*>> Engines::records_of(int devices) {
  std::vector<std::pair<int, Records*>> all;
  for (const int size : engine_sizes(scenario_, devices))
    all.emplace_back(devices / size, &of(size, devices / size));
  return all;
}

std::optional<Candidate> Engines::best_of(int devices) {
  std::optional<Candidate> best;
  for (const auto& [replicas, records] : records_of(devices)) {
    for (const PlanRecord& record : *records) {
      if (record.candidate && (!best || better(*record.candidate, *best))) {
        best = replicated(*record.candidate, replicas);
      }
    }
  }
  return best;
}

std::vector<Candidate> Engines::ranking(int devices) {
  const auto all = records_of(devices);
  std::vector<Candidate> ranked;
  const auto rank = [&] {
    ranked.clear();
    for (const auto& [replicas, records] : all) {
      for (const PlanRecord& record : *records) {
        if (record.candidate) ranked.push_back(replicated(*record.candidate, replicas));
      }
    }
    std::stable_sort(ranked.begin(), ranked.end(), better);
  };
  std::vector<PlanRecord*> open;
  std::size_t running = 0;
  for (const auto& [replicas, records] : all) {
    for (PlanRecord& record : *records) {
      running += record.runs ? 1 : 0;
      if (record.runs && !record.candidate) open.push_back(&record);
    }
  }
  evaluate_in_order(std::move(open), [&]() -> const Candidate* {
    rank();
    return running <= few_plans || ranked.size() < told ? nullptr : &ranked[told - 1];
  });
  rank();
  return ranked;
}

std::optional<Infeasible> Engines::closest() const {
  std::optional<Infeasible> closest;
  std::optional<Infeasible> idle;
  const PlanRecord* lightest = nullptr;
  for (const auto& [key, records] : records_) {
    for (const PlanRecord& record : records) {
      if (record.runs) continue;
      const bool is_idle = batch_ && *batch_ < 1.0 * record.replicas * record.plan.dp;
      if (is_idle) {
        idle = record.refusal;
      } else if (record.refusal) {
        keep_closest(closest, *record.refusal);
      } else if (check_plan(scenario_.model, record.plan) &&
                 (lightest == nullptr || floor_.of(record.plan) < floor_.of(lightest->plan))) {
        lightest = &record;
      }
    }
  }
  if (idle) return idle;
  if (lightest != nullptr) {
    if (const auto engine = assembled(*lightest); !engine) keep_closest(closest, engine.error());
  }
  return closest;
}

std::vector<int> Engines::searched() const {
  std::set<int> sizes;
  for (const auto& [key, records] : records_)
    sizes.insert(key.first);
  return {sizes.begin(), sizes.end()};
}

std::size_t Engines::plans_tried() const {
  std::size_t sum = 0;
  for (const auto& [key, records] : records_)
    sum += records.size();
  return sum;
}

std::size_t Engines::plans_infeasible() const {
  std::size_t sum = 0;
  for (const auto& [key, records] : records_) {
    sum += static_cast<std::size_t>(std::count_if(
        records.begin(), records.end(), [](const PlanRecord& record) { return !record.runs; }));
  }
  return sum;
}

std::size_t Engines::batches_tried() const {
  std::size_t sum = 0;
  for (const auto& [key, records] : records_) {
    for (const PlanRecord& record : records)
      sum += record.batches;
  }
  return sum;
}

}  // namespace infersim::detail
