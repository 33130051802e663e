#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "infersim/core/infeasible.hpp"
#include "infersim/scenario/assemble.hpp"
#include "infersim/search/planner.hpp"
#include "search/bounds.hpp"
#include "search/weight_floor.hpp"

namespace infersim::detail {

/// What is known of one plan of an engine.
struct PlanRecord {
  ParallelPlan plan;
  int replicas = 1;  ///< among which a pinned batch is shared
  bool runs = false;
  TokenRate bound;  ///< of tokens per device; 0 where the objectives cannot be met
  double miss = 0;  ///< of them, at least (see `overshoot`)
  std::optional<Candidate> candidate;  ///< of one replica, once fully evaluated
  std::optional<Infeasible> refusal;
  std::size_t batches = 0;  ///< tried
  /// Lowered, with its bounds, while it waits to be evaluated.
  std::unique_ptr<AssembledEngine> engine;
  std::unique_ptr<EngineBounds> bounds;

  /// Whether it may turn out better than a candidate.
  [[nodiscard]] bool may_beat(const Candidate* known) const;
};

/// Searches engines, those of each size once: what is found serves every number of devices that
/// replicas of them make. A plan whose weights alone exceed a rank is not lowered. The others are
/// bounded (see EngineBounds) and evaluated in order of their bounds, four at a time, until these
/// are no better than what is known.
class Engines {
 public:
  Engines(const Scenario& scenario, unsigned threads);

  /// The best deployment of exactly so many devices; empty if none runs.
  std::optional<Candidate> best_of(int devices);
  /// Deployments of so many devices that were fully evaluated, best first: at least the best five,
  /// and all where there are few.
  std::vector<Candidate> ranking(int devices);
  /// Of the plans that do not run, the nearest to it.
  [[nodiscard]] std::optional<Infeasible> closest() const;
  /// Sizes of engines that were searched, smallest first.
  [[nodiscard]] std::vector<int> searched() const;
  /// Of plans and batches so far, as PlannedAnswer has them.
  [[nodiscard]] std::size_t plans_tried() const;
  [[nodiscard]] std::size_t plans_infeasible() const;
  [[nodiscard]] std::size_t batches_tried() const;

 private:
  using Records = std::vector<PlanRecord>;
  using Best = std::function<const Candidate*()>;

  Records& of(int devices, int replicas);
  std::optional<Candidate> best_of_parts(int devices);
  void look_at(PlanRecord& record, const Candidate* known) const;
  void evaluate_at_pinned(PlanRecord& record, AssembledEngine& engine) const;
  void evaluate(PlanRecord& record, const Candidate* known) const;
  void evaluate_in_order(std::vector<PlanRecord*> open, const Best& known);
  [[nodiscard]] std::vector<std::pair<int, Records*>> records_of(int devices);
  [[nodiscard]] Feasible<AssembledEngine> assembled(const PlanRecord& record) const;

  const Scenario& scenario_;
  const Workload workload_;
  const unsigned threads_;
  const WeightFloor floor_;
  const std::optional<double> batch_;  ///< where it is not searched
  /// By the size of the engine and, where the batch is shared among them, its replicas.
  std::map<std::pair<int, int>, Records> records_;
};

}  // namespace infersim::detail
