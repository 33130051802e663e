#include <optional>
#include <string>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "workload/hf_keys.hpp"
#include "workload/hf_linear.hpp"

namespace infersim::detail {

namespace {

constexpr IntegerRange conv_range{.least = 0, .most = 1024};

LinearAttention of_kind(LinearKind kind, NumberType state = NumberType::bf16) {
  LinearAttention linear;
  linear.kind = kind;
  linear.state = state;
  return linear;
}

/// In which the states of Mamba and of gated delta-nets are kept.
NumberType read_state_type(HfObject& config) {
  NumberType type = NumberType::bf16;
  for (const char* key : {"mamba_ssm_cache_dtype", "mamba_ssm_dtype"}) {
    const auto text = config.text(key);
    if (!text || *text == "auto") continue;
    if (*text == "float32") {
      type = NumberType::fp32;
    } else if (*text != "bfloat16" && *text != "float16") {
      config.fault(key, fmt::format("{} is not understood", quote(*text)),
                   "understood are float32, bfloat16 and float16");
    }
  }
  return type;
}

void check_sharing(HfObject& config, HfNames names, const LinearAttention& linear) {
  if (linear.heads > 0 && linear.key_heads > 0 && linear.heads % linear.key_heads != 0) {
    config.fault(config.found(names), fmt::format("{} heads cannot share {} key heads evenly",
                                                  linear.heads, linear.key_heads));
  }
}

LinearAttention read_gated_delta(HfObject& config) {
  LinearAttention linear = of_kind(LinearKind::gated_delta);
  linear.heads = config.required({"linear_num_value_heads"});
  linear.key_heads = config.required({"linear_num_key_heads"});
  linear.key_dim = config.required({"linear_key_head_dim"});
  linear.value_dim = config.required({"linear_value_head_dim"});
  linear.conv = config.integer({"linear_conv_kernel_dim"}, conv_range).value_or(4);
  linear.state = read_state_type(config);
  check_sharing(config, {"linear_num_key_heads"}, linear);
  return linear;
}

LinearAttention read_kimi_delta(HfObject& config) {
  // vLLM keeps its states in FP32 whatever the model is in, and the convolution's inputs in 16
  // bits.
  LinearAttention linear = of_kind(LinearKind::kimi_delta, NumberType::fp32);
  if (auto keys = config.object("linear_attn_config")) {
    linear.heads = keys->required({"num_heads"});
    linear.key_heads = linear.heads;
    linear.key_dim = keys->required({"head_dim"});
    linear.value_dim = linear.key_dim;
    linear.conv = keys->integer({"short_conv_kernel_size"}, conv_range).value_or(4);
    // The layers were read elsewhere.
    keys->ignore({"kda_layers", "full_attn_layers", "gate_lower_bound"});
    refuse_unread_hf_keys(*keys);
  }
  return linear;
}

LinearAttention read_lightning(HfObject& config, const Attention& full) {
  LinearAttention linear = of_kind(LinearKind::lightning);
  if (const auto* grouped = std::get_if<GroupedQueryAttention>(&full)) {
    linear.heads = grouped->heads;
    linear.key_heads = grouped->heads;
    linear.key_dim = grouped->head_dim;
    linear.value_dim = grouped->head_dim;
  } else {
    config.fault("num_attention_heads", "lightning attention needs heads of its own");
  }
  return linear;
}

/// RWKV-7, as flash-linear-attention writes it; its states are kept in FP32.
LinearAttention read_rwkv7(HfObject& config, Count hidden) {
  LinearAttention linear = of_kind(LinearKind::rwkv7, NumberType::fp32);
  const Count dim = config.integer({"head_dim"}, hf_positive).value_or(64);
  linear.heads = config.integer({"num_heads"}, hf_positive).value_or(hidden / dim);
  if (linear.heads * dim != hidden) {
    config.fault(
        config.found({"num_heads", "head_dim"}),
        fmt::format("{} heads of {} values are no hidden size of {}", linear.heads, dim, hidden));
  }
  linear.key_heads = linear.heads;
  linear.key_dim = linear.value_dim = dim;
  linear.ranks = {.decay = config.required({"decay_low_rank_dim"}),
                  .rate = config.required({"a_low_rank_dim"}),
                  .value = config.required({"v_low_rank_dim"}),
                  .gate = config.required({"gate_low_rank_dim"})};
  config.ignore({"value_dim", "hidden_ratio"});
  if (!config.is_off("attn"))
    config.fault("attn", "attention between RWKV layers is not understood");
  config.ignore({"attn"});
  return linear;
}

/// Mamba-1 by the keys of Jamba (`mamba_dt_rank` …) or of Mamba itself (`time_step_rank` …): as
/// many channels as the widened hidden state has values, a state of its own for each.
LinearAttention read_mamba1(HfObject& config, Count hidden) {
  LinearAttention linear = of_kind(LinearKind::mamba1);
  const HfNames rank_names = {"mamba_dt_rank", "time_step_rank"};
  const Count expand = config.integer({"mamba_expand", "expand"}, hf_positive).value_or(2);
  const Count inner = config.bounded({"mamba_expand", "expand"}, expand * hidden);
  const auto written = config.has("time_step_rank")
                           ? config.integer({"d_inner", "intermediate_size"}, hf_positive)
                           : std::nullopt;
  linear.heads = written.value_or(inner);
  linear.key_heads = linear.value_dim = 1;
  linear.key_dim = config.required({"mamba_d_state", "state_size", "d_state"});
  linear.conv = config.integer({"mamba_d_conv", "conv_kernel"}, conv_range).value_or(4);
  linear.conv_bias =
      config.optional_flag(config.found({"mamba_conv_bias", "use_conv_bias"})).value_or(true);
  linear.state = read_state_type(config);
  constexpr Count usual_part = 16;  // of the hidden size, where the rank is `auto`
  const std::string key = config.found(rank_names);
  linear.ranks.decay = config.kind(key) == JsonKind::text ? (hidden + usual_part - 1) / usual_part
                                                          : config.required(rank_names);
  config.ignore({"mamba_dt_rank", "time_step_rank", "mamba_inner_layernorms"});
  if (config.any_flag({"mamba_proj_bias", "use_bias"})) {
    config.fault(config.found({"mamba_proj_bias", "use_bias"}),
                 "biases of Mamba projections are not understood");
  }
  return linear;
}

}  // namespace

LinearAttention read_hf_mamba(HfObject& config, Count hidden) {
  if (config.has_any({"mamba_dt_rank", "time_step_rank"}) &&
      !config.has_any({"mamba_num_heads", "mamba_n_heads"})) {
    return read_mamba1(config, hidden);
  }
  LinearAttention linear = of_kind(LinearKind::mamba2);
  linear.heads = config.required({"mamba_num_heads", "mamba_n_heads"});
  const auto expand = config.integer({"mamba_expand", "expand"}, hf_positive);
  if (config.kind("mamba_d_head") == JsonKind::text) {
    // `auto`: what the widened hidden state leaves for each head.
    if (config.text("mamba_d_head") != "auto") {
      config.fault("mamba_d_head", "expected a whole number or auto");
    }
    const Count inner = expand.value_or(2) * hidden;
    linear.value_dim =
        linear.heads > 0 ? config.bounded({"mamba_expand", "expand"}, inner / linear.heads) : 0;
  } else {
    linear.value_dim = config.required({"mamba_head_dim", "mamba_d_head"});
    // Nemotron-H writes `expand` down and does not read it.
    const Count inner = linear.heads * linear.value_dim;
    const auto whole = config.integer({"mamba_d_ssm"}, hf_positive);  // Falcon-H1, not as widened
    if (whole && inner > 0 && inner != *whole) {
      config.contradiction("mamba_d_ssm", "mamba_n_heads x mamba_d_head", std::to_string(inner));
    }
    if (config.has("mamba_d_head") && !whole && expand && inner > 0 && inner != *expand * hidden) {
      config.contradiction("mamba_d_head", "mamba_expand", std::to_string(*expand));
    }
  }
  linear.key_dim = config.required({"ssm_state_size", "mamba_d_state"});
  linear.key_heads = config.integer({"n_groups", "mamba_n_groups"}, hf_positive).value_or(1);
  linear.conv = config.integer({"conv_kernel", "mamba_d_conv"}, conv_range).value_or(4);
  linear.conv_bias =
      config.optional_flag(config.found({"use_conv_bias", "mamba_conv_bias"})).value_or(true);
  linear.state = read_state_type(config);
  if (config.any_flag({"mamba_proj_bias", "use_bias"})) {
    config.fault(config.found({"mamba_proj_bias", "use_bias"}),
                 "biases of Mamba projections are not understood");
  }
  check_sharing(config, {"n_groups", "mamba_n_groups"}, linear);
  return linear;
}

LinearAttention read_hf_linear(HfObject& config, const HfFacts& facts, const Attention& full,
                               Count hidden) {
  if (config.has("linear_num_value_heads")) return read_gated_delta(config);
  if (config.has("linear_attn_config")) return read_kimi_delta(config);
  if (config.has("decay_low_rank_dim")) return read_rwkv7(config, hidden);
  if (config.has_any({"mamba_num_heads", "mamba_n_heads"})) return read_hf_mamba(config, hidden);
  if (!facts.lightning && !config.has("attn_type_list")) {
    config.fault(config.found({"layer_types", "layers_block_type"}),
                 "no key says what linear attention is like");
  }
  return read_lightning(config, full);
}

void ignore_hf_linear(HfObject& config) {
  config.ignore({"mamba_d_ssm",
                 "mamba_num_heads",
                 "mamba_n_heads",
                 "mamba_expand",
                 "expand",
                 "mamba_d_head",
                 "mamba_head_dim",
                 "ssm_state_size",
                 "mamba_d_state",
                 "n_groups",
                 "mamba_n_groups",
                 "conv_kernel",
                 "mamba_d_conv",
                 "use_conv_bias",
                 "mamba_conv_bias",
                 "mamba_proj_bias",
                 "mamba_ssm_cache_dtype",
                 "mamba_ssm_dtype",
                 "linear_num_value_heads",
                 "linear_num_key_heads",
                 "linear_key_head_dim",
                 "linear_value_head_dim",
                 "linear_conv_kernel_dim"});
}

}  // namespace infersim::detail
