#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infersim/core/infeasible.hpp"
#include "infersim/scenario/evaluate.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim {

/// A plan that was considered, at its best batch.
struct Candidate {
  ParallelPlan plan;  ///< of one engine
  int replicas = 1;   ///< of that engine
  double batch = 0;   ///< requests in flight, all replicas
  TokenRate tokens_per_device;  ///< what was maximised: at one price, most tokens are the cheapest
  Seconds ttft;
  Seconds tpot;
  bool objectives_met = false;
};

/// The best deployment of a number of devices.
struct SizeOption {
  int devices = 0;
  Candidate candidate;
  std::optional<DollarsPerToken> output;  ///< price of output tokens; empty: no price is known
  bool chosen = false;                    ///< it is the answer
};

/// The answer of a search: the best deployment in full and the runners-up of the same size.
struct PlannedAnswer {
  Evaluation best;
  /// The smallest number of devices that meets the objectives and each doubling within the system's
  /// extent, fewest first; empty where the number is asked for.
  std::vector<SizeOption> sizes;
  std::vector<Candidate> considered;  ///< best first, the winner among them
  std::size_t plans_tried = 0;
  std::size_t batches_tried = 0;
  std::size_t plans_infeasible = 0;
  std::string choice;  ///< why this many devices and this plan won, in words
};

/// Searches parallel plans and batches for the cheapest tokens under the objectives: on the devices
/// pinned, else on the fewest whole nodes on which some plan meets the objectives, else on the
/// fewest on which one fits. What the question pins is kept. A plan's batch is the largest that
/// meets the objectives, to 2 % or one sequence of each group, or a smaller one among those tried
/// if that yields more. Infeasible if no plan fits up to the system's `max_nodes`: the closest miss
/// is told.
Feasible<PlannedAnswer> find_plan(const Scenario& scenario);

/// Plans for so many devices that agree with what the question pins.
std::vector<ParallelPlan> enumerate_plans(const Scenario& scenario, int devices);

}  // namespace infersim
