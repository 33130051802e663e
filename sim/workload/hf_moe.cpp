#include "workload/hf_moe.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "workload/hf_keys.hpp"

namespace infersim::detail {

namespace {

const HfNames expert_names = {"n_routed_experts", "num_experts", "num_local_experts",
                              "moe_num_experts"};
const HfNames top_k_names = {
    "num_experts_per_tok", "num_experts_per_token", "experts_per_token", "moe_topk", "moe_k",
    "moe_top_k",           "top_k_experts"};
const HfNames width_names = {"moe_intermediate_size", "moe_ffn_hidden_size",
                             "expert_ffn_hidden_size", "expert_intermediate_size"};
const HfNames shared_names = {"n_shared_experts", "num_shared_experts", "num_shared_expert",
                              "moe_num_shared_experts"};

/// Marks the layers that an array or a rule leaves without experts.
class Placement {
 public:
  Placement(HfObject& config, Count layers)
      : config_(config), layers_(layers), placed_(static_cast<std::size_t>(layers), true) {}

  template <class Keep>
  void keep(Keep has_experts) {
    for (Count layer = 0; layer < layers_; ++layer) {
      if (!has_experts(layer)) placed_[static_cast<std::size_t>(layer)] = false;
    }
  }

  /// Layers from the figure of `names` on (DeepSeek, Hunyuan).
  void from(HfNames names) {
    const Count first = config_.integer(names).value_or(0);
    if (layers_ > 0 && first > layers_) {
      config_.fault(config_.found(names), fmt::format("{} of only {} layers", first, layers_));
    }
    keep([&](Count layer) { return layer >= first; });
  }

  /// Those whose number is a multiple of a figure, or one switch for each (MiMo).
  void frequency(const std::string& key) {
    if (config_.kind(key) == JsonKind::array) {
      const auto switches = config_.per_layer({key}, layers_);
      if (switches) {
        keep([&](Count layer) { return (*switches)[static_cast<std::size_t>(layer)] != 0; });
      }
      return;
    }
    const Count every = config_.integer({key}, hf_positive).value_or(1);
    keep([&](Count layer) { return layer % every == 0; });
  }

  /// Those whose number plus 1 is a multiple of a figure (Qwen, Llama 4, ERNIE).
  void step(const std::string& key) {
    const Count every = config_.integer({key}, hf_positive).value_or(1);
    keep([&](Count layer) { return (layer + 1) % every == 0; });
  }

  /// The layers that an array numbers from 0 on have experts (`listed`), or have none.
  void numbered(const std::string& key, bool listed) {
    const auto numbers = config_.integers(key);
    if (!numbers || (listed && numbers->empty())) return;
    std::vector<bool> in(static_cast<std::size_t>(layers_), false);
    for (const Count number : *numbers) {
      if (layers_ == 0) return;
      if (number < 0 || number >= layers_) {
        config_.fault(key, fmt::format("layers are numbered from 0 to {}", layers_ - 1));
        return;
      }
      in[static_cast<std::size_t>(number)] = true;
    }
    if (listed && config_.has("interleave_moe_layer_step") && in != placed_) {
      config_.contradiction(key, "interleave_moe_layer_step");
    }
    keep([&](Count layer) { return in[static_cast<std::size_t>(layer)] == listed; });
  }

  /// The same as a text with commas (Step-3).
  void enumerated(const std::string& key) {
    if (config_.kind(key) != JsonKind::text) return;
    const std::string text = config_.text(key).value_or("");
    std::vector<bool> in(static_cast<std::size_t>(layers_), false);
    for (std::size_t at = 0; at < text.size();) {
      Count number = -1;
      const auto [end, failure] =
          std::from_chars(text.data() + at, text.data() + text.size(), number);
      if (failure != std::errc{} || number < 0 || number >= std::max<Count>(layers_, 1)) {
        config_.fault(key, quote(text) + " is no list of layers",
                      fmt::format("layers are numbered from 0 to {}", layers_ - 1));
        return;
      }
      if (layers_ > 0) in[static_cast<std::size_t>(number)] = true;
      at = static_cast<std::size_t>(end - text.data());
      at = std::min(text.find_first_not_of(", ", at), text.size());
    }
    keep([&](Count layer) { return in[static_cast<std::size_t>(layer)]; });
  }

