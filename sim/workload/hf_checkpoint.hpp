#pragma once

#include "infersim/core/json_reader.hpp"
#include "infersim/core/number_type.hpp"

namespace infersim::detail {

/// The number type of a checkpoint's linear layers: that of `quantization_config`, else of
/// `torch_dtype` or `dtype`, else bf16. What `inner` says goes before what `outer` says; they may
/// be one object.
NumberType read_hf_checkpoint(JsonReader& inner, JsonReader& outer);

}  // namespace infersim::detail
