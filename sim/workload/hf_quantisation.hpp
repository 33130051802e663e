#pragma once

#include <array>
#include <optional>

#include "infersim/core/number_type.hpp"
#include "workload/hf_modules.hpp"
#include "workload/hf_object.hpp"

namespace infersim::detail {

/// A format of quantised weights.
struct HfFormat {
  NumberType type = NumberType::bf16;
  bool weight_only = false;   ///< activations stay in 16 bits
  bool block_scales = false;  ///< FP8 with a scale for each block of weights

  friend bool operator==(const HfFormat&, const HfFormat&) = default;
};

/// What a quantisation does to each part of a model; empty: it leaves it as it was.
struct HfQuantisation {
  std::array<std::optional<HfFormat>, hf_part_count> parts;
  std::optional<NumberType> kv;  ///< KV cache

  [[nodiscard]] const std::optional<HfFormat>& of(HfPart part) const {
    return parts[static_cast<std::size_t>(part)];
  }
};

/// Reads a `quantization_config`, or the `quantization` of an hf_quant_config.json, which names its
/// format by `quant_algo` (`by_algorithm`): one format for everything but the modules that it
/// leaves out, or one for each group or name of modules (`MIXED_PRECISION`, compressed-tensors), of
/// which each part has that of most of its modules. `layers` is the model's.
HfQuantisation read_hf_quantisation(HfObject& config, Count layers, bool by_algorithm);

}  // namespace infersim::detail
