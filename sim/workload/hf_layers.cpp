#include "workload/hf_layers.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "workload/hf_layer_marks.hpp"

namespace infersim::detail {

namespace {

/// The layers as one key has them.
struct Plan {
  std::string key;
  std::vector<HfLayer> layers;
};

using Mixers = std::vector<Plan>;

struct TypeName {
  std::string_view text;
  HfLayer layer;
};

constexpr TypeName type_names[] = {
    {"full_attention", {}},
    {"attention", {}},
    {"global_attention", {}},
    {"deepseek_sparse_attention", {}},
    {"minimax_m3_sparse", {.picks = true}},
    {"compressed_sparse_attention", {.picks = true, .ratio = sparse_ratio}},
    {"heavily_compressed_attention", {.ratio = 128}},
    {"conv", {.mixer = HfMixer::convolution}},
    {"sliding_attention", {.mixer = HfMixer::window}},
    {"chunked_attention", {.mixer = HfMixer::chunk}},
    {"linear_attention", {.mixer = HfMixer::linear}},
    {"mamba", {.mixer = HfMixer::mamba}},
    {"mamba2", {.mixer = HfMixer::mamba}},
    {"mlp", {.mixer = HfMixer::none, .ffn = HfBlock::dense}},
    {"moe", {.mixer = HfMixer::none, .ffn = HfBlock::experts}}};

/// `layer_types` of transformers, `layers_block_type` of Bamba and Nemotron-H.
std::optional<Plan> read_types(HfObject& config, const std::string& key) {
  const auto types = config.texts(key);
  if (!types) return std::nullopt;
  Plan plan{.key = key, .layers = {}};
  bool alone = false;  // a layer is either attention or a feed-forward network (Nemotron-H)
  for (const std::string& type : *types) {
    const auto* known = std::find_if(std::begin(type_names), std::end(type_names),
                                     [&](const TypeName& name) { return name.text == type; });
    if (known == std::end(type_names)) {
      config.fault(key, fmt::format("{} is not understood", quote(type)),
                   "understood are full_attention, sliding_attention, chunked_attention, "
                   "linear_attention, mamba, conv, attention, mlp, moe and the sparse and "
                   "compressed attention of DeepSeek, GLM and MiniMax");
      return std::nullopt;
    }
    plan.layers.push_back(known->layer);
    alone = alone || known->layer.mixer == HfMixer::none;
  }
  for (HfLayer& layer : plan.layers) {
    if (alone && layer.mixer != HfMixer::none) layer.ffn = HfBlock::none;
  }
  return plan;
}

/// Nemotron-H: M Mamba-2, * attention, - dense feed-forward network, E experts.
std::optional<Plan> read_hybrid_pattern(HfObject& config) {
  const std::string key = "hybrid_override_pattern";
  const auto pattern = config.text(key);
  if (!pattern) return std::nullopt;
  Plan plan{.key = key, .layers = {}};
  for (const char letter : *pattern) {
    switch (letter) {
      case 'M': plan.layers.push_back({.mixer = HfMixer::mamba, .ffn = HfBlock::none}); break;
      case '*': plan.layers.push_back({.mixer = HfMixer::full, .ffn = HfBlock::none}); break;
      case '-': plan.layers.push_back({.mixer = HfMixer::none, .ffn = HfBlock::dense}); break;
      case 'E': plan.layers.push_back({.mixer = HfMixer::none, .ffn = HfBlock::experts}); break;
      default:
        config.fault(key, quote(std::string(1, letter)) + " is not understood",
                     "understood are M, *, - and E");
        return std::nullopt;
    }
  }
  return plan;
}

/// An array with 0 or 1 for each layer.
std::optional<Plan> read_switches(HfObject& config, const std::string& key, HfMixer zero,
                                  HfMixer one) {
  const auto values = config.integers(key);
  if (!values || values->empty()) return std::nullopt;
  Plan plan{.key = key, .layers = {}};
  for (const Count value : *values) {
    if (value != 0 && value != 1) {
      config.fault(key, fmt::format("expected 0 or 1 for each layer, found {}", value));
      return std::nullopt;
    }
    plan.layers.push_back({.mixer = value == 0 ? zero : one});
  }
  return plan;
}

/// Layers that an array numbers from `first` on have `listed`, all others `rest`.
std::optional<Plan> read_numbers(HfObject& config, const std::string& key, Count first,
                                 HfMixer listed, HfMixer rest, Count layers) {
  const auto numbers = config.integers(key);
  if (!numbers || layers == 0) return std::nullopt;
  Plan plan{.key = key, .layers = {}};
  plan.layers.assign(static_cast<std::size_t>(layers), {.mixer = rest});
  for (const Count number : *numbers) {
    if (number < first || number - first >= layers) {
      config.fault(key,
                   fmt::format("layers are numbered from {} to {}", first, layers + first - 1));
      return std::nullopt;
    }
    plan.layers[static_cast<std::size_t>(number - first)].mixer = listed;
  }
  return plan;
}

/// Every `period`-th layer has `rare`, all others `rest`.
Plan every(std::string key, Count period, HfMixer rare, HfMixer rest, Count layers) {
  Plan plan{.key = std::move(key), .layers = {}};
  for (Count layer = 0; layer < layers; ++layer) {
    plan.layers.push_back({.mixer = (layer + 1) % period == 0 ? rare : rest});
  }
  return plan;
}

/// Kimi Linear numbers layers from 1 and writes both kinds down.
void read_kimi(HfObject& config, Count layers, Mixers& plans) {
  auto keys = config.object("linear_attn_config");
  if (!keys || !keys->has_any({"kda_layers", "full_attn_layers"})) return;
  const auto linear = read_numbers(*keys, "kda_layers", 1, HfMixer::linear, HfMixer::full, layers);
  const auto full =
      read_numbers(*keys, "full_attn_layers", 1, HfMixer::full, HfMixer::linear, layers);
  const auto same = [](const HfLayer& a, const HfLayer& b) { return a.mixer == b.mixer; };
  if (linear && full &&
      !std::equal(linear->layers.begin(), linear->layers.end(), full->layers.begin(),
                  full->layers.end(), same)) {
    keys->contradiction("kda_layers", "full_attn_layers");
  }
  if (!linear && !full) return;
  plans.push_back({.key = "linear_attn_config", .layers = (linear ? linear : full)->layers});
}

/// `LLLG` of EXAONE 4, or every so many layers one without a window (Gemma, Cohere).
std::optional<Plan> read_window_pattern(HfObject& config, Count layers, bool windows) {
  const HfNames names = {"sliding_window_pattern", "_sliding_window_pattern"};
  const std::string key = config.found(names);
  if (config.kind(key) == JsonKind::text) {
    const std::string pattern = config.text(key).value_or("");
    const bool letters = !pattern.empty() && pattern.find_first_not_of("LG") == std::string::npos;
    if (!letters) {
      config.fault(key, quote(pattern) + " is not understood", "understood are L and G");
      return std::nullopt;
    }
    Plan plan{.key = key, .layers = {}};
    for (Count layer = 0; layer < layers; ++layer) {
      const char letter = pattern[static_cast<std::size_t>(layer) % pattern.size()];
      plan.layers.push_back({.mixer = letter == 'L' ? HfMixer::window : HfMixer::full});
    }
    return windows ? std::optional(plan) : std::nullopt;
  }
  const auto period = config.integer(names);
  const auto interleaved = config.integer({"layer_switch"});  // Command R7B
  const Count length = period.value_or(interleaved.value_or(0));
  if (length < 1 || !windows) return std::nullopt;
  return every(period ? key : "layer_switch", length, HfMixer::full, HfMixer::window, layers);
}

/// Windows where no key says layer by layer which has one.
Plan read_windows(HfObject& config, const HfFacts& facts, Count layers) {
  const auto first = config.integer({"max_window_layers"}, {.least = 0, .most = max_layers});
  if (facts.window_pattern > 0) {
    return every("sliding_window", facts.window_pattern, HfMixer::full, HfMixer::window, layers);
  }
  Plan plan{.key = "sliding_window", .layers = {}};
  for (Count layer = 0; layer < layers; ++layer) {
    plan.layers.push_back({.mixer = layer < first.value_or(0) ? HfMixer::full : HfMixer::window});
  }
  return plan;
}

/// Llama 4: chunks in the layers that rotate, which are all but every fourth.
std::optional<Plan> read_chunks(HfObject& config, Count layers, bool chunks) {
  auto plan = read_switches(config, "no_rope_layers", HfMixer::full, HfMixer::chunk);
  const auto period = config.integer({"no_rope_layer_interval"});
  if (!chunks) return std::nullopt;
  if (plan) return plan;
  return every("attention_chunk_size", std::max<Count>(period.value_or(4), 1), HfMixer::full,
               HfMixer::chunk, layers);
}

/// Span of a window; 0 if there is none.
Count read_window(HfObject& config) {
  const Count window = config
                           .integer({"sliding_window", "sliding_window_size"},
                                    {.least = -1, .most = hf_token_range.most})
                           .value_or(0);
  return std::max<Count>(window, 0);
}

/// The first plan, which all others have to repeat.
std::vector<HfLayer> settle(HfObject& config, const Mixers& plans, Count layers) {
  std::vector<HfLayer> chosen;
  for (const Plan& plan : plans) {
    if (layers > 0 && static_cast<Count>(plan.layers.size()) != layers) {
      config.fault(plan.key, fmt::format("{} types for {} layers", plan.layers.size(), layers));
      continue;
    }
    if (chosen.empty()) {
      chosen = plan.layers;
      continue;
    }
    const bool same =
        std::equal(chosen.begin(), chosen.end(), plan.layers.begin(), plan.layers.end(),
                   [](const HfLayer& a, const HfLayer& b) {
                     // `linear_attention` is what Nemotron-H calls Mamba too.
                     const auto recurrent = [](HfMixer mixer) {
                       return mixer == HfMixer::mamba ? HfMixer::linear : mixer;
                     };
                     return recurrent(a.mixer) == recurrent(b.mixer) && a.ffn == b.ffn;
                   });
    if (!same) config.contradiction(plan.key, plans.front().key);
  }
  if (chosen.empty()) chosen.resize(static_cast<std::size_t>(layers));
  return chosen;
}

/// Jamba: attention in one layer of a period, Mamba in all others.
std::optional<Plan> read_attention_period(HfObject& config, Count layers) {
  const auto period = config.integer({"attn_layer_period"}, hf_positive);
  const Count offset = config.integer({"attn_layer_offset"}).value_or(0);
  if (!period) return std::nullopt;
  Plan plan{.key = "attn_layer_period", .layers = {}};
  for (Count layer = 0; layer < layers; ++layer) {
    const bool attends = layer % *period == offset;
    plan.layers.push_back({.mixer = attends ? HfMixer::full : HfMixer::mamba});
  }
  return plan;
}

/// LFM2: attention in the layers that an array names, short convolutions in all others. Without it
/// and without types by layer all have attention.
std::optional<Plan> read_convolutions(HfObject& config, Count layers, bool typed) {
  if (!config.has("conv_L_cache")) return std::nullopt;
  auto plan =
      read_numbers(config, "full_attn_idxs", 0, HfMixer::full, HfMixer::convolution, layers);
  if (plan || typed) return plan;
  Plan all{.key = "conv_L_cache", .layers = {}};
  all.layers.resize(static_cast<std::size_t>(layers));
  return all;
}

/// Families whose every layer is of one kind that no key names layer by layer.
std::optional<Plan> read_uniform(HfObject& config, const HfFacts& facts, Count layers) {
  HfLayer layer;
  std::string key;
  if (config.has("mamba_d_ssm")) {  // Falcon-H1
    key = "mamba_d_ssm";
    layer.mixer = HfMixer::parallel;
  } else if (config.has("decay_low_rank_dim")) {  // RWKV-7
    key = "decay_low_rank_dim";
    layer.mixer = HfMixer::linear;
  } else if (facts.mamba_alone) {
    key = config.found({"state_size", "ssm_cfg"});
    layer.mixer = HfMixer::mamba;
    layer.ffn = HfBlock::none;
  } else {
    return std::nullopt;
  }
  Plan plan{.key = key, .layers = {}};
  plan.layers.assign(static_cast<std::size_t>(layers), layer);
  return plan;
}

Count read_layer_count(HfObject& config, const Mixers& written) {
  if (config.has("expert_ffn_hidden_size") && config.has("num_layers")) {
    config.ignore({"num_hidden_layers"});  // LongCat counts its halves there
    return config.required({"num_layers"}, hf_layer_range);
  }
  const HfNames names = {"num_hidden_layers", "num_layers", "n_layer", "n_layers"};
  if (!config.has_any(names) && !written.empty()) {
    return static_cast<Count>(written.front().layers.size());
  }
  return config.required(names, hf_layer_range);
}

}  // namespace

bool HfLayers::has(HfMixer mixer) const {
  return std::any_of(layers.begin(), layers.end(),
                     [mixer](const HfLayer& layer) { return layer.mixer == mixer; });
}

HfLayers read_hf_layers(HfObject& config, const HfFacts& facts, Count max_context) {
  Mixers plans;
  const auto add = [&plans](std::optional<Plan> plan) {
    if (plan) plans.push_back(std::move(*plan));
  };
  add(read_types(config, "layer_types"));
  add(read_types(config, "layers_block_type"));
  add(read_hybrid_pattern(config));
  const Count layers = read_layer_count(config, plans);

  HfLayers result;
  result.window = read_window(config);
  const auto use_window = config.optional_flag("use_sliding_window");
  const bool windows = result.window > 0 && use_window.value_or(true);
  result.chunk = config.integer({"attention_chunk_size"}, hf_token_range).value_or(0);

  add(read_switches(config, "attn_type_list", HfMixer::linear, HfMixer::full));
  add(read_switches(config, "hybrid_layer_pattern", HfMixer::full, HfMixer::window));
  read_kimi(config, layers, plans);
  add(read_uniform(config, facts, layers));
  add(read_attention_period(config, layers));
  add(read_convolutions(config, layers, config.has("layer_types")));
  if (auto ratios = read_hf_ratios(config, layers)) {
    plans.push_back({.key = "compress_ratios", .layers = std::move(*ratios)});
  }
  add(read_numbers(config, "attn_layer_indices", 0, HfMixer::full, HfMixer::mamba, layers));
  if (const auto interval = config.integer({"full_attention_interval"}, hf_positive)) {
    plans.push_back(
        every("full_attention_interval", *interval, HfMixer::full, HfMixer::linear, layers));
  }
  if (const auto period = config.integer({"global_attn_every_n_layers"}, hf_positive)) {
    plans.push_back(every("global_attn_every_n_layers", *period, HfMixer::full, HfMixer::window,
                          layers));  // Trinity
  }
  result.written = !plans.empty();
  // MiMo-V2 writes a chunk down that its windows are in place of.
  const bool patterned = config.has("hybrid_layer_pattern");
  add(read_chunks(config, layers, result.chunk > 0 && !patterned));
  add(read_window_pattern(config, layers, windows));
  if (plans.empty() && windows) plans.push_back(read_windows(config, facts, layers));
  config.ignore({"max_window_layers"});
  result.layers = settle(config, plans, layers);

  if (result.has(HfMixer::window)) {
    if (use_window == false) {
      config.contradiction(plans.front().key, "use_sliding_window", "false");
    } else if (result.window == 0) {
      config.fault("sliding_window", "missing required key",
                   plans.front().key + " has layers with a window");
    }
  }
  if (result.has(HfMixer::chunk) && result.chunk == 0) {
    config.fault("attention_chunk_size", "missing required key",
                 plans.front().key + " has layers with chunks");
  }
  for (HfLayer& layer : result.layers) {
    const bool closed =
        layer.mixer == HfMixer::window ? result.window < max_context : result.chunk < max_context;
    const bool bounded = layer.mixer == HfMixer::window || layer.mixer == HfMixer::chunk;
    if (bounded && !closed) layer.mixer = HfMixer::full;
  }
  mark_shared_kv(config, result.layers);
  mark_shared_index(config, result.layers);
  mark_ratios(config, result.layers);
  result.block_indexer = mark_picks(config, result.layers);
  return result;
}

}  // namespace infersim::detail
