#include "workload/hf_ffn.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "workload/hf_moe.hpp"

namespace infersim::detail {

namespace {

/// Whether the network has a gate: a GLU has, ReLU and its square have not, and of SiLU and GELU
/// the family says it.
bool read_gate(HfObject& config, const HfFacts& facts) {
  bool gated = !facts.plain_ffn;
  for (const char* key : {"hidden_act", "hidden_activation", "mlp_hidden_act",
                          "activation_function", "activation", "activation_func"}) {
    const auto written = config.text(key);
    if (!written) continue;
    const std::string name = fold_name(*written);
    if (name.find("glu") != std::string::npos) {
      gated = true;
    } else if (name == "relu" || name == "relu2" || name == "squaredrelu" || name == "sqrelu" ||
               name == "xielu") {
      gated = false;
    } else if (name != "silu" && name != "swish" && name.find("gelu") == std::string::npos) {
      config.fault(key, fmt::format("{} is not understood", quote(*written)),
                   "understood are silu, gelu and relu in their kinds");
    }
  }
  if (const auto type = config.text("mlp_type")) gated = gated || *type == "gated";  // StarCoder2
  return config.optional_flag("use_gated_activation").value_or(gated);
}

/// LFM2 writes a width down that a third is taken off, scaled and rounded.
Count adjusted(HfObject& config, Count width) {
  if (!config.flag("block_auto_adjust_ff_dim")) return width;
  Count narrow = 2 * width / 3;
  if (config.kind("block_ffn_dim_multiplier") != JsonKind::absent) {
    const double factor = config.number("block_ffn_dim_multiplier").value_or(1);
    narrow = static_cast<Count>(static_cast<double>(narrow) * std::clamp(factor, 0.0, 1e3));
  }
  const Count step = config.integer({"block_multiple_of"}, hf_positive).value_or(1);
  return config.bounded({"block_ff_dim", "intermediate_size"}, (narrow + step - 1) / step * step);
}

/// `intermediate_size` and its kin, for each of `layers`; four times the hidden size where a family
/// leaves it out.
std::optional<std::vector<Count>> read_widths(HfObject& config, const HfFacts& facts, Count hidden,
                                              Count layers) {
  const HfNames names = {"intermediate_size", "ffn_dim",           "n_inner",
                         "ffn_hidden_size",   "inner_hidden_size", "block_ff_dim"};
  if (config.kind("intermediate_size") == JsonKind::array) {  // Gemma 3n
    return config.per_layer({"intermediate_size"}, layers);
  }
  auto width = config.integer(names, hf_positive);
  if (width && facts.halved_ffn) width = *width / 2;
  if (width) width = adjusted(config, *width);
  const auto ratio = config.integer({"expansion_ratio"}, hf_positive);
  if (!width && ratio) width = config.bounded({"expansion_ratio"}, *ratio * hidden);
  if (!width && facts.plain_ffn && !config.has("intermediate_size")) {
    width = config.bounded({"hidden_size", "n_embd", "d_model", "n_embed"}, 4 * hidden);
  }
  if (!width) return std::nullopt;
  // At least one, so that experts are judged where the layers are a fault.
  return std::vector<Count>(static_cast<std::size_t>(std::max<Count>(layers, 1)), *width);
}

bool read_bias(HfObject& config, const HfFacts& facts) {
  const bool without =
      config.flag("no_bias") || !config.optional_flag("enable_bias").value_or(true);
  const bool of_all = config.any_flag({"bias", "use_bias", "add_bias_linear"});
  if (const auto own = config.optional_flag("mlp_bias")) return *own;
  return (of_all && !facts.no_mlp_bias) || (facts.mlp_bias && !without);
}

}  // namespace

std::vector<Ffn> read_hf_ffns(HfObject& config, const HfFacts& facts, Count hidden,
                              const std::vector<HfLayer>& layers) {
  const auto count = static_cast<Count>(layers.size());
  const bool gated = read_gate(config, facts);
  const auto widths = read_widths(config, facts, hidden, count);
  const std::optional<Count> width =
      widths && !widths->empty() ? std::optional(widths->front()) : std::nullopt;
  auto experts = read_hf_experts(config, facts, count, width);
  DenseFfn dense{.gated = gated, .bias = read_bias(config, facts)};
  // Llama 4 has a key of its own for dense layers, Granite for what is left without experts.
  const auto own =
      config.integer({"intermediate_size_mlp", "dense_intermediate_size"}, hf_positive);
  const auto rest = config.integer({"shared_intermediate_size"});
  dense.intermediate = own.value_or(width.value_or(0));
  if (!experts && rest.value_or(0) > 0) dense.intermediate = *rest;

  // Gemma 4: layers without keys and values of their own may have a network twice as wide, and
  // experts have one beside them.
  const bool doubled = config.flag("use_double_wide_mlp");
  const bool beside = config.flag("enable_moe_block");
  const bool by_layer = widths && !own && (experts || rest.value_or(0) == 0);
  bool any_dense = false;
  std::vector<Ffn> ffns;
  ffns.reserve(layers.size());
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    const HfBlock block = layers[layer].ffn;
    if (block == HfBlock::none) {
      ffns.emplace_back(None{});
    } else if (experts &&
               (block == HfBlock::experts || (block == HfBlock::any && experts->placed[layer]))) {
      experts->moe[layer].gated = gated;
      if (beside) experts->moe[layer].shared_intermediate = width.value_or(0);
      ffns.emplace_back(experts->moe[layer]);
    } else {
      any_dense = true;
      DenseFfn one = dense;
      if (by_layer) one.intermediate = (*widths)[layer];
      if (doubled && layers[layer].shared_kv) one.intermediate *= 2;
      ffns.emplace_back(one);
    }
  }
  const bool wanted =
      !experts && std::any_of(layers.begin(), layers.end(),
                              [](const HfLayer& layer) { return layer.ffn == HfBlock::experts; });
  if (wanted) config.require({"n_routed_experts"});
  if (!any_dense) config.ignore({"mlp_intermediate_size"});  // MiniMax-M2, which has no such layer
  if (any_dense && dense.intermediate == 0) config.require({"intermediate_size"});
  return ffns;
}

}  // namespace infersim::detail
