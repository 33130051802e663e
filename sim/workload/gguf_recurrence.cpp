#include <optional>

#include <fmt/format.h>

#include "workload/gguf_attention.hpp"

namespace infersim::detail {

namespace {

/// Mamba-1 has a projection for the inputs of its scan; Mamba-2 and delta rules have heads. States
/// are kept in FP32 (llama.cpp).
LinearAttention read_states(GgufModel& model, Count layer) {
  LinearAttention linear;
  linear.state = NumberType::fp32;
  const Count inner = model.required("ssm.inner_size");
  const Count rank = model.required("ssm.time_step_rank");
  linear.key_dim = model.required("ssm.state_size");
  linear.conv = model.required("ssm.conv_kernel");
  linear.conv_bias = model.tensor(layer, "ssm_conv1d.bias") != nullptr;
  for (const char* name : {"ssm_conv1d.weight", "ssm_a", "ssm_d", "ssm_dt.bias", "ssm_dt.weight",
                           "ssm_out.weight", "ssm_norm.weight"})
    (void)model.tensor(layer, name);
  if (model.tensor(layer, "ssm_x.weight") != nullptr) {
    linear.kind = LinearKind::mamba1;
    linear.heads = inner;
    linear.key_heads = linear.value_dim = 1;
    linear.ranks.decay = rank;
    return linear;
  }
  linear.heads = rank;
  linear.key_heads = model.number("ssm.group_count", layer, 1).value_or(1);
  linear.kind = LinearKind::mamba2;
  // Keys of a delta rule come in heads that stand where Mamba-2 has groups.
  if (model.tensor(layer, "ssm_ba.weight") != nullptr ||
      model.tensor(layer, "ssm_beta.weight") != nullptr) {
    linear.kind = LinearKind::gated_delta;
  }
  for (const char* name : {"ssm_alpha.weight", "attn_gate.weight", "attn_qkv.weight"})
    if (linear.kind == LinearKind::gated_delta) (void)model.tensor(layer, name);
  if (linear.heads == 0 || inner % linear.heads != 0) {
    model.fault("ssm.time_step_rank",
                fmt::format("{} heads do not share {} values evenly", linear.heads, inner));
    return linear;
  }
  linear.value_dim = inner / linear.heads;
  if (linear.heads % linear.key_heads != 0) {
    model.fault("ssm.group_count", fmt::format("{} heads cannot share {} key heads evenly",
                                               linear.heads, linear.key_heads));
  }
  return linear;
}

}  // namespace

std::optional<Attention> read_gguf_recurrence(GgufModel& model, Count layer) {
  if (const GgufTensor* taps = model.tensor(layer, "shortconv.conv.weight")) {
    for (const char* name : {"shortconv.in_proj.weight", "shortconv.out_proj.weight"})
      (void)model.required_tensor(layer, name);
    return GatedConvolution{.taps = columns(*taps), .bias = false};
  }
  const bool in = model.tensor(layer, "ssm_in.weight") != nullptr;
  const bool conv = model.tensor(layer, "ssm_conv1d.weight") != nullptr;
  if (!in && !conv) return std::nullopt;
  return read_states(model, layer);
}

}  // namespace infersim::detail
