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
    } else if (name == "relu" || name == "relu2" || name == "squaredrelu" || name == "xielu") {
      gated = false;
    } else if (name != "silu" && name != "swish" && name.find("gelu") == std::string::npos) {
      config.fault(key, fmt::format("{} is not understood", quote(*written)),
                   "understood are silu, gelu and relu in their kinds");
    }
  }
  if (const auto type = config.text("mlp_type")) gated = gated || *type == "gated";  // StarCoder2
  return config.optional_flag("use_gated_activation").value_or(gated);
}

/// `intermediate_size` and its kin; four times the hidden size where a family leaves it out.
std::optional<Count> read_width(HfObject& config, const HfFacts& facts, Count hidden) {
  auto width = config.integer(
      {"intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size", "inner_hidden_size"},
      hf_positive);
  if (width && facts.halved_ffn) width = *width / 2;
  const auto ratio = config.integer({"expansion_ratio"}, hf_positive);
  if (!width && ratio) width = config.bounded({"expansion_ratio"}, *ratio * hidden);
  if (!width && facts.plain_ffn && !config.has("intermediate_size")) {
    width = config.bounded({"hidden_size", "n_embd", "d_model", "n_embed"}, 4 * hidden);
  }
  return width;
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
  const auto width = read_width(config, facts, hidden);
  auto experts = read_hf_experts(config, facts, count, width);
  DenseFfn dense{.gated = gated, .bias = read_bias(config, facts)};
  // Llama 4 has a key of its own for dense layers, Granite for what is left without experts.
  const auto own = config.integer({"intermediate_size_mlp"}, hf_positive);
  const auto rest = config.integer({"shared_intermediate_size"});
  dense.intermediate = own.value_or(width.value_or(0));
  if (!experts && rest.value_or(0) > 0) dense.intermediate = *rest;

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
      ffns.emplace_back(experts->moe[layer]);
    } else {
      any_dense = true;
      ffns.emplace_back(dense);
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
