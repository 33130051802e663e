#pragma once

#include <vector>

#include "infersim/core/quantity.hpp"
#include "infersim/phase/parallel_plan.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim::detail {

/// What the weights of a plan take of a rank at least, without lowering it (which takes a hundred
/// times as long):
///
///     floor = 0.97 sum over the layers of the last stage of
///             (attention + dense) bytes/tp + routed experts' bytes/(tp dp)
///
/// The last stage is the busiest one of the ledger. Matrices that tensor parallelism leaves whole,
/// embedding and head, copies of experts and experts that do not divide evenly come on top; 3 % is
/// for biases and norms, which the ledger leaves out. tests/search/ holds it to the ledger's.
class WeightFloor {
 public:
  explicit WeightFloor(const Scenario& scenario);

  /// On the fullest rank.
  [[nodiscard]] Bytes of(const ParallelPlan& plan) const;
  /// Whether the plan's weights alone exceed what a rank has for them.
  [[nodiscard]] bool exceeds_memory(const ParallelPlan& plan) const;

 private:
  struct Group {
    Count layers = 0;
    Bytes dense;    ///< of one layer
    Bytes experts;  ///< of one layer, all of them
  };
  std::vector<Group> groups_;  ///< from the first layer to the last
  Count layers_ = 0;
  Bytes available_;
  bool elsewhere_ = false;  ///< not all weights are in the device's memory
};

}  // namespace infersim::detail
