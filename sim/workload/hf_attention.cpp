#include "workload/hf_attention.hpp"

#include <optional>
#include <string>

#include <fmt/format.h>

#include "workload/hf_keys.hpp"

namespace infersim::detail {

namespace {

const HfNames kv_head_names = {"num_key_value_heads", "num_kv_heads", "n_kv_heads", "n_head_kv",
                               "num_attention_groups"};
const HfNames head_names = {"num_attention_heads", "n_head", "n_heads", "num_heads"};

Indexer read_indexer(HfObject& config) {
  Indexer indexer;
  indexer.heads = config.required({"index_n_heads"});
  indexer.head_dim = config.required({"index_head_dim"});
  indexer.top_k = config.required({"index_topk"});
  return indexer;
}

LatentAttention read_latent(HfObject& config, Count max_context) {
  LatentAttention attention;
  attention.heads = config.required(head_names);
  attention.q_lora_rank = config.integer({"q_lora_rank"}).value_or(0);
  attention.kv_lora_rank = config.required({"kv_lora_rank"});
  attention.nope_dim = config.required({"qk_nope_head_dim"});
  attention.rope_dim = config.required({"qk_rope_head_dim"});
  attention.v_dim = config.required({"v_head_dim"});
  const auto whole = config.integer({"qk_head_dim"});
  if (whole && *whole != attention.nope_dim + attention.rope_dim) {
    config.contradiction("qk_head_dim", "qk_nope_head_dim + qk_rope_head_dim",
                         std::to_string(attention.nope_dim + attention.rope_dim));
  }
  // They are written down for latent attention too, and mean nothing there.
  config.ignore({"num_key_value_heads", "head_dim", "use_qk_norm", "qk_layernorm"});
  if (config.any_flag({"attention_bias", "qkv_bias", "use_qkv_bias"})) {
    config.fault(config.found({"attention_bias", "qkv_bias", "use_qkv_bias"}),
                 "biases of latent attention are not understood");
  }
  if (config.has_any({"index_topk", "index_n_heads"}) && max_context > 0) {
    attention.indexer = read_indexer(config);
  }
  return attention;
}

/// DeepSeek-V4: one vector for keys and values, a window, entries by layer. Which layers have
/// entries and which pick them is for the layers to say.
CompressedAttention read_compressed(HfObject& config) {
  CompressedAttention attention;
  attention.heads = config.required(head_names);
  attention.q_lora_rank = config.required({"q_lora_rank"});
  attention.head_dim = config.required({"head_dim"});
  attention.rope_dim = config.required({"qk_rope_head_dim"});
  attention.window = config.required({"sliding_window"}, hf_token_range);
  attention.o_groups = config.required({"o_groups"});
  attention.o_lora_rank = config.required({"o_lora_rank"});
  if (config.has("index_topk")) attention.indexer = read_indexer(config);
  if (config.integer({"num_key_value_heads"}).value_or(1) != 1) {
    config.fault("num_key_value_heads", "compressed attention has one vector for all heads");
  }
  if (attention.o_groups > 0 && attention.heads % attention.o_groups != 0) {
    config.fault("o_groups", fmt::format("{} heads do not make {} equal groups", attention.heads,
                                         attention.o_groups));
  }
  if (attention.rope_dim > attention.head_dim) {
    config.fault("qk_rope_head_dim",
                 fmt::format("{} of only {} values", attention.rope_dim, attention.head_dim));
  }
  return attention;
}

/// DBRX and MPT write their attention into an object of its own.
std::optional<Count> read_nested_heads(HfObject& config) {
  auto inner = config.object("attn_config");
  if (!inner) return std::nullopt;
  auto heads = inner->integer({"kv_n_heads"}, hf_positive);
  const auto type = inner->text("attn_type");
  if (type && *type == "multiquery_attention") heads = 1;
  inner->ignore({"alibi", "alibi_bias_max", "attn_impl", "attn_pdrop", "attn_uses_sequence_id",
                 "clip_qkv", "model_type", "prefix_lm", "rope_theta", "softmax_scale"});
  if (!config.is_off("learned_pos_emb") && !inner->is_off("alibi")) {
    config.ignore({"learned_pos_emb"});  // MPT has one or the other
  }
  if (inner->is_off("qk_ln")) inner->ignore({"qk_ln"});
  refuse_unread_hf_keys(*inner);
  return heads;
}

/// Key-value heads by the keys of all families; `heads` if none says otherwise.
Count read_kv_heads(HfObject& config, const HfFacts& facts, Count heads) {
  auto written = config.integer(kv_head_names, hf_positive);
  const auto groups = config.integer({"multi_query_group_num"}, hf_positive);
  // ChatGLM and Falcon: one switch says whether the heads are shared at all.
  const auto multi_query = config.has("multi_query_attention")
                               ? config.optional_flag("multi_query_attention")
                               : config.optional_flag("multi_query");
  if (const auto nested = read_nested_heads(config)) written = nested;
  if (groups) return multi_query.value_or(true) ? *groups : heads;
  const bool grouped = config.flag("new_decoder_architecture") || !multi_query.value_or(false);
  if (!grouped) return 1;
  if (!written && facts.kv_heads > 0) return facts.kv_heads;
  return written.value_or(heads);
}

Count read_head_dim(HfObject& config, const HfFacts& facts, Count heads, Count hidden) {
  const auto written =
      config.integer({"head_dim", "attention_head_dim", "kv_channels"}, hf_positive);
  if (written) return *written;
  if (facts.head_dim > 0) return facts.head_dim;
  if (heads == 0) return 0;
  if (hidden % heads != 0) {
    config.fault(config.found(head_names),
                 fmt::format("hidden_size {} is no multiple of {} heads", hidden, heads),
                 "give head_dim");
  }
  return hidden / heads;
}

void read_biases(HfObject& config, const HfFacts& facts, GroupedQueryAttention& attention) {
  // `no_bias` (Qwen, MPT) and `enable_bias` (OPT) say that a family's biases are not there.
  const bool without =
      config.flag("no_bias") || !config.optional_flag("enable_bias").value_or(true);
  const auto of_attention = config.optional_flag("attention_bias");
  const bool all = config.any_flag({"use_bias", "bias", "add_bias_linear"});
  const auto qkv = config.any_flag({"qkv_bias", "use_qkv_bias", "add_qkv_bias"});
  const bool said = config.has_any({"qkv_bias", "use_qkv_bias", "add_qkv_bias"});
  const bool usual = facts.qkv_bias && (!without || facts.halved_ffn);
  attention.bias = of_attention.value_or(false) || qkv || (all && !said) ||
                   (usual && of_attention.value_or(true) && !said);
  attention.output_bias = all || (facts.output_bias && !without && of_attention.value_or(true)) ||
                          (of_attention.value_or(false) && !facts.no_output_bias);
  for (const char* key : {"attention_out_bias", "attention_output_bias"}) {
    if (const auto output = config.optional_flag(key)) attention.output_bias = *output;
  }
}

GroupedQueryAttention read_grouped(HfObject& config, const HfFacts& facts, Count hidden) {
  GroupedQueryAttention attention;
  attention.heads =
      facts.heads > 0 && !config.has_any(head_names) ? facts.heads : config.required(head_names);
  attention.kv_heads = read_kv_heads(config, facts, attention.heads);
  attention.head_dim = read_head_dim(config, facts, attention.heads, hidden);
  attention.value_dim = attention.head_dim;
  if (!config.is_off("v_head_dim")) {
    attention.value_dim = config.integer({"v_head_dim"}, hf_positive).value_or(attention.head_dim);
  }
  config.ignore({"v_head_dim"});
  attention.q_lora_rank = config.integer({"share_q_dim"}).value_or(0);  // Step-3
  read_biases(config, facts, attention);
  attention.qk_norm = facts.qk_norm;
  for (const char* key : {"use_qk_norm", "qk_layernorm", "qk_norm"}) {
    if (const auto norm = config.optional_flag(key)) attention.qk_norm = *norm;
  }
  if (facts.unweighted_qk_norm) attention.qk_norm = false;
  // Qwen3-Next has gates without a key for them.
  attention.output_gate = config.optional_flag("attn_output_gate")
                              .value_or(config.has("linear_num_value_heads") || facts.output_gate);
  if (const auto gate = config.optional_flag("attention_output_gate")) {
    attention.output_gate = *gate;
  }
  attention.sinks = facts.sinks || config.flag("add_full_attention_sink_bias");
  if (attention.heads > 0 && attention.kv_heads > 0 && attention.heads % attention.kv_heads != 0) {
    config.fault(config.found({"num_key_value_heads", "num_kv_heads", "n_kv_heads", "n_head_kv",
                               "multi_query_group_num", "attn_config"}),
                 fmt::format("{} heads cannot share {} key-value heads evenly", attention.heads,
                             attention.kv_heads));
  }
  return attention;
}

/// MiMo-V2 gives the layers with a window heads of their own.
GroupedQueryAttention read_windowed(HfObject& config, GroupedQueryAttention attention) {
  attention.heads =
      config.integer({"swa_num_attention_heads"}, hf_positive).value_or(attention.heads);
  attention.kv_heads =
      config.integer({"swa_num_key_value_heads"}, hf_positive).value_or(attention.kv_heads);
  attention.head_dim = config.integer({"swa_head_dim"}, hf_positive).value_or(attention.head_dim);
  attention.value_dim =
      config.integer({"swa_v_head_dim"}, hf_positive).value_or(attention.value_dim);
  attention.sinks = config.optional_flag("add_swa_attention_sink_bias").value_or(attention.sinks);
  if (config.has_any({"swa_num_key_value_heads", "swa_num_attention_heads"}) &&
      attention.heads > 0 && attention.kv_heads > 0 && attention.heads % attention.kv_heads != 0) {
    config.fault(config.found({"swa_num_key_value_heads", "swa_num_attention_heads"}),
                 fmt::format("{} heads cannot share {} key-value heads evenly", attention.heads,
                             attention.kv_heads));
  }
  return attention;
}

/// What `per_layer_config` gives single layers in place of the usual figures: all of them alike.
void read_overrides(HfObject& config, GroupedQueryAttention& attention) {
  auto layers = config.object("per_layer_config");
  if (!layers) return;
  std::optional<GroupedQueryAttention> common;
  for (const std::string& number : layers->keys()) {
    auto own = layers->object(number);
    if (!own) continue;
    GroupedQueryAttention changed = attention;
    changed.head_dim = own->integer({"head_dim"}, hf_positive).value_or(attention.head_dim);
    changed.value_dim = changed.head_dim;
    changed.kv_heads =
        own->integer({"num_key_value_heads"}, hf_positive).value_or(attention.kv_heads);
    refuse_unread_hf_keys(*own);
    if (common && *common != changed) {
      config.fault("per_layer_config", "layers with heads of many shapes are not understood");
      return;
    }
    common = changed;
  }
  if (common) attention = *common;
}

/// Gemma 4 gives the layers without a window heads of their own, whose keys may be their values.
GroupedQueryAttention read_global(HfObject& config, const HfFacts& facts,
                                  GroupedQueryAttention attention) {
  const Count usual = attention.kv_heads;
  attention.keys_as_values = config.flag("attention_k_eq_v");
  const bool overridden = config.has("per_layer_config");
  auto width = config.integer({"global_head_dim"}, hf_positive);
  if (!width && !overridden && facts.global_head_dim > 0) width = facts.global_head_dim;
  if (width) attention.head_dim = attention.value_dim = *width;
  const auto kv_heads = config.integer({"num_global_key_value_heads"}, hf_positive);
  if (kv_heads && attention.keys_as_values) attention.kv_heads = *kv_heads;
  read_overrides(config, attention);
  const bool own = attention.kv_heads != usual;
  if (own && attention.kv_heads > 0 && attention.heads % attention.kv_heads != 0) {
    config.fault(config.found({"num_global_key_value_heads", "per_layer_config"}),
                 fmt::format("{} heads cannot share {} key-value heads evenly", attention.heads,
                             attention.kv_heads));
  }
  return attention;
}

}  // namespace

HfAttention read_hf_attention(HfObject& config, const HfFacts& facts, Count hidden, bool any,
                              Count max_context) {
  if (!any && !config.has_any(head_names)) return {};
  if (!config.is_off("o_lora_rank") && !config.is_off("o_groups")) {
    const CompressedAttention attention = read_compressed(config);
    return {.full = attention, .windowed = attention};
  }
  const bool latent = !config.is_off("kv_lora_rank") || !config.is_off("qk_nope_head_dim");
  if (latent) {
    const LatentAttention attention = read_latent(config, max_context);
    return {.full = attention, .windowed = attention};
  }
  config.ignore({"kv_lora_rank", "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim"});
  const GroupedQueryAttention attention = read_grouped(config, facts, hidden);
  return {.full = read_global(config, facts, attention),
          .windowed = read_windowed(config, attention)};
}

}  // namespace infersim::detail
