#pragma once

#include <optional>

#include "infersim/core/number_type.hpp"
#include "workload/hf_object.hpp"

namespace infersim::detail {

struct HfCheckpoint {
  NumberType linear = NumberType::bf16;
  std::optional<NumberType> experts;  ///< routed experts, if they are in another type
  bool block_scales = false;          ///< FP8 with a scale for each block of weights
};

/// The number types of a checkpoint: that of `quantization_config`, else of `torch_dtype` or
/// `dtype`, else bf16. What `inner` says goes before what `outer` says; they may be one object.
/// A quantisation that leaves all attention out is one of the routed experts alone, if there are
/// some (`has_experts`): what else it holds is little beside them.
HfCheckpoint read_hf_checkpoint(HfObject& inner, HfObject& outer, Count layers, bool has_experts);

}  // namespace infersim::detail
