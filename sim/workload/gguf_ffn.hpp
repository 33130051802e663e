#pragma once

#include "infersim/workload/model.hpp"
#include "workload/gguf_model.hpp"

namespace infersim::detail {

/// The feed-forward network of a layer of a GGUF model, by the tensors that it has.
Ffn read_gguf_ffn(GgufModel& model, Count layer);

}  // namespace infersim::detail
