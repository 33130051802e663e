#pragma once

#include <array>
#include <cstddef>

#include "infersim/cost/op_cost.hpp"
#include "infersim/phase/step_model.hpp"
#include "infersim/phase/step_table.hpp"

namespace infersim {

/// The operators of a segment with weights elsewhere.
struct PlacedCosts {
  std::array<OpCost, max_segment_ops> costs{};
  bool streamed = false;  ///< what the host holds was brought to the device for this step

  /// Whether the host computes an operator.
  [[nodiscard]] bool on_host(const LoweredOp& op) const {
    return !streamed && op.on_host != nullptr;
  }
};

/// What a segment's operators cost, of two ways in the one that takes less time:
///
///     hosted     t = t_host(b), and bytes/link + latency where tokens pass between the memories
///     streamed   t = t_device(b) + bytes/link, of the weights (of experts: those that get a
///                token) and caches that the operator reads
///
/// and of weights on flash no less than bytes/flash in either. Copies are not overlapped with what
/// follows them, as in llama.cpp, which streams steps of 32 and more tokens
/// (ggml/src/ggml-cuda/ggml-cuda.cu, ggml_backend_cuda_device_offload_op). Holds for: one rank.
/// Fails for: software that prefetches layers. Checked in: tests/phase/placement.test.cpp.
PlacedCosts placed_costs(const StepTable& table, const Segment& segment, const StepBatch& batch);

}  // namespace infersim
