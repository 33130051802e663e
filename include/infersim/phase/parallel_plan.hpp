#pragma once

#include <string>

#include "infersim/core/infeasible.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

struct Fabric;

/// How a model is spread over ranks. A rank is a device, or a die of a device of several.
///
/// Attention runs on tp x pp x dp ranks: `tp` ranks share each layer, `pp` stages share the layers,
/// `dp` groups have sequences of their own. The experts of a layer are divided over `ep` of the
/// tp x dp ranks of a stage and each is sliced over the tp x dp / ep ranks that remain.
struct ParallelPlan {
  int tp = 1;
  int pp = 1;
  int dp = 1;
  int ep = 1;
  int redundant_experts = 0;  ///< further copies of routed experts, for balance
  int microbatches = 1;       ///< 2: two halves of the batch that overlap compute and communication
  int mtp = 0;                ///< draft tokens of each decode step
  double acceptance = 0.0;    ///< probability that a draft token is accepted, given those before it
  int ranks_per_device = 1;

  [[nodiscard]] int ranks() const { return tp * pp * dp; }
  [[nodiscard]] int devices() const { return ranks() / ranks_per_device; }
  /// Ranks over which each expert is sliced.
  [[nodiscard]] int expert_slices() const { return tp * dp / ep > 0 ? tp * dp / ep : 1; }

  /// Degrees counted in devices, whose product is `devices()`: the dies of one device count as part
  /// of its tensor parallelism if that is wide enough, else of its data parallelism.
  [[nodiscard]] int device_tp() const;
  [[nodiscard]] int device_dp() const;

  /// Tokens that a decode step yields per sequence: 1 + a + a^2 + … + a^mtp.
  [[nodiscard]] double tokens_per_step() const;

  friend bool operator==(const ParallelPlan&, const ParallelPlan&) = default;
};

/// Whether the plan can carry the model at all: heads divide over tp (key-value heads too, or they
/// are repeated), ep divides tp x dp, layers are at least pp, experts (with copies) at least ep.
Feasible<void> check_plan(const ModelSpec& model, const ParallelPlan& plan);

/// Whether ranks that exchange data reach each other: those of one copy of the model, which is all
/// of them if the model has routed experts, share a scale-up domain or there is a network between
/// domains.
Feasible<void> check_reach(const ModelSpec& model, const ParallelPlan& plan, const Fabric& fabric);

}  // namespace infersim
