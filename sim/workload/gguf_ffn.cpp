#include "workload/gguf_ffn.hpp"

#include <optional>

#include <fmt/format.h>

namespace infersim::detail {

namespace {

/// A network of two or three matrices; gate and up may be one (Phi-3, GLM-4).
std::optional<DenseFfn> read_dense(GgufModel& model, Count layer) {
  const GgufTensor* down = model.tensor(layer, "ffn_down.weight");
  if (down == nullptr) return std::nullopt;
  DenseFfn ffn;
  ffn.intermediate = columns(*down);
  const GgufTensor* up = model.required_tensor(layer, "ffn_up.weight");
  const bool gate = model.tensor(layer, "ffn_gate.weight") != nullptr;
  const bool both = up != nullptr && rows(*up) == 2 * ffn.intermediate;
  ffn.gated = gate || both;
  if (up != nullptr && !both && rows(*up) != ffn.intermediate) {
    model.fault(*up,
                fmt::format("{} outputs; `ffn_down` has {} inputs", rows(*up), ffn.intermediate));
  }
  for (const char* name : {"ffn_up.bias", "ffn_gate.bias", "ffn_down.bias"})
    ffn.bias = model.tensor(layer, name) != nullptr || ffn.bias;
  return ffn;
}

void read_shared(GgufModel& model, Count layer, MoeFfn& moe) {
  const GgufTensor* down = model.tensor(layer, "ffn_down_shexp.weight");
  for (const char* name : {"ffn_up_shexp.weight", "ffn_gate_shexp.weight"})
    (void)model.tensor(layer, name);
  moe.shared_gate = model.tensor(layer, "ffn_gate_inp_shexp.weight") != nullptr;
  if (down != nullptr) moe.shared_intermediate = columns(*down);
  // Gemma 4 and Grok have a dense network beside the experts.
  if (const auto dense = read_dense(model, layer)) moe.shared_intermediate += dense->intermediate;
}

MoeFfn read_experts(GgufModel& model, const GgufTensor& router, Count layer) {
  MoeFfn moe;
  moe.experts = model.required("expert_count", layer);
  moe.top_k = model.required("expert_used_count", layer);
  if (rows(router) != moe.experts) {
    model.fault(router, fmt::format("{} outputs for {} experts", rows(router), moe.experts));
  }
  if (moe.top_k > moe.experts) {
    model.fault("expert_used_count", fmt::format("{} of only {} experts that a token can reach",
                                                 moe.top_k, moe.experts));
  }
  const GgufTensor* down = model.required_tensor(layer, "ffn_down_exps.weight");
  if (down != nullptr) moe.intermediate = columns(*down);
  const bool gate = model.tensor(layer, "ffn_gate_exps.weight") != nullptr;
  const bool both = model.tensor(layer, "ffn_gate_up_exps.weight") != nullptr;
  if (!both) (void)model.required_tensor(layer, "ffn_up_exps.weight");
  moe.gated = gate || both;
  for (const char* name : {"ffn_up_exps.bias", "ffn_gate_exps.bias", "ffn_down_exps.bias",
                           "ffn_gate_up_exps.bias", "ffn_gate_inp.bias"})
    moe.bias = model.tensor(layer, name) != nullptr || moe.bias;
  moe.router_bias = model.tensor(layer, "exp_probs_b.bias") != nullptr;
  if (const GgufTensor* latent = model.tensor(layer, "ffn_latent_down.weight")) {
    moe.latent = rows(*latent);
    (void)model.required_tensor(layer, "ffn_latent_up.weight");
  }
  read_shared(model, layer, moe);
  const Count groups = model.number("expert_group_count").value_or(0);
  const Count top_groups = model.number("expert_group_used_count").value_or(0);
  if (groups > 1 && top_groups > 0) {
    moe.groups = groups;
    moe.top_groups = top_groups;
    const bool equal = moe.experts % groups == 0 && top_groups <= groups;
    if (!equal || moe.reachable() < moe.top_k) {
      model.fault("expert_group_count",
                  fmt::format("{} experts for a token from {} of {} groups of {}", moe.top_k,
                              top_groups, groups, moe.experts));
    }
  }
  return moe;
}

}  // namespace

Ffn read_gguf_ffn(GgufModel& model, Count layer) {
  if (const GgufTensor* router = model.tensor(layer, "ffn_gate_inp.weight")) {
    return read_experts(model, *router, layer);
  }
  if (const auto dense = read_dense(model, layer)) return *dense;
  return None{};
}

}  // namespace infersim::detail
