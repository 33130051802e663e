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
  ParallelPlan plan;            ///< of one engine
  int replicas = 1;             ///< of that engine
  double batch = 0;             ///< requests in flight, all replicas
  TokenRate tokens_per_device;  ///< what was maximised: at one price, most tokens are the cheapest
  Seconds ttft;
  Seconds tpot;
  bool objectives_met = false;
  double overshoot = 0;  ///< of the worse objective, its time over its limit
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
  /// The fewest devices that meet the objectives, each doubling within the system's extent and that
  /// extent, fewest first; the size of the answer too where it is none of them. Empty where the
  /// number is asked for.
  std::vector<SizeOption> sizes;
  /// Deployments of the answer's size that were fully evaluated, best first, the winner ahead: at
  /// least the best five, and all of a small search.
  std::vector<Candidate> considered;
  /// Plans of engines of all sizes that were looked at, each counted once (with a pinned batch:
  /// once for each number of replicas): those of too much weight, those whose bounds ruled them
  /// out and those whose batches were tried.
  std::size_t plans_tried = 0;
  std::size_t batches_tried = 0;     ///< closed loops that were solved
  std::size_t plans_infeasible = 0;  ///< of the plans tried, those that cannot run
  std::string choice;                ///< why this many devices and this plan won, in words
};

/// Searches engines, replicas of them and batches for the cheapest tokens under the objectives.
///
/// A replica shares nothing with the next: devices = replicas x tp x pp x dp, so that so many
/// devices are replicas of the best engine whose size divides them. An engine stays within one
/// system's extent (`devices_per_node` x `max_nodes`) unless it is pinned wider; `--devices` beyond
/// it are replicas in further systems. Groups of a dense model share nothing either: its dp is 1
/// unless pinned. What the question pins is kept; a pinned batch is shared evenly by all replicas.
///
/// Where no number of devices is asked for, the fewest that meet the objectives (any number within
/// a node or a scale-up domain, whole nodes beyond), their doublings and the whole extent are
/// compared. Of those within 3 % of the cheapest output tokens (without a price: of the most tokens
/// per second and device) the fewest devices are the answer; with `SizeChoice::smallest` the fewest
/// of all. Where no size meets the objectives it is the nearest miss.
///
/// A plan's batch is the one that yields the most tokens of those that meet the objectives, up to
/// what runs at once, to 2 % or one sequence of each group. Infeasible if no plan runs: the closest
/// miss is told. `threads`: how many are used, 0 as many as the machine has cores (8 at most); the
/// answer is the same with any number.
Feasible<PlannedAnswer> find_plan(const Scenario& scenario, unsigned threads = 0);

/// Plans of one engine on so many devices that agree with what the question pins.
std::vector<ParallelPlan> enumerate_plans(const Scenario& scenario, int devices);

}  // namespace infersim
