#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "infersim/core/number_type.hpp"

namespace infersim {

/// A type of tensor of GGUF files, by the names and numbers of llama.cpp (ggml.h): `block` values
/// take `bytes` bytes, scales included.
struct GgufType {
  std::string_view name;  ///< `q4_k`, in lower case
  std::uint32_t id = 0;
  std::uint32_t block = 1;
  std::uint32_t bytes = 0;

  /// Bits that a value takes.
  [[nodiscard]] double bits() const;
  /// The number type whose kernels stand for this one's: 4 bits for all that take up to 6 (Q5_K is
  /// 5.5), floating ones apart, and 8 for what lies between them and 16.
  [[nodiscard]] NumberType run_as() const;
};

/// The type of a number in a file; none if there is none (those that llama.cpp has removed too).
const GgufType* find_gguf_type(std::uint32_t id);
/// That of a name.
const GgufType* find_gguf_type(std::string_view name);

}  // namespace infersim
