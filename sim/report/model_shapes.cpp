#include "report/model_shapes.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"
#include "infersim/report/text.hpp"
#include "infersim/workload/parameters.hpp"

namespace infersim::detail {

namespace {

using Json = nlohmann::ordered_json;

std::string whole(Count count) { return digits(static_cast<double>(count), 1); }

/// The texts whose flag is set.
struct Extra {
  bool there;
  std::string_view text;
};

std::string with(std::string text, std::initializer_list<Extra> extras) {
  for (const Extra& extra : extras) {
    if (extra.there) text += fmt::format(", {}", extra.text);
  }
  return text;
}

std::string picks(const std::optional<Indexer>& indexer, std::string_view what) {
  if (!indexer) return {};
  if (indexer->shared) {
    return fmt::format("; {} {} of an earlier layer's choice", whole(indexer->top_k), what);
  }
  return fmt::format("; indexer of {} heads of {} picks {} {}", indexer->heads, indexer->head_dim,
                     whole(indexer->top_k), what);
}

std::string shape_of(const GroupedQueryAttention& a) {
  const std::string_view kind = a.kv_heads == a.heads ? "MHA" : a.kv_heads == 1 ? "MQA" : "GQA";
  std::string text = fmt::format("{}, {} heads, {} of keys and values, {} values each", kind,
                                 a.heads, a.kv_heads, a.head_dim);
  if (a.value_dim != a.head_dim) text += fmt::format(" ({} of V)", a.value_dim);
  if (a.q_lora_rank > 0) text += fmt::format(", query latent {}", whole(a.q_lora_rank));
  if (a.reach != Reach::all) text += fmt::format(", {} of {} tokens", name(a.reach), whole(a.span));
  return with(std::move(text), {{a.qk_norm, "norms of Q and K"},
                                {a.bias, "biases"},
                                {a.output_bias, "output bias"},
                                {a.output_gate, "output gate"},
                                {a.sinks, "sinks"},
                                {a.shared_kv, "keys and values of an earlier layer"},
                                {a.keys_as_values, "values from the keys' projection"}}) +
         picks(a.indexer, "tokens");
}

std::string shape_of(const LatentAttention& a) {
  std::string text = fmt::format("MLA, {} heads", a.heads);
  if (a.q_lora_rank > 0) text += fmt::format(", query latent {}", whole(a.q_lora_rank));
  text += fmt::format(", KV latent {}, keys {} + {} rotary, values {}", whole(a.kv_lora_rank),
                      a.nope_dim, a.rope_dim, a.v_dim);
  return text + picks(a.indexer, "tokens");
}

std::string shape_of(const CompressedAttention& a) {
  std::string text =
      fmt::format("MQA, {} heads of {} ({} rotary), query latent {}, window of {} tokens", a.heads,
                  a.head_dim, a.rope_dim, whole(a.q_lora_rank), whole(a.window));
  if (a.ratio > 0) text += fmt::format(", an entry for {} tokens", a.ratio);
  text += fmt::format(", output in {} groups of {}", a.o_groups, whole(a.o_lora_rank));
  return text + picks(a.indexer, "entries");
}

std::string shape_of(const LinearAttention& a) {
  std::string text = fmt::format("{}, {} heads ({} of keys), state {} x {} in {}", name(a.kind),
                                 a.heads, a.key_heads, a.key_dim, a.value_dim, name(a.state));
  if (a.conv > 0) text += fmt::format(", convolution of {}", a.conv);
  return text;
}

std::string shape_of(const ParallelMixers& a) {
  return shape_of(a.attention) + "; beside it " + shape_of(a.recurrence);
}

std::string shape_of(const GatedConvolution& a) {
  return with(fmt::format("gated convolution over {} tokens", a.taps), {{a.bias, "biases"}});
}

std::string shape_of(const DenseFfn& f) {
  return with(fmt::format("dense, {} wide", whole(f.intermediate)),
              {{!f.gated, "no gate"}, {f.bias, "biases"}});
}

std::string shape_of(const MoeFfn& f) {
  std::string text =
      fmt::format("MoE, {} experts {} wide, {} a token", f.experts, whole(f.intermediate), f.top_k);
  if (f.zero_experts > 0) text += fmt::format(", of {} more that do nothing", f.zero_experts);
  if (f.shared_intermediate > 0) text += fmt::format(", shared {}", whole(f.shared_intermediate));
  if (f.latent > 0) text += fmt::format(", in a latent of {}", whole(f.latent));
  if (f.groups > 1) text += fmt::format(", from {} of {} groups", f.top_groups, f.groups);
  return with(std::move(text), {{!f.gated, "no gate"},
                                {f.bias, "biases"},
                                {f.router_bias, "router bias"},
                                {f.shared_gate, "gate of the shared"}});
}

std::string shape_of(const None&) { return "none"; }

Json json_of(const std::optional<Indexer>& indexer) {
  if (!indexer) return nullptr;
  return {{"heads", indexer->heads},
          {"head_dim", indexer->head_dim},
          {"top_k", indexer->top_k},
          {"shared", indexer->shared}};
}

Json json_of(const GroupedQueryAttention& a) {
  Json json = {{"kind", "gqa"},
               {"heads", a.heads},
               {"kv_heads", a.kv_heads},
               {"head_dim", a.head_dim},
               {"value_dim", a.value_dim},
               {"q_lora_rank", a.q_lora_rank},
               {"reach", name(a.reach)},
               {"span_tokens", nullptr},
               {"qk_norm", a.qk_norm},
               {"bias", a.bias},
               {"output_bias", a.output_bias},
               {"output_gate", a.output_gate},
               {"sinks", a.sinks},
               {"shared_kv", a.shared_kv},
               {"keys_as_values", a.keys_as_values},
               {"indexer", json_of(a.indexer)}};
  if (a.reach != Reach::all) json["span_tokens"] = a.span;
  return json;
}

Json json_of(const LatentAttention& a) {
  return {{"kind", "mla"},
          {"heads", a.heads},
          {"q_lora_rank", a.q_lora_rank},
          {"kv_lora_rank", a.kv_lora_rank},
          {"nope_dim", a.nope_dim},
          {"rope_dim", a.rope_dim},
          {"v_dim", a.v_dim},
          {"indexer", json_of(a.indexer)}};
}

Json json_of(const CompressedAttention& a) {
  return {{"kind", "compressed"},
          {"heads", a.heads},
          {"q_lora_rank", a.q_lora_rank},
          {"head_dim", a.head_dim},
          {"rope_dim", a.rope_dim},
          {"window", a.window},
          {"ratio", a.ratio},
          {"o_groups", a.o_groups},
          {"o_lora_rank", a.o_lora_rank},
          {"indexer", json_of(a.indexer)}};
}

Json json_of(const LinearAttention& a) {
  return {{"kind", name(a.kind)},        {"heads", a.heads},
          {"key_heads", a.key_heads},    {"key_dim", a.key_dim},
          {"value_dim", a.value_dim},    {"conv", a.conv},
          {"conv_bias", a.conv_bias},    {"state", name(a.state)},
          {"decay_rank", a.ranks.decay}, {"rate_rank", a.ranks.rate},
          {"value_rank", a.ranks.value}, {"gate_rank", a.ranks.gate}};
}

Json json_of(const ParallelMixers& a) {
  return {{"kind", "parallel"},
          {"attention", json_of(a.attention)},
          {"recurrence", json_of(a.recurrence)}};
}

Json json_of(const GatedConvolution& a) {
  return {{"kind", "gated_conv"}, {"taps", a.taps}, {"bias", a.bias}};
}

Json json_of(const DenseFfn& f) {
  return {
      {"kind", "dense"}, {"intermediate", f.intermediate}, {"gated", f.gated}, {"bias", f.bias}};
}

Json json_of(const MoeFfn& f) {
  return {{"kind", "moe"},
          {"experts", f.experts},
          {"top_k", f.top_k},
          {"zero_experts", f.zero_experts},
          {"intermediate", f.intermediate},
          {"shared_intermediate", f.shared_intermediate},
          {"gated", f.gated},
          {"bias", f.bias},
          {"router_bias", f.router_bias},
          {"shared_gate", f.shared_gate},
          {"latent", f.latent},
          {"groups", f.groups},
          {"top_groups", f.top_groups}};
}

Json json_of(const None&) { return {{"kind", "none"}}; }

}  // namespace

std::vector<LayerGroup> layer_kinds(const ModelSpec& model) {
  std::vector<LayerGroup> kinds;
  for (const LayerGroup& group : model.layers) {
    const auto same = std::find_if(kinds.begin(), kinds.end(), [&](const LayerGroup& kind) {
      return kind.attention == group.attention && kind.ffn == group.ffn;
    });
    if (same == kinds.end()) {
      kinds.push_back(group);
    } else {
      same->count += group.count;
    }
  }
  return kinds;
}

std::string shape(const Attention& attention) {
  return std::visit([](const auto& a) { return shape_of(a); }, attention);
}

std::string shape(const Ffn& ffn) {
  return std::visit([](const auto& f) { return shape_of(f); }, ffn);
}

Json shape_json(const Attention& attention) {
  return std::visit([](const auto& a) { return json_of(a); }, attention);
}

Json shape_json(const Ffn& ffn) {
  return std::visit([](const auto& f) { return json_of(f); }, ffn);
}

std::vector<Part> parts(const ModelSpec& model) {
  const ModelParameters all = count_parameters(model);
  Part attention{"attention", "attention"};
  Part dense{"dense_ffn", "dense feed-forward"};
  Part shared{"shared_experts", "shared experts"};
  Part routed{"routed_experts", "routed experts"};
  Part router{"router", "router"};
  Part residual{"residual", "residual mixing"};
  Part norms{"norms", "norms"};
  const auto add = [](Part& part, double total, double active) {
    part.total += total;
    part.active += active;
  };
  for (const LayerGroup& group : model.layers) {
    const auto count = static_cast<double>(group.count);
    const LayerParameters layer = layer_parameters(model, group);
    const auto everywhere = [&](Part& part, double each) { add(part, count * each, count * each); };
    everywhere(attention, layer.attention);
    everywhere(experts_of(group) != nullptr ? shared : dense, layer.dense_ffn);
    everywhere(router, layer.router);
    everywhere(residual, layer.residual);
    everywhere(norms, layer.norms);
    add(routed, count * layer.experts, count * layer.active_experts);
  }
  const double final_norm = static_cast<double>(model.hidden) * (model.norm_bias ? 2 : 1);
  add(norms, final_norm, final_norm);
  add(residual, all.around, all.around);
  // A tied head is the embedding: it multiplies every token, but is stored once.
  return {
      {"embedding", "input embedding", all.embedding, 0},
      {"positions", "position embedding", all.positions, 0},
      {"per_layer", "per-layer embeddings", all.per_layer, 0},
      attention,
      dense,
      shared,
      routed,
      router,
      residual,
      norms,
      {"head", model.tied_embeddings ? "head (the embedding)" : "head", all.head, all.embedding}};
}

}  // namespace infersim::detail
