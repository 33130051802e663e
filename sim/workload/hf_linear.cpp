#include <optional>
#include <string>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "workload/hf_keys.hpp"
#include "workload/hf_linear.hpp"

namespace infersim::detail {

namespace {

constexpr IntegerRange conv_range{.least = 0, .most = 1024};

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
  LinearAttention linear{.kind = LinearKind::gated_delta};
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
  LinearAttention linear{.kind = LinearKind::kimi_delta};
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
  LinearAttention linear{.kind = LinearKind::lightning};
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

}  // namespace

LinearAttention read_hf_mamba(HfObject& config, Count hidden) {
  LinearAttention linear{.kind = LinearKind::mamba2};
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
    if (config.has("mamba_d_head") && expand && inner > 0 && inner != *expand * hidden) {
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
  if (config.has_any({"mamba_num_heads", "mamba_n_heads"})) return read_hf_mamba(config, hidden);
  if (!facts.lightning && !config.has("attn_type_list")) {
    config.fault(config.found({"layer_types", "layers_block_type"}),
                 "no key says what linear attention is like");
  }
  return read_lightning(config, full);
}

void ignore_hf_linear(HfObject& config) {
  config.ignore({"mamba_num_heads",
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
