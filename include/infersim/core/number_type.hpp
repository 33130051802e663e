#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "infersim/core/quantity.hpp"

namespace infersim {

/// Formats in which weights, activations and KV cache are stored and tensor units compute.
enum class NumberType { fp32, tf32, bf16, fp16, fp8, int8, fp4, int4 };

inline constexpr std::size_t number_type_count = 8;
inline constexpr std::array<NumberType, number_type_count> all_number_types = {
    NumberType::fp32, NumberType::tf32, NumberType::bf16, NumberType::fp16,
    NumberType::fp8,  NumberType::int8, NumberType::fp4,  NumberType::int4};

constexpr std::size_t index(NumberType type) { return static_cast<std::size_t>(type); }

/// `bf16`, `fp8`, …: the spelling of descriptions, command line and JSON.
std::string_view name(NumberType type);

/// Reads such a name (case ignored); empty if it is none.
std::optional<NumberType> parse_number_type(std::string_view text);

/// Bytes that one stored value takes, its share of block scales included:
/// fp32 and tf32 4, bf16 and fp16 2, fp8 and int8 1, and for both 4-bit types 4.5/8, which is what
/// a 16-bit scale per 32 values (llama.cpp Q4_0) or an 8-bit scale per 16 values (NVFP4) comes to.
/// FP8 scales of 128 x 128 blocks are 0.02 % and left out.
Bytes storage_size(NumberType type);

/// Nominal bits: 32, 16, 8 or 4. Types of equal width stand in for each other.
int width(NumberType type);

/// A small table with one value per number type.
template <class T>
using PerNumberType = std::array<T, number_type_count>;

}  // namespace infersim