  /// One in a period, counted from an offset (Jamba).
  void period(const std::string& key, const std::string& from) {
    const auto every = config_.integer({key}, hf_positive);
    const Count offset = config_.integer({from}).value_or(0);
    if (every) keep([&](Count layer) { return layer % *every == offset; });
  }

  /// `dense` or `sparse` for each layer.
  void types(const std::string& key) {
    const auto types = config_.texts(key);
    if (!types) return;
    if (static_cast<Count>(types->size()) != layers_) {
      config_.fault(key, fmt::format("{} types for {} layers", types->size(), layers_));
      return;
    }
    for (const std::string& type : *types) {
      if (type == "dense" || type == "sparse" || type == "moe" || type == "hash_moe") continue;
      config_.fault(key, fmt::format("{} is not understood", quote(type)),
                    "understood are dense and sparse, moe and hash_moe");
      return;
    }
    keep([&](Count layer) { return (*types)[static_cast<std::size_t>(layer)] != "dense"; });
  }

  [[nodiscard]] std::vector<bool> take() { return std::move(placed_); }

 private:
  HfObject& config_;
  Count layers_;
  std::vector<bool> placed_;
};

std::vector<bool> read_placement(HfObject& config, Count layers) {
  Placement place(config, layers);
  place.from({"first_k_dense_replace", "moe_layer_num_skipped", "num_dense_layers"});
  place.frequency("moe_layer_freq");
  place.step("decoder_sparse_step");
  place.step("interleave_moe_layer_step");
  place.step("moe_layer_interval");
  place.from({"moe_layer_start_index"});
  const Count last = config.integer({"moe_layer_end_index"}, {.least = -1}).value_or(-1);
  place.keep([&](Count layer) { return last < 0 || layer <= last; });
  place.numbered("mlp_only_layers", false);
  place.numbered("moe_layers", true);
  place.enumerated("moe_layers_enum");
  place.period("expert_layer_period", "expert_layer_offset");
  place.types("mlp_layer_types");
  return place.take();
}

bool read_router_bias(HfObject& config, const HfFacts& facts) {
  bool bias = facts.router_bias;
  for (const char* key : {"scoring_func", "moe_router_activation_func", "score_function"}) {
    if (const auto scoring = config.text(key)) bias = bias || *scoring == "sigmoid";
  }
  if (const auto method = config.text("topk_method")) bias = *method == "noaux_tc";
  for (const char* key : {"moe_router_enable_expert_bias", "use_routing_bias", "moe_use_aux_free",
                          "use_expert_bias", "use_moe_router_bias"}) {
    if (const auto written = config.optional_flag(key)) bias = *written;
  }
  return bias;
}

/// Width of all shared experts together, layer by layer.
std::vector<Count> read_shared(HfObject& config, const std::vector<Count>& widths,
                               std::optional<Count> wide, bool& gate) {
  const Count layers = static_cast<Count>(widths.size());
  const auto counts = config.per_layer(shared_names, layers);
  const auto gated = config.integer({"shared_expert_intermediate_size"});
  const auto whole =
      config.integer({"moe_shared_expert_intermediate_size", "shared_intermediate_size",
                      "share_expert_dim", "share_expert_dims"});
  const bool mixed = config.flag("use_mixed_mlp_moe");      // Hunyuan: as wide as intermediate_size
  const bool beside = config.has("intermediate_size_mlp");  // Llama 4 has one without a key for it
  gate = gated.value_or(0) > 0;
  std::vector<Count> shared(widths.size(), 0);
  for (std::size_t layer = 0; layer < shared.size(); ++layer) {
    const Count count = counts ? (*counts)[layer] : 0;
    if (gate) {
      shared[layer] = *gated;
    } else if (whole && (*whole > 0 || !counts)) {
      shared[layer] = counts && count == 0 ? 0 : *whole;
    } else if (mixed) {
      shared[layer] = wide.value_or(0) * count;
    } else if (beside) {
      shared[layer] = wide.value_or(0);
    } else {
      shared[layer] = widths[layer] * count;
    }
  }
  const auto widest = std::max_element(shared.begin(), shared.end());
  if (widest != shared.end()) (void)config.bounded(shared_names, *widest);
  return shared;
}

/// Node-limited routing (DeepSeek).
void read_groups(HfObject& config, MoeFfn& moe) {
  const auto groups = config.integer({"n_group", "num_expert_group"}, hf_positive);
  const auto top_groups = config.integer({"topk_group"}, hf_positive);
  const auto method = config.text("topk_method");
  const bool limited = config.optional_flag("group_limited_greedy").value_or(true);  // Hunyuan
  if (!limited) return;
  if (method.value_or("") == "greedy") return;  // has no groups, whatever is written
  moe.groups = groups.value_or(1);
  moe.top_groups = top_groups.value_or(moe.groups);
}

void check(HfObject& config, const MoeFfn& moe) {
  if (moe.experts % moe.groups != 0) {
    config.fault(config.found({"n_group", "num_expert_group"}),
                 fmt::format("{} experts do not make {} equal groups", moe.experts, moe.groups));
  } else if (moe.top_groups > moe.groups) {
    config.fault("topk_group", fmt::format("{} of only {} groups", moe.top_groups, moe.groups));
  } else if (moe.top_k > moe.reachable()) {
    config.fault(
        config.found(top_k_names),
        fmt::format("{} of only {} experts that a token can reach", moe.top_k, moe.reachable()));
  }
}

/// DBRX writes its experts into an object of their own.
std::optional<MoeFfn> read_nested(HfObject& config) {
  auto inner = config.object("ffn_config");
  if (!inner || !inner->has("moe_num_experts")) return std::nullopt;
  MoeFfn moe;
  moe.experts = inner->required({"moe_num_experts"});
  moe.top_k = inner->required({"moe_top_k"});
  moe.intermediate = inner->required({"ffn_hidden_size"});
  inner->ignore({"model_type", "moe_normalize_expert_weights"});
  refuse_unread_hf_keys(*inner);
  return moe;
}

}  // namespace

std::optional<HfExperts> read_hf_experts(HfObject& config, const HfFacts& facts, Count layers,
                                         std::optional<Count> wide) {
  // All of it is read even where there are no experts: dense models of a family carry the keys.
  HfExperts result;
  result.placed = read_placement(config, layers);
  layers = std::max<Count>(layers, 1);  // so that experts are judged where the layers are a fault
  const auto size = static_cast<std::size_t>(layers);
  result.placed.resize(size);
  if (const auto nested = read_nested(config)) {
    result.moe.assign(size, *nested);
    if (nested->experts > 0) check(config, *nested);
    return result;
  }
  MoeFfn moe;
  const auto counts = config.per_layer(expert_names, layers);
  const auto top_ks = config.per_layer(top_k_names, layers);
  const auto widths = config.per_layer(width_names, layers);
  moe.router_bias = read_router_bias(config, facts);
  read_groups(config, moe);
  moe.bias = facts.expert_bias || config.any_flag({"mlp_bias", "use_bias"});
  moe.latent = config.integer({"moe_latent_size"}).value_or(0);
  moe.zero_experts = config.integer({"zero_expert_num"}).value_or(0);
  const std::vector<Count> own = widths.value_or(std::vector<Count>(size, wide.value_or(0)));
  const std::vector<Count> shared = read_shared(config, own, wide, moe.shared_gate);
  // One expert is a dense network, and so is what is left of a mixture of none (Granite).
  const bool any =
      counts && std::any_of(counts->begin(), counts->end(), [](Count count) { return count > 1; });
  if (!any) return std::nullopt;

  if (!top_ks) config.require(top_k_names);
  if (!widths && (!wide || config.has("n_routed_experts"))) {
    config.require(config.has("n_routed_experts") || config.has("intermediate_size")
                       ? width_names
                       : HfNames{"moe_intermediate_size", "intermediate_size"});
  }
  for (std::size_t layer = 0; layer < size; ++layer) {
    moe.experts = (*counts)[layer];
    moe.top_k = top_ks ? (*top_ks)[layer] : 0;
    moe.intermediate = own[layer];
    moe.shared_intermediate = shared[layer];
    if (moe.experts <= 1) result.placed[layer] = false;
    const bool new_kind = result.moe.empty() || result.moe.back() != moe;
    if (new_kind && moe.experts > 1) check(config, moe);
    if (new_kind && moe.experts > 1 && top_ks && moe.top_k == 0) {
      config.fault(config.found(top_k_names), "expected a whole number from 1, found 0");
    }
    result.moe.push_back(moe);
  }
  return result;
}

}  // namespace infersim::detail
