#pragma once

#include "infersim/workload/model.hpp"
#include "workload/gguf_model.hpp"

namespace infersim::detail {

/// What a layer of a GGUF model mixes tokens with, by the tensors that it has.
Attention read_gguf_attention(GgufModel& model, Count layer, Count layers, Count hidden);

/// Mamba, a gated delta rule or a short convolution, by theirs; none if it has none.
std::optional<Attention> read_gguf_recurrence(GgufModel& model, Count layer);

}  // namespace infersim::detail
