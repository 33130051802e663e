#include "infersim/workload/hf_config.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/json_reader.hpp"
#include "infersim/core/text.hpp"
#include "workload/hf_checkpoint.hpp"
#include "workload/hf_keys.hpp"

namespace infersim {

namespace {

constexpr IntegerRange positive{.least = 1};
constexpr IntegerRange layer_range{.least = 1, .most = max_layers};
constexpr IntegerRange token_range{.least = 1, .most = 1'000'000'000};

/// What no key says: it follows from the name of the architecture.
struct Family {
  bool qkv_bias = false;     ///< Qwen2
  bool qk_norm = false;      ///< Qwen3
  bool router_bias = false;  ///< DeepSeek-V3, whose own software writes it down as topk_method
};

Family read_family(JsonReader& inner, JsonReader& outer) {
  Family family;
  const auto note = [&family](const std::string& text) {
    const std::string name = fold_name(text);
    family.qkv_bias = family.qkv_bias || name.starts_with("qwen2");
    family.qk_norm = family.qk_norm || name.starts_with("qwen3");
    family.router_bias = family.router_bias || name.starts_with("deepseekv3");
  };
  for (JsonReader* config : {&inner, &outer}) {
    if (const auto type = config->optional_text("model_type")) note(*type);
    for (const std::string& name :
         config->optional_texts("architectures").value_or(std::vector<std::string>{})) {
      note(name);
    }
  }
  return family;
}

bool flag(JsonReader& config, std::string_view key) {
  return config.optional_boolean(key).value_or(false);
}

LatentAttention read_latent(JsonReader& config) {
  LatentAttention attention;
  attention.heads = config.integer("num_attention_heads", positive);
  attention.q_lora_rank = config.optional_integer("q_lora_rank").value_or(0);
  attention.kv_lora_rank = config.integer("kv_lora_rank", positive);
  attention.nope_dim = config.integer("qk_nope_head_dim", positive);
  attention.rope_dim = config.integer("qk_rope_head_dim", positive);
  attention.v_dim = config.integer("v_head_dim", positive);
  // They are written down for latent attention too, and mean nothing there.
  config.ignore("num_key_value_heads");
  config.ignore("head_dim");
  if (flag(config, "attention_bias")) {
    config.fault("attention_bias", "biases of latent attention are not understood");
  }
  return attention;
}

GroupedQueryAttention read_grouped(JsonReader& config, const Family& family, Count hidden) {
  GroupedQueryAttention attention;
  attention.heads = config.integer("num_attention_heads", positive);
  attention.kv_heads =
      config.optional_integer("num_key_value_heads", positive).value_or(attention.heads);
  attention.output_bias = flag(config, "attention_bias");
  attention.bias = attention.output_bias || family.qkv_bias;
  attention.bias = flag(config, "qkv_bias") || attention.bias;
  attention.qk_norm = config.optional_boolean("use_qk_norm").value_or(family.qk_norm);
  if (const auto head_dim = config.optional_integer("head_dim", positive)) {
    attention.head_dim = *head_dim;
  } else if (attention.heads > 0) {
    attention.head_dim = hidden / attention.heads;
    if (hidden % attention.heads != 0) {
      config.fault(
          "num_attention_heads",
          fmt::format("hidden_size {} is no multiple of {} heads", hidden, attention.heads),
          "give head_dim");
    }
  }
  if (attention.heads > 0 && attention.heads % attention.kv_heads != 0) {
    config.fault("num_key_value_heads",
                 fmt::format("{} heads cannot share {} key-value heads evenly", attention.heads,
                             attention.kv_heads));
  }
  return attention;
}

/// Windows, other attention kinds by layer and biases have no shape here.
void refuse_other_kinds(JsonReader& config, Count layers, Count max_context) {
  const auto window = config.optional_integer("sliding_window", token_range);
  const bool used = config.optional_boolean("use_sliding_window").value_or(true);
  const auto first_windowed = config.optional_integer("max_window_layers");
  if (window && used && *window < max_context && first_windowed.value_or(0) < layers) {
    config.fault("sliding_window", "attention in a sliding window is not understood");
  }
  if (const auto types = config.optional_texts("layer_types")) {
    const auto other = std::find_if(types->begin(), types->end(), [](const std::string& type) {
      return type != "full_attention";
    });
    if (other != types->end()) {
      config.fault("layer_types", fmt::format("{} is not understood", quote(*other)),
                   "understood is full_attention");
    } else if (layers > 0 && static_cast<Count>(types->size()) != layers) {
      config.fault("layer_types", fmt::format("{} types for {} layers", types->size(), layers));
    }
  }
  const auto activation = config.optional_text("hidden_act");
  if (activation && *activation != "silu" && *activation != "swish") {
    config.fault("hidden_act", fmt::format("{} is not understood", quote(*activation)),
                 "understood is silu, in a gated feed-forward network");
  }
  for (const char* key : {"mlp_bias", "is_encoder_decoder", "add_cross_attention"}) {
    if (flag(config, key)) config.fault(key, "true is not understood");
  }
  const auto shared = config.optional_integer("shared_expert_intermediate_size");
  if (shared.value_or(0) > 0) {
    config.fault("shared_expert_intermediate_size", "a gated shared expert is not understood");
  }
}

/// The experts of a layer that has some; empty if no layer has.
std::optional<MoeFfn> read_moe(JsonReader& config, const Family& family) {
  std::string experts_key;
  MoeFfn moe;
  for (const char* key : {"n_routed_experts", "num_experts", "num_local_experts"}) {
    const auto experts = config.optional_integer(key, positive);
    if (!experts) continue;
    if (!experts_key.empty() && *experts != moe.experts) {
      config.fault(key, fmt::format("contradicts {} = {}", experts_key, moe.experts));
    }
    moe.experts = *experts;
    experts_key = key;
  }
  const auto shared = config.optional_integer("n_shared_experts");
  const auto groups = config.optional_integer("n_group", positive);
  const auto top_groups = config.optional_integer("topk_group", positive);
  const auto method = config.optional_text("topk_method");
  const auto scoring = config.optional_text("scoring_func");
  const auto intermediate = config.optional_integer("moe_intermediate_size", positive);
  const auto top_k = config.optional_integer("num_experts_per_tok", positive);
  if (experts_key.empty()) return std::nullopt;

  moe.top_k = top_k ? *top_k : config.integer("num_experts_per_tok", positive);
  // Mixtral's experts are its only feed-forward networks and have their size.
  moe.intermediate = intermediate.value_or(0);
  if (!intermediate) {
    moe.intermediate = config.integer(
        experts_key == "num_local_experts" ? "intermediate_size" : "moe_intermediate_size",
        positive);
  }
  moe.shared_intermediate = shared.value_or(0) * moe.intermediate;
  moe.router_bias =
      method ? *method == "noaux_tc" : family.router_bias || scoring.value_or("") == "sigmoid";
  if (method.value_or("") != "greedy") {
    moe.groups = groups.value_or(1);
    moe.top_groups = top_groups.value_or(moe.groups);
  }
  if (moe.experts % moe.groups != 0) {
    config.fault("n_group",
                 fmt::format("{} experts do not make {} equal groups", moe.experts, moe.groups));
  } else if (moe.top_groups > moe.groups) {
    config.fault("topk_group", fmt::format("{} of only {} groups", moe.top_groups, moe.groups));
  } else if (moe.top_k > moe.experts / moe.groups * moe.top_groups) {
    config.fault("num_experts_per_tok",
                 fmt::format("{} of only {} experts that a token can reach", moe.top_k,
                             moe.experts / moe.groups * moe.top_groups));
  }
  return moe;
}

/// Which layers have experts, as DeepSeek and Qwen write it.
struct ExpertPattern {
  Count first = 0;  ///< DeepSeek: from layer first_k_dense_replace on,
  Count every = 1;  ///< those whose number is a multiple of moe_layer_freq
  Count step = 1;   ///< Qwen: those whose number plus 1 is a multiple of decoder_sparse_step,
  std::vector<std::int64_t> dense = {};  ///< but not mlp_only_layers; sorted

  [[nodiscard]] bool has_experts(Count layer) const {
    return layer >= first && layer % every == 0 && (layer + 1) % step == 0 &&
           !std::binary_search(dense.begin(), dense.end(), layer);
  }
};

ExpertPattern read_pattern(JsonReader& config, Count layers) {
  ExpertPattern pattern;
  pattern.first = config.optional_integer("first_k_dense_replace").value_or(0);
  pattern.every = config.optional_integer("moe_layer_freq", positive).value_or(1);
  pattern.step = config.optional_integer("decoder_sparse_step", positive).value_or(1);
  pattern.dense = config.optional_integers("mlp_only_layers").value_or(std::vector<std::int64_t>{});
  std::sort(pattern.dense.begin(), pattern.dense.end());
  if (layers > 0 && pattern.first > layers) {
    config.fault("first_k_dense_replace",
                 fmt::format("{} of only {} layers", pattern.first, layers));
  }
  if (layers > 0 && !pattern.dense.empty() &&
      (pattern.dense.front() < 0 || pattern.dense.back() >= layers)) {
    config.fault("mlp_only_layers", fmt::format("layers are numbered from 0 to {}", layers - 1));
  }
  return pattern;
}

void read_layers(JsonReader& config, const Family& family, ModelSpec& model) {
  const Count layers = config.integer("num_hidden_layers", layer_range);
  refuse_other_kinds(config, layers, model.max_context);
  Attention attention;
  if (config.has("kv_lora_rank") || config.has("qk_nope_head_dim")) {
    attention = read_latent(config);
  } else {
    attention = read_grouped(config, family, model.hidden);
  }
  const std::optional<MoeFfn> moe = read_moe(config, family);
  const ExpertPattern pattern = read_pattern(config, layers);
  const auto intermediate = config.optional_integer("intermediate_size", positive);

  bool any_dense = false;
  for (Count layer = 0; layer < layers; ++layer) {
    LayerGroup group{.count = 1, .attention = attention, .ffn = {}};
    if (moe && pattern.has_experts(layer)) {
      group.ffn = *moe;
    } else {
      any_dense = true;
      group.ffn = DenseFfn{.intermediate = intermediate.value_or(0)};
    }
    if (!model.layers.empty() && model.layers.back().ffn == group.ffn) {
      ++model.layers.back().count;
    } else {
      model.layers.push_back(std::move(group));
    }
  }
  if (any_dense && !intermediate) (void)config.integer("intermediate_size", positive);

  const auto mtp = config.optional_integer("num_nextn_predict_layers");
  if (mtp.value_or(0) > 0 && !model.layers.empty()) {
    model.mtp = model.layers.back();
    model.mtp->count = *mtp;
  }
}

void refuse_unknown(JsonReader& config, const Diagnostics& faults) {
  std::vector<std::string> absent;
  for (std::string& key : detail::understood_hf_keys()) {
    if (!config.has(key)) absent.push_back(std::move(key));
  }
  for (const std::string& key : config.unread()) {
    if (faults.full()) return;
    if (detail::is_harmless_hf_key(key)) continue;
    config.fault(key, "neither understood nor known to be harmless", did_you_mean(key, absent));
  }
}

/// `llama` of `llama.json`, `llama_config.json` and `llama/config.json`.
std::string id_of(const std::string& path) {
  const std::filesystem::path file(path);
  std::string id = file.stem().string();
  if (id == "config" && file.has_parent_path()) id = file.parent_path().filename().string();
  constexpr std::string_view suffix = "_config";
  if (id.size() > suffix.size() && id.ends_with(suffix)) id.resize(id.size() - suffix.size());
  return id;
}

}  // namespace

ModelSpec load_hf_config(std::string_view json, const std::string& path) {
  Diagnostics faults;
  JsonDocument document(json, path, faults);
  JsonReader root = document.root();
  // What stands around a nested configuration describes vision towers and their tokens.
  std::optional<JsonReader> nested = root.optional_object("text_config");
  JsonReader& config = nested ? *nested : root;

  ModelSpec model;
  model.id = id_of(path);
  model.name = model.id;
  model.path = path;
  model.provenance = {.basis = Basis::datasheet, .source = path, .date = {}, .note = {}};
  model.hidden = config.integer("hidden_size", positive);
  model.vocab = config.integer("vocab_size", positive);
  model.max_context = config.integer("max_position_embeddings", token_range);
  model.checkpoint = detail::read_hf_checkpoint(config, root);
  // Absent means untied in every family that is understood.
  model.tied_embeddings =
      flag(config.has("tie_word_embeddings") ? config : root, "tie_word_embeddings");
  read_layers(config, read_family(config, root), model);
  refuse_unknown(config, faults);
  faults.throw_if_any();
  return model;
}

}  // namespace infersim
