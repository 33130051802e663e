#include "workload/layer_writing.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace infersim::detail {

namespace {

using Table = WrittenTable;

std::string written(const std::optional<Indexer>& indexer, const std::string& path) {
  if (!indexer) return {};
  Table table;
  table.count("heads", indexer->heads);
  table.count("head_dim", indexer->head_dim);
  table.count("top_k", indexer->top_k);
  table.further("shared", indexer->shared);
  return header(path + ".indexer") + table.written();
}

/// Adds the keys of grouped-query attention to a table.
Table with_heads(Table table, const GroupedQueryAttention& a) {
  table.count("heads", a.heads);
  table.count("kv_heads", a.kv_heads);
  table.count("head_dim", a.head_dim);
  table.further("value_dim", a.value_dim, a.head_dim);
  table.further("q_lora_rank", a.q_lora_rank);
  if (a.reach != Reach::all) table.count(std::string(name(a.reach)), a.span);
  table.further("qk_norm", a.qk_norm);
  table.further("bias", a.bias);
  table.further("output_bias", a.output_bias);
  table.further("output_gate", a.output_gate);
  table.further("sinks", a.sinks);
  table.further("shared_kv", a.shared_kv);
  table.further("keys_as_values", a.keys_as_values);
  return table;
}

Table of_kind(std::string_view kind) {
  Table table;
  table.text("kind", kind);
  return table;
}

std::string written(const GroupedQueryAttention& a, const std::string& path) {
  return header(path) + with_heads(of_kind("gqa"), a).written() + written(a.indexer, path);
}

std::string written(const LatentAttention& a, const std::string& path) {
  Table table = of_kind("mla");
  table.count("heads", a.heads);
  table.further("q_lora_rank", a.q_lora_rank);
  table.count("kv_lora_rank", a.kv_lora_rank);
  table.count("nope_dim", a.nope_dim);
  table.count("rope_dim", a.rope_dim);
  table.count("v_dim", a.v_dim);
  return header(path) + table.written() + written(a.indexer, path);
}

std::string written(const CompressedAttention& a, const std::string& path) {
  Table table = of_kind("compressed");
  table.count("heads", a.heads);
  table.count("q_lora_rank", a.q_lora_rank);
  table.count("head_dim", a.head_dim);
  table.count("rope_dim", a.rope_dim);
  table.count("window", a.window);
  table.further("ratio", a.ratio);
  table.count("o_groups", a.o_groups);
  table.count("o_lora_rank", a.o_lora_rank);
  return header(path) + table.written() + written(a.indexer, path);
}

std::string written(const LinearAttention& a, const std::string& path) {
  Table table = of_kind(name(a.kind));
  table.count("heads", a.heads);
  table.count("key_heads", a.key_heads);
  table.count("key_dim", a.key_dim);
  table.count("value_dim", a.value_dim);
  table.further("conv", a.conv);
  table.further("conv_bias", a.conv_bias);
  if (a.state != NumberType::bf16) table.text("state", name(a.state));
  table.further("decay_rank", a.ranks.decay);
  table.further("rate_rank", a.ranks.rate);
  table.further("value_rank", a.ranks.value);
  table.further("gate_rank", a.ranks.gate);
  return header(path) + table.written();
}

std::string written(const ParallelMixers& a, const std::string& path) {
  return header(path) + of_kind("parallel").written() + header(path + ".attention") +
         with_heads({}, a.attention).written() + written(a.attention.indexer, path + ".attention") +
         written(a.recurrence, path + ".recurrence");
}

std::string written(const GatedConvolution& a, const std::string& path) {
  Table table = of_kind("gated_conv");
  table.count("taps", a.taps);
  table.further("bias", a.bias);
  return header(path) + table.written();
}

std::string written(const DenseFfn& f, const std::string& path) {
  Table table = of_kind("dense");
  table.count("intermediate", f.intermediate);
  table.further("gated", f.gated, true);
  table.further("bias", f.bias);
  return header(path) + table.written();
}

std::string written(const MoeFfn& f, const std::string& path) {
  Table table = of_kind("moe");
  table.count("experts", f.experts);
  table.count("top_k", f.top_k);
  table.further("zero_experts", f.zero_experts);
  table.count("intermediate", f.intermediate);
  table.further("shared_intermediate", f.shared_intermediate);
  table.further("gated", f.gated, true);
  table.further("bias", f.bias);
  table.further("router_bias", f.router_bias);
  table.further("shared_gate", f.shared_gate);
  table.further("latent", f.latent);
  table.further("groups", f.groups, 1);
  table.further("top_groups", f.top_groups, f.groups);
  return header(path) + table.written();
}

std::string written(const None&, const std::string& path) {
  return header(path) + of_kind("none").written();
}

}  // namespace

void WrittenTable::text(std::string key, std::string_view value) {
  add(std::move(key), written_text(value));
}

void WrittenTable::count(std::string key, Count value) {
  add(std::move(key), std::to_string(value));
}

void WrittenTable::further(std::string key, Count value, Count usual) {
  if (value != usual) count(std::move(key), value);
}

void WrittenTable::further(std::string key, bool value, bool usual) {
  if (value != usual) add(std::move(key), value ? "true" : "false");
}

void WrittenTable::further(std::string key, const std::optional<NumberType>& value) {
  if (value) text(std::move(key), name(*value));
}

std::string WrittenTable::written() const {
  std::size_t width = 0;
  for (const auto& line : lines_)
    width = std::max(width, line.first.size());
  std::string text;
  for (const auto& [key, value] : lines_)
    text += fmt::format("{:{}} = {}\n", key, width, value);
  return text;
}

std::string written_text(std::string_view text) {
  std::string written = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') written += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') {
      written += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      written += c;
    }
  }
  return written + '"';
}

std::string header(const std::string& path) { return "\n[" + path + "]\n"; }

std::string written_attention(const Attention& attention, const std::string& path) {
  return std::visit([&](const auto& a) { return written(a, path + ".attention"); }, attention);
}

std::string written_ffn(const Ffn& ffn, const std::string& path) {
  return std::visit([&](const auto& f) { return written(f, path + ".ffn"); }, ffn);
}

}  // namespace infersim::detail
