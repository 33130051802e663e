#pragma once

#include "workload/hf_object.hpp"

namespace infersim::detail {

/// What a configuration has beside attention and networks: several residual streams (DeepSeek-V4's
/// hyper-connections, Gemma 3n's alternating updates), a learned residual, embeddings for each
/// layer.
void read_hf_residual(HfObject& config, ModelSpec& model);

}  // namespace infersim::detail
