#pragma once

#include <optional>
#include <string>

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/workload/count.hpp"

namespace infersim {

/// Bits that a stored weight takes in each part of a model, scales included, where formats are
/// mixed; 0: as its number type has it.
struct WeightBits {
  double linear = 0;
  double projections = 0;
  double experts = 0;
  double head = 0;
  double embedding = 0;

  friend bool operator==(const WeightBits&, const WeightBits&) = default;
};

/// Bytes of a stored value of so many bits, or of the type's own where `bits` is 0.
inline Bytes stored_size(NumberType type, double bits) {
  return bits > 0 ? Bytes{bits / 8} : storage_size(type);
}

/// How the weights of a published checkpoint are stored. Norms and router are in 16 bits or wider
/// whatever the rest is; so are embedding and head unless said otherwise.
struct Checkpoint {
  NumberType linear = NumberType::bf16;  ///< of all linear layers that nothing below names
  bool block_scales = false;             ///< FP8 with a scale for each block of 128 x 128 weights
  /// Weights of this type are expanded to 16 bits before they are multiplied, also where a chip
  /// could multiply them as they are (W4A16, W8A16): nothing says how activations would be
  /// narrowed.
  std::optional<NumberType> weight_only;
  std::optional<NumberType> experts;      ///< routed experts (gpt-oss: MXFP4 beside BF16)
  std::optional<NumberType> projections;  ///< those of attention and of recurrences
  std::optional<NumberType> head;
  std::optional<NumberType> embedding;
  std::optional<NumberType> kv;  ///< KV cache that the checkpoint brings scales for
  WeightBits bits;
  std::string format;  ///< name of the mixture of formats, as `q4_k_m`; empty: there is none
  Count bytes = 0;     ///< of its files, as these say; 0: unknown

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;

  [[nodiscard]] NumberType experts_type() const { return experts.value_or(linear); }
  [[nodiscard]] NumberType projections_type() const { return projections.value_or(linear); }
};

}  // namespace infersim
