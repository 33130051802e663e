#include "infersim/workload/model.hpp"

#include <utility>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/toml_reader.hpp"

namespace infersim {

namespace {

constexpr IntegerRange positive{.least = 1};
constexpr IntegerRange positive_tokens{.least = 1, .most = 1'000'000'000};

/// Whether `divisor` leaves a rest; values that were faults of their own (0) are not blamed twice.
bool leaves_rest(Count value, Count divisor) {
  return value > 0 && divisor > 0 && value % divisor != 0;
}

GroupedQueryAttention read_grouped(TableReader& table) {
  GroupedQueryAttention attention;
  attention.heads = table.integer("heads", positive);
  attention.kv_heads = table.integer("kv_heads", positive);
  attention.head_dim = table.integer("head_dim", positive);
  attention.qk_norm = table.optional_boolean("qk_norm").value_or(false);
  attention.bias = table.optional_boolean("bias").value_or(false);
  attention.output_bias = table.optional_boolean("output_bias").value_or(false);
  if (leaves_rest(attention.heads, attention.kv_heads)) {
    table.fault("kv_heads", fmt::format("{} heads cannot share {} key-value heads evenly",
                                        attention.heads, attention.kv_heads));
  }
  return attention;
}

LatentAttention read_latent(TableReader& table) {
  LatentAttention attention;
  attention.heads = table.integer("heads", positive);
  attention.q_lora_rank = table.optional_integer("q_lora_rank").value_or(0);
  attention.kv_lora_rank = table.integer("kv_lora_rank", positive);
  attention.nope_dim = table.integer("nope_dim", positive);
  attention.rope_dim = table.integer("rope_dim", positive);
  attention.v_dim = table.integer("v_dim", positive);
  return attention;
}

Attention read_attention(TableReader table) {
  const std::string kind = table.one_of("kind", {"gqa", "mla"});
  if (kind.empty()) return {};  // which keys belong here is not known either
  Attention attention;
  if (kind == "gqa") {
    attention = read_grouped(table);
  } else {
    attention = read_latent(table);
  }
  table.finish();
  return attention;
}

MoeFfn read_moe(TableReader& table) {
  MoeFfn moe;
  moe.experts = table.integer("experts", positive);
  moe.top_k = table.integer("top_k", positive);
  moe.intermediate = table.integer("intermediate", positive);
  moe.shared_intermediate = table.optional_integer("shared_intermediate").value_or(0);
  moe.router_bias = table.optional_boolean("router_bias").value_or(false);
  moe.groups = table.optional_integer("groups", positive).value_or(1);
  moe.top_groups = table.optional_integer("top_groups", positive).value_or(moe.groups);
  if (moe.experts == 0 || moe.top_k == 0) return moe;
  if (leaves_rest(moe.experts, moe.groups)) {
    table.fault("groups",
                fmt::format("{} experts do not make {} equal groups", moe.experts, moe.groups));
  } else if (moe.top_groups > moe.groups) {
    table.fault("top_groups", fmt::format("{} of only {} groups", moe.top_groups, moe.groups));
  } else if (moe.top_k > moe.experts / moe.groups * moe.top_groups) {
    table.fault("top_k", fmt::format("{} of only {} experts that a token can reach", moe.top_k,
                                     moe.experts / moe.groups * moe.top_groups));
  }
  return moe;
}

Ffn read_ffn(TableReader table) {
  const std::string kind = table.one_of("kind", {"dense", "moe"});
  if (kind.empty()) return {};
  Ffn ffn;
  if (kind == "dense") {
    ffn = DenseFfn{.intermediate = table.integer("intermediate", positive)};
  } else {
    ffn = read_moe(table);
  }
  table.finish();
  return ffn;
}

/// A group that leaves out its attention or its feed-forward network has that of `before`.
LayerGroup read_group(TableReader& table, const LayerGroup* before) {
  LayerGroup group;
  group.count = table.integer("count", {.least = 1, .most = max_layers});
  if (before == nullptr || table.has("attention")) {
    group.attention = read_attention(table.table("attention"));
  } else {
    group.attention = before->attention;
  }
  if (before == nullptr || table.has("ffn")) {
    group.ffn = read_ffn(table.table("ffn"));
  } else {
    group.ffn = before->ffn;
  }
  table.finish();
  return group;
}

}  // namespace

Count ModelSpec::layer_count() const {
  Count count = 0;
  for (const LayerGroup& group : layers)
    count += group.count;
  return count;
}

ModelSpec load_model(std::string_view toml, const std::string& path) {
  Diagnostics faults;
  TomlDocument document(toml, path, faults);
  TableReader root = document.root();
  ModelSpec model;
  model.path = path;
  model.id = root.text("id");
  model.aliases = root.optional_texts("aliases");
  model.name = root.text("name");
  model.hidden = root.integer("hidden", positive);
  model.vocab = root.integer("vocab", positive);
  model.tied_embeddings = root.boolean("tied_embeddings");
  model.max_context = root.integer("max_context", positive_tokens);
  model.checkpoint = root.number_type("checkpoint");
  model.provenance = root.provenance();
  for (TableReader& table : root.tables("layers", 1)) {
    const LayerGroup* before = model.layers.empty() ? nullptr : &model.layers.back();
    model.layers.push_back(read_group(table, before));
  }
  if (model.layer_count() > max_layers) {
    root.fault("layers",
               fmt::format("{} layers; expected at most {}", model.layer_count(), max_layers));
  }
  if (auto mtp = root.optional_table("mtp")) {
    model.mtp = read_group(*mtp, model.layers.empty() ? nullptr : &model.layers.back());
  }
  root.finish();
  faults.throw_if_any();
  return model;
}

}  // namespace infersim
