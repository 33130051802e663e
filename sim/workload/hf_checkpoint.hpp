#pragma once

#include "infersim/workload/checkpoint.hpp"
#include "infersim/workload/hf_config.hpp"
#include "workload/hf_object.hpp"

namespace infersim::detail {

/// What of a model the types of its checkpoint are of.
struct HfContents {
  Count layers = 0;
  bool experts = false;  ///< some layers have routed experts
  bool network = false;  ///< some have a dense network or shared experts
};

/// The number types of a checkpoint: those of `quantization_config`, else of the
/// hf_quant_config.json beside it (`beside`, if it is there), else of `torch_dtype` or `dtype`,
/// else bf16. What `inner` says goes before what `outer` says; they may be one object. A part that
/// a quantisation leaves out is in the plain type.
Checkpoint read_hf_checkpoint(HfObject& inner, HfObject& outer, HfObject* beside,
                              const HfContents& contents);

}  // namespace infersim::detail
