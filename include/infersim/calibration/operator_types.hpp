#pragma once

#include <optional>
#include <string_view>

#include "infersim/calibration/measured_operator.hpp"

namespace infersim {

/// What `dtype` says of a kernel that multiplies weights: `bfloat16`, `fp8`, `fp8_block`, `nvfp4`,
/// `mxfp4`, `mxfp8`, `int8`, `sq`, `int8_wo`, `int4_wo`, `w4a16_mxfp4`, `w4a8_mxfp4`, … Empty for a
/// name that is none of them. FP4 with a scale for 16 (NVFP4) or 32 values (MXFP4) is one type
/// here.
std::optional<OperatorTypes> weight_types(std::string_view dtype);

/// What `dtype` (of the products) and `kv_dtype` (of the cache; empty: as `dtype`) say of an
/// attention kernel.
std::optional<OperatorTypes> attention_types(std::string_view dtype, std::string_view kv_dtype);

/// In what values of a message are stored.
std::optional<NumberType> message_type(std::string_view dtype);

}  // namespace infersim
