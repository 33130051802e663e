#pragma once

#include <optional>
#include <string>

#include "infersim/core/number_type.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/workload/model.hpp"
#include "infersim/workload/weight_format.hpp"

namespace infersim {

/// The number types of a run.
struct PrecisionPlan {
  NumberType weights = NumberType::bf16;             ///< of linear layers, as stored
  NumberType compute = NumberType::bf16;             ///< of their products
  NumberType projections = NumberType::bf16;         ///< of attention's projections, as stored
  NumberType projection_compute = NumberType::bf16;  ///< of their products
  NumberType experts = NumberType::bf16;             ///< of routed experts, as stored
  NumberType expert_compute = NumberType::bf16;      ///< of their products
  NumberType activations = NumberType::bf16;  ///< as stored between operators: always 16 bits
  NumberType exchanged = NumberType::bf16;    ///< of tokens dispatched to experts
  NumberType attention = NumberType::bf16;    ///< products of attention
  NumberType head = NumberType::bf16;         ///< output head
  NumberType embedding = NumberType::bf16;    ///< input embedding
  NumberType router = NumberType::bf16;
  NumberType kv = NumberType::bf16;  ///< KV cache
  WeightBits bits;            ///< of stored weights where they are not those of the types above
  bool block_scales = false;  ///< FP8 weights have a scale for each block, as their checkpoint
  std::string format;  ///< name of a mixture of formats that weights are stored in; empty: none
  std::string reason;  ///< which was chosen, and why, in one sentence
};

/// Chooses number types: `weights` if asked for (a format as if the checkpoint were stored in it),
/// else the device's default for its class, else the checkpoint's own if both engines compute in
/// it, else the nearest of the same width (FP8 to INT8), else 16 bits. 4-bit checkpoints of models
/// with routed experts keep the projections of attention in 16 bits, as published ones do (NVIDIA's
/// NVFP4, AMD's MXFP4 DeepSeek-R1); those of small devices (GGUF and the like) do not, and take
/// embedding and head to 8 bits, or to those of the weights where the framework does so
/// (`head_as_weights`: MLX). Weights narrower than what the chip computes in are expanded on the
/// way (weight-only), as are those of a checkpoint that is made so. Routed experts are of the type
/// `experts` if that is asked for, else they follow the same rules from their own checkpoint's; so
/// do attention's projections and the head of a checkpoint that has them apart, where its own types
/// are run. FP8 asked for of a mixture of another type has scales of blocks, which is what such
/// checkpoints are published in. The KV cache is in the type that the checkpoint brings scales for
/// unless another is asked for. Throws InputError for a type that cannot be run, naming those that
/// can.
PrecisionPlan choose_precision(const Device& device, const ModelSpec& model,
                               const std::optional<WeightChoice>& weights,
                               std::optional<NumberType> kv,
                               std::optional<NumberType> experts = std::nullopt,
                               bool head_as_weights = false);

}  // namespace infersim
