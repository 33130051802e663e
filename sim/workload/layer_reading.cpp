#include "workload/layer_reading.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim::detail {
namespace {

constexpr IntegerRange positive{.least = 1};
constexpr IntegerRange token_range{.least = 1, .most = 1'000'000'000};

/// Whether `divisor` leaves a rest; values that were faults of their own (0) are not blamed twice.
bool leaves_rest(Count value, Count divisor) {
  return value > 0 && divisor > 0 && value % divisor != 0;
}

bool flag(TableReader& table, std::string_view key) {
  return table.optional_boolean(key).value_or(false);
}

void read_reach(TableReader& table, GroupedQueryAttention& attention) {
  for (const auto& [key, reach] : {std::pair{"window", Reach::window}, {"chunk", Reach::chunk}}) {
    const auto span = table.optional_integer(key, token_range);
    if (!span) continue;
    if (attention.reach != Reach::all) {
      table.fault(key, "attention has a window or chunks, not both");
    }
    attention.reach = reach;
    attention.span = *span;
  }
}

std::optional<Indexer> read_indexer(TableReader& parent) {
  auto table = parent.optional_table("indexer");
  if (!table) return std::nullopt;
  Indexer indexer;
  indexer.heads = table->integer("heads", positive);
  indexer.head_dim = table->integer("head_dim", positive);
  indexer.top_k = table->integer("top_k", positive);
  indexer.shared = flag(*table, "shared");
  table->finish();
  return indexer;
}

GroupedQueryAttention read_grouped(TableReader& table) {
  GroupedQueryAttention attention;
  attention.heads = table.integer("heads", positive);
  attention.kv_heads = table.integer("kv_heads", positive);
  attention.head_dim = table.integer("head_dim", positive);
  attention.value_dim = table.optional_integer("value_dim", positive).value_or(attention.head_dim);
  attention.q_lora_rank = table.optional_integer("q_lora_rank").value_or(0);
  read_reach(table, attention);
  attention.qk_norm = flag(table, "qk_norm");
  attention.bias = flag(table, "bias");
  attention.output_bias = flag(table, "output_bias");
  attention.output_gate = flag(table, "output_gate");
  attention.sinks = flag(table, "sinks");
  attention.shared_kv = flag(table, "shared_kv");
  attention.keys_as_values = flag(table, "keys_as_values");
  attention.indexer = read_indexer(table);
  if (attention.indexer && attention.reach != Reach::all) {
    table.fault("indexer", "an indexer picks from all tokens, not from a window or chunk");
  }
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
  attention.indexer = read_indexer(table);
  return attention;
}

CompressedAttention read_compressed(TableReader& table) {
  CompressedAttention attention;
  attention.heads = table.integer("heads", positive);
  attention.q_lora_rank = table.integer("q_lora_rank", positive);
  attention.head_dim = table.integer("head_dim", positive);
  attention.rope_dim = table.integer("rope_dim", positive);
  attention.window = table.integer("window", token_range);
  attention.ratio = table.optional_integer("ratio").value_or(0);
  attention.o_groups = table.integer("o_groups", positive);
  attention.o_lora_rank = table.integer("o_lora_rank", positive);
  attention.indexer = read_indexer(table);
  if (attention.rope_dim > attention.head_dim) {
    table.fault("rope_dim",
                fmt::format("{} of only {} values", attention.rope_dim, attention.head_dim));
  }
  if (attention.indexer && attention.ratio == 0) {
    table.fault("indexer", "there are no entries to pick from", "give ratio");
  }
  if (leaves_rest(attention.heads, attention.o_groups)) {
    table.fault("o_groups", fmt::format("{} heads do not make {} equal groups", attention.heads,
                                        attention.o_groups));
  }
  return attention;
}

LinearAttention read_linear(TableReader& table, LinearKind kind) {
  LinearAttention attention;
  attention.kind = kind;
  attention.heads = table.integer("heads", positive);
  attention.key_heads = table.integer("key_heads", positive);
  attention.key_dim = table.integer("key_dim", positive);
  attention.value_dim = table.integer("value_dim", positive);
  attention.conv = table.optional_integer("conv").value_or(0);
  attention.conv_bias = flag(table, "conv_bias");
  attention.state = table.optional_number_type("state").value_or(NumberType::bf16);
  attention.ranks.decay = table.optional_integer("decay_rank").value_or(0);
  attention.ranks.rate = table.optional_integer("rate_rank").value_or(0);
  attention.ranks.value = table.optional_integer("value_rank").value_or(0);
  attention.ranks.gate = table.optional_integer("gate_rank").value_or(0);
  if (leaves_rest(attention.heads, attention.key_heads)) {
    table.fault("key_heads", fmt::format("{} heads cannot share {} key heads evenly",
                                         attention.heads, attention.key_heads));
  }
  return attention;
}

constexpr std::array linear_kinds = {LinearKind::lightning,  LinearKind::mamba1,
                                     LinearKind::mamba2,     LinearKind::gated_delta,
                                     LinearKind::kimi_delta, LinearKind::rwkv7};

GatedConvolution read_gated_convolution(TableReader& table) {
  return {.taps = table.integer("taps", {.least = 1, .most = 1024}), .bias = flag(table, "bias")};
}

/// `kind = "parallel"`: attention and a recurrence in tables of their own.
Attention read_parallel(TableReader& table) {
  ParallelMixers both;
  TableReader attention = table.table("attention");
  both.attention = read_grouped(attention);
  attention.finish();
  TableReader recurrence = table.table("recurrence");
  std::vector<std::string> kinds;
  for (const LinearKind kind : linear_kinds)
    kinds.emplace_back(name(kind));
  const std::string kind = recurrence.one_of("kind", kinds);
  for (const LinearKind form : linear_kinds) {
    if (kind == name(form)) both.recurrence = read_linear(recurrence, form);
  }
  if (!kind.empty()) recurrence.finish();
  return both;
}

Attention read_attention(TableReader table) {
  std::vector<std::string> kinds = {"gqa", "mla", "compressed"};
  for (const LinearKind kind : linear_kinds)
    kinds.emplace_back(name(kind));
  kinds.insert(kinds.end(), {"parallel", "gated_conv", "none"});
  const std::string kind = table.one_of("kind", kinds);
  if (kind.empty()) return {};  // which keys belong here is not known either
  Attention attention = None{};
  if (kind == "gqa") attention = read_grouped(table);
  if (kind == "mla") attention = read_latent(table);
  if (kind == "compressed") attention = read_compressed(table);
  if (kind == "parallel") attention = read_parallel(table);
  if (kind == "gated_conv") attention = read_gated_convolution(table);
  for (const LinearKind form : linear_kinds) {
    if (kind == name(form)) attention = read_linear(table, form);
  }
  table.finish();
  return attention;
}

DenseFfn read_dense(TableReader& table) {
  return {.intermediate = table.integer("intermediate", positive),
          .gated = table.optional_boolean("gated").value_or(true),
          .bias = flag(table, "bias")};
}

MoeFfn read_moe(TableReader& table) {
  MoeFfn moe;
  moe.experts = table.integer("experts", positive);
  moe.top_k = table.integer("top_k", positive);
  moe.intermediate = table.integer("intermediate", positive);
  moe.shared_intermediate = table.optional_integer("shared_intermediate").value_or(0);
  moe.gated = table.optional_boolean("gated").value_or(true);
  moe.bias = flag(table, "bias");
  moe.router_bias = flag(table, "router_bias");
  moe.shared_gate = flag(table, "shared_gate");
  moe.latent = table.optional_integer("latent").value_or(0);
  moe.zero_experts = table.optional_integer("zero_experts").value_or(0);
  moe.groups = table.optional_integer("groups", positive).value_or(1);
  moe.top_groups = table.optional_integer("top_groups", positive).value_or(moe.groups);
  if (moe.shared_gate && moe.shared_intermediate == 0) {
    table.fault("shared_gate", "there are no shared experts", "give shared_intermediate");
  }
  if (moe.experts == 0 || moe.top_k == 0) return moe;
  if (leaves_rest(moe.experts, moe.groups)) {
    table.fault("groups",
                fmt::format("{} experts do not make {} equal groups", moe.experts, moe.groups));
  } else if (moe.top_groups > moe.groups) {
    table.fault("top_groups", fmt::format("{} of only {} groups", moe.top_groups, moe.groups));
  } else if (moe.top_k > moe.reachable()) {
    table.fault("top_k", fmt::format("{} of only {} experts that a token can reach", moe.top_k,
                                     moe.reachable()));
  }
  return moe;
}

Ffn read_ffn(TableReader table) {
  const std::string kind = table.one_of("kind", {"dense", "moe", "none"});
  if (kind.empty()) return {};
  Ffn ffn = None{};
  if (kind == "dense") ffn = read_dense(table);
  if (kind == "moe") ffn = read_moe(table);
  table.finish();
  return ffn;
}

/// `[[layers]]`: a group that leaves out a block has that of the group before.
std::vector<LayerGroup> read_groups(TableReader& root) {
  std::vector<LayerGroup> groups;
  for (TableReader& table : root.tables("layers", 1)) {
    LayerGroup group = groups.empty() ? LayerGroup{} : groups.back();
    group.count = table.integer("count", {.least = 1, .most = max_layers});
    read_blocks(table, groups.empty(), group);
    table.finish();
    groups.push_back(std::move(group));
  }
  return groups;
}

/// `[kinds.*]` by letter; `like` names a kind that stands before.
std::map<char, LayerGroup> read_kinds(TableReader& root) {
  std::map<char, LayerGroup> kinds;
  TableReader tables = root.table("kinds");
  for (const std::string& key : tables.keys()) {
    TableReader table = tables.table(key);
    if (key.size() != 1) {
      tables.fault(key, quote(key) + " is no single character",
                   "a kind is named by the character that stands for it in `pattern`");
    }
    LayerGroup layer{.count = 1, .attention = {}, .ffn = {}};
    const auto like = table.optional_text("like");
    const auto known = like && like->size() == 1 ? kinds.find(like->front()) : kinds.end();
    if (known != kinds.end()) {
      layer = known->second;
    } else if (like) {
      table.fault("like", quote(*like) + " is no kind that stands before this one");
    }
    read_blocks(table, !like, layer);
    table.finish();
    if (key.size() == 1) kinds.emplace(key.front(), std::move(layer));
  }
  tables.finish();
  return kinds;
}

/// One character for each layer; equal neighbours become one group.
std::vector<LayerGroup> read_pattern(TableReader& root) {
  const std::string pattern = root.text("pattern");
  const std::map<char, LayerGroup> kinds = read_kinds(root);
  std::vector<LayerGroup> groups;
  std::string unused;
  for (const auto& [letter, layer] : kinds) {
    if (pattern.find(letter) == std::string::npos) unused += letter;
  }
  if (!unused.empty() && !pattern.empty()) {
    root.fault("kinds", fmt::format("{} stands nowhere in `pattern`", quote(unused.substr(0, 1))));
  }
  char before = '\0';
  for (const char letter : pattern) {
    if (letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t') continue;
    const auto kind = kinds.find(letter);
    if (kind == kinds.end()) {
      root.fault("pattern", quote(std::string(1, letter)) + " is no kind of layer",
                 "describe it in a table [kinds." + std::string(1, letter) + "]");
      return groups;
    }
    if (letter == before) {
      ++groups.back().count;
    } else {
      groups.push_back(kind->second);
    }
    before = letter;
  }
  if (groups.empty() && !pattern.empty()) root.fault("pattern", "holds no layer");
  return groups;
}

}  // namespace

void read_blocks(TableReader& table, bool required, LayerGroup& layer) {
  if (required || table.has("attention"))
    layer.attention = read_attention(table.table("attention"));
  if (required || table.has("ffn")) layer.ffn = read_ffn(table.table("ffn"));
  if (std::holds_alternative<None>(layer.attention) && std::holds_alternative<None>(layer.ffn)) {
    table.fault("ffn", "a layer has attention or a feed-forward network, or both");
  }
}

std::vector<LayerGroup> read_layers(TableReader& root) {
  if (!root.has("pattern")) return read_groups(root);
  if (root.has("layers")) {
    root.fault("layers", "layers are given by `pattern` already", "leave one of the two out");
    (void)read_groups(root);
  }
  return read_pattern(root);
}

}  // namespace infersim::detail
