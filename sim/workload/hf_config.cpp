#include "infersim/workload/hf_config.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/json_reader.hpp"
#include "infersim/core/text.hpp"
#include "workload/hf_attention.hpp"
#include "workload/hf_checkpoint.hpp"
#include "workload/hf_facts.hpp"
#include "workload/hf_ffn.hpp"
#include "workload/hf_index.hpp"
#include "workload/hf_keys.hpp"
#include "workload/hf_layers.hpp"
#include "workload/hf_linear.hpp"
#include "workload/hf_residual.hpp"
#include "workload/hf_vision.hpp"
#include "workload/layer_list.hpp"

namespace infersim {

namespace {

using namespace detail;

const HfNames hidden_names = {"hidden_size", "n_embd", "d_model", "n_embed"};

/// The longest context, by the first key of several that may well differ.
Count read_context(HfObject& config, const HfFacts& facts) {
  const HfNames names = {"max_position_embeddings",
                         "n_positions",
                         "seq_length",
                         "max_seq_len",
                         "max_sequence_length",
                         "n_ctx",
                         "model_max_length",
                         "max_seq_length",
                         "context_length",
                         "max_position_embedding"};
  const std::string key = config.found(names);
  const auto context = config.integer({key}, hf_token_range);
  config.ignore(names);
  if (!context && !config.has(key)) {
    if (facts.context > 0) return facts.context;
    config.fault("max_position_embeddings", "missing required key");
  }
  return context.value_or(0);
}

/// Rows of the embedding: those with padding, where a key says how many.
Count read_vocab(HfObject& config, const HfFacts& facts) {
  if (config.has("padded_vocab_size")) {
    const Count rows = config.required({"padded_vocab_size"});
    const Count tokens = config.integer({"vocab_size"}).value_or(0);
    if (rows > 0 && tokens > rows) {
      config.contradiction("vocab_size", "padded_vocab_size", std::to_string(rows));
    }
    return rows;
  }
  if (!config.has("vocab_size") && facts.vocab > 0) return facts.vocab;
  return config.required({"vocab_size"});
}

void refuse_other_widths(HfObject& config, Count hidden) {
  const auto width = config.integer({"word_embed_proj_dim"}, hf_positive);
  if (width && *width != hidden) {
    config.fault("word_embed_proj_dim",
                 "embeddings of another width than the layers are not understood");
  }
}

/// The kinds of token mixers that layers choose from.
struct Mixers {
  HfAttention attention;
  std::optional<LinearAttention> linear;
  std::optional<LinearAttention> mamba;
  std::optional<GatedConvolution> convolution;
};

void set(GroupedQueryAttention& grouped, const HfLayer& layer, const HfLayers& all) {
  if (layer.mixer == HfMixer::window) grouped.reach = Reach::window;
  if (layer.mixer == HfMixer::chunk) grouped.reach = Reach::chunk;
  if (grouped.reach == Reach::window) grouped.span = all.window;
  if (grouped.reach == Reach::chunk) grouped.span = all.chunk;
  grouped.shared_kv = layer.shared_kv;
  if (layer.picks && grouped.reach == Reach::all) grouped.indexer = all.block_indexer;
}

/// The attention of one layer.
Attention mix(const HfLayer& layer, const HfLayers& all, const Mixers& mixers) {
  if (layer.mixer == HfMixer::none) return None{};
  if (layer.mixer == HfMixer::linear && mixers.linear) return *mixers.linear;
  if (layer.mixer == HfMixer::mamba && mixers.mamba) return *mixers.mamba;
  if (layer.mixer == HfMixer::convolution && mixers.convolution) return *mixers.convolution;
  const HfAttention& attention = mixers.attention;
  Attention chosen = layer.mixer == HfMixer::window ? attention.windowed : attention.full;
  if (auto* grouped = std::get_if<GroupedQueryAttention>(&chosen)) set(*grouped, layer, all);
  if (auto* latent = std::get_if<LatentAttention>(&chosen); latent != nullptr && latent->indexer) {
    latent->indexer->shared = layer.shared_index;
  }
  if (auto* pooled = std::get_if<CompressedAttention>(&chosen)) {
    pooled->ratio = layer.ratio;
    if (!layer.picks) pooled->indexer.reset();
  }
  const auto* grouped = std::get_if<GroupedQueryAttention>(&chosen);
  if (layer.mixer == HfMixer::parallel && grouped != nullptr && mixers.mamba) {
    return ParallelMixers{*grouped, *mixers.mamba};
  }
  return chosen;
}

/// Windows, chunks and shared keys and values are of grouped-query attention.
void refuse_latent_reach(HfObject& config, const HfLayers& layers, const Attention& full) {
  if (!std::holds_alternative<LatentAttention>(full)) return;
  for (const auto& [mixer, key] : {std::pair{HfMixer::window, "sliding_window"},
                                   std::pair{HfMixer::chunk, "attention_chunk_size"}}) {
    if (layers.has(mixer)) {
      config.fault(key, "latent attention in a window or in chunks is not understood");
    }
  }
  for (const HfLayer& layer : layers.layers) {
    if (!layer.shared_kv) continue;
    config.fault(config.found({"cla_share_factor", "num_kv_shared_layers"}),
                 "layers of latent attention that share it are not understood");
    return;
  }
}

GatedConvolution read_convolution(HfObject& config) {
  return {.taps = config.required({"conv_L_cache"}, {.least = 1, .most = 1024}),
          .bias = config.flag("conv_bias")};
}

/// LongCat's layers are two: attention and a dense network each, and experts beside the second,
/// which is the network that every token passes.
void append_twofold(std::vector<LayerGroup>& layers, LayerGroup group, const DenseFfn& dense) {
  append_layer(layers, {.count = 1, .attention = group.attention, .ffn = dense});
  if (auto* moe = std::get_if<MoeFfn>(&group.ffn)) moe->shared_intermediate = dense.intermediate;
  append_layer(layers, std::move(group));
}

void read_layers(HfObject& config, const HfFacts& facts, ModelSpec& model) {
  const HfLayers plan = read_hf_layers(config, facts, model.max_context);
  const bool any = plan.layers.empty() || plan.has(HfMixer::full) || plan.has(HfMixer::window) ||
                   plan.has(HfMixer::chunk) || plan.has(HfMixer::parallel);
  Mixers mixers;
  mixers.attention = read_hf_attention(config, facts, model.hidden, any, model.max_context);
  refuse_latent_reach(config, plan, mixers.attention.full);
  if (plan.has(HfMixer::linear)) {
    mixers.linear = read_hf_linear(config, facts, mixers.attention.full, model.hidden);
  }
  if (plan.has(HfMixer::mamba) || plan.has(HfMixer::parallel)) {
    mixers.mamba = read_hf_mamba(config, model.hidden);
  }
  if (config.has("conv_L_cache")) mixers.convolution = read_convolution(config);
  if (plan.written) ignore_hf_linear(config);
  const std::vector<Ffn> ffns = read_hf_ffns(config, facts, model.hidden, plan.layers);

  const bool twofold = config.has("expert_ffn_hidden_size");
  const Count width = twofold ? config.required({"ffn_hidden_size"}) : 0;
  for (std::size_t layer = 0; layer < plan.layers.size(); ++layer) {
    LayerGroup group{
        .count = 1, .attention = mix(plan.layers[layer], plan, mixers), .ffn = ffns[layer]};
    if (twofold) {
      append_twofold(model.layers, std::move(group), DenseFfn{.intermediate = width});
    } else {
      append_layer(model.layers, std::move(group));
    }
  }
}

/// MTP modules are like the last layers: attention with keys and values, and a network.
void read_mtp(HfObject& config, ModelSpec& model) {
  Count count =
      config.integer({"num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_layers"})
          .value_or(0);
  // MiniMax-M2 has modules of several layers, and a switch.
  const auto modules = config.integer({"num_mtp_modules"});
  const auto depth = config.integer({"mtp_transformer_layers"});
  if (modules && config.optional_flag("use_mtp").value_or(true)) {
    count = *modules * depth.value_or(1);
  }
  config.ignore({"use_mtp"});
  if (count <= 0 || model.layers.empty()) return;
  LayerGroup mtp{.count = std::min(count, max_layers), .attention = None{}, .ffn = None{}};
  for (const LayerGroup& group : model.layers) {
    const bool caches = !std::holds_alternative<LinearAttention>(group.attention) &&
                        !std::holds_alternative<GatedConvolution>(group.attention) &&
                        !std::holds_alternative<None>(group.attention);
    if (caches) mtp.attention = group.attention;
    if (!std::holds_alternative<None>(group.ffn)) mtp.ffn = group.ffn;
  }
  if (std::holds_alternative<None>(mtp.attention)) mtp.attention = model.layers.back().attention;
  // What layers share or pool, a module does by itself or not at all.
  if (auto* latent = std::get_if<LatentAttention>(&mtp.attention); latent && latent->indexer) {
    latent->indexer->shared = false;
  }
  if (auto* pooled = std::get_if<CompressedAttention>(&mtp.attention)) {
    pooled->ratio = 0;
    pooled->indexer.reset();
  }
  model.mtp = std::move(mtp);
}

/// Figures that stand around a nested configuration too must be the same.
void compare_outer(HfObject& inner, HfObject& outer, const std::string& nested) {
  for (const char* key :
       {"hidden_size", "vocab_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "head_dim", "intermediate_size", "max_position_embeddings"}) {
    if (!outer.has(key)) continue;
    const auto here = outer.integer({key}, {.least = INT64_MIN, .most = INT64_MAX});
    if (!here || inner.kind(key) != JsonKind::integer) continue;
    const auto there = inner.integer({key}, {.least = INT64_MIN, .most = INT64_MAX});
    if (here != there) {
      outer.contradiction(key, nested + "." + key, std::to_string(there.value_or(0)));
    }
  }
  outer.ignore({"text_config", "llm_config", "language_config", "torch_dtype", "dtype",
                "model_type", "architectures", "tie_word_embeddings", "quantization_config",
                "max_window_layers", "sliding_window", "use_sliding_window", "hidden_act"});
}

/// What the user says may be ignored, without the object that it stands in.
std::set<std::string, std::less<>> accepted_keys(const std::vector<std::string>& accept) {
  std::set<std::string, std::less<>> keys;
  for (const std::string& name : accept) {
    const std::size_t dot = name.rfind('.');
    keys.insert(dot == std::string::npos ? name : name.substr(dot + 1));
  }
  return keys;
}

/// Whether the text has such a key at any depth.
bool has_key(JsonReader object, const std::string& wanted) {
  for (const std::string& key : object.keys()) {
    if (key == wanted) return true;
    if (object.kind(key) != JsonKind::object) continue;
    if (has_key(std::move(*object.optional_object(key)), wanted)) return true;
  }
  return false;
}

HfContents contents_of(const ModelSpec& model) {
  HfContents contents;
  contents.layers = model.layer_count();
  for (const LayerGroup& group : model.layers) {
    const MoeFfn* moe = experts_of(group);
    contents.experts = contents.experts || moe != nullptr;
    contents.network = contents.network || std::holds_alternative<DenseFfn>(group.ffn) ||
                       (moe != nullptr && moe->shared_intermediate > 0);
  }
  return contents;
}

/// Says that an architecture nobody knows is taken for what its keys describe.
void take_for_granted(ModelSpec& model, const std::string& architecture) {
  bool plain = true;
  for (const LayerGroup& group : model.layers)
    plain = plain && std::holds_alternative<GroupedQueryAttention>(group.attention);
  const std::string_view kind = !plain                         ? "what they describe"
                                : experts_of(model) != nullptr ? "a decoder with experts"
                                                               : "a dense decoder";
  model.provenance.basis = Basis::assumed;
  model.provenance.note = fmt::format(
      "architecture {} is not known: by its keys it is taken for {}", quote(architecture), kind);
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

ModelSpec load_hf_config(std::string_view json, const std::string& path,
                         const std::vector<std::string>& accept, const HfBeside& beside) {
  Diagnostics faults;
  JsonDocument document(json, path, faults);
  const auto accepted = accepted_keys(accept);
  for (const std::string& key : accepted) {
    if (document.parsed() && !has_key(document.root(), key)) {
      faults.error({path, 0, 0}, fmt::format("--accept {}: there is no such key", key));
    }
  }
  HfObject root(document.root(), accepted);
  // What stands around a nested configuration describes vision towers and their tokens.
  const std::string nested_key = root.found({"text_config", "llm_config", "language_config"});
  std::optional<HfObject> nested = root.object(nested_key);
  HfObject& config = nested ? *nested : root;
  const HfFamily family = read_hf_facts(config, root);
  const HfFacts& facts = family.facts;

  ModelSpec model;
  model.id = id_of(path);
  model.name = model.id;
  model.path = path;
  model.provenance = {.basis = Basis::datasheet, .source = path, .date = {}, .note = {}};
  model.hidden = config.required(hidden_names);
  model.vocab = read_vocab(config, facts);
  model.max_context = read_context(config, facts);
  HfObject& tied = config.has("tie_word_embeddings") ? config : root;
  model.tied_embeddings = tied.optional_flag("tie_word_embeddings").value_or(facts.tied);
  model.norm_bias = config.optional_flag("norm_bias").value_or(facts.norm_bias);
  model.post_norms = facts.post_norms;
  if (facts.learned_positions) model.positions = model.max_context + facts.extra_positions;
  refuse_other_widths(config, model.hidden);
  read_layers(config, facts, model);
  read_hf_residual(config, model);
  read_mtp(config, model);
  std::optional<JsonDocument> side;
  std::optional<HfObject> quantisation;
  if (beside.quantisation) {
    side.emplace(beside.quantisation->text, beside.quantisation->path, faults);
    HfObject around(side->root(), {});
    quantisation = around.object("quantization");
    if (!quantisation && side->parsed()) around.require({"quantization"});
  }
  model.checkpoint =
      read_hf_checkpoint(config, root, quantisation ? &*quantisation : nullptr, contents_of(model));
  if (beside.index) model.checkpoint.bytes = read_hf_index(*beside.index, faults);
  model.vision = read_hf_vision(root, model.hidden);
  if (nested) {
    compare_outer(config, root, nested_key);
    refuse_unread_hf_keys(root, true);
  }
  // Models of pictures may have the language model's keys at the root (Qwen2-VL).
  refuse_unread_hf_keys(config, !nested && root.has("vision_config"));
  faults.throw_if_any();
  if (!family.unknown.empty()) take_for_granted(model, family.unknown);
  return model;
}

}  // namespace infersim
