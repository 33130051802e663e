#include "infersim/calibration/operator_format.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim {
namespace {

using Names = std::vector<std::string_view>;

/// A kind of table, with the columns by which it is known. Of two that fit the first is meant.
struct OperatorFormat {
  OperatorKind kind;
  std::string_view what;
  Names columns;
};

const std::vector<OperatorFormat>& formats() {
  static const std::vector<OperatorFormat> all = {
      {OperatorKind::gemm, "GEMMs", {"dtype", "m", "n", "k"}},
      {OperatorKind::attention_prefill,
       "attention in prefill",
       {"dtype", "batch", "isl", "num_heads", "num_kv_heads", "head_dim"}},
      {OperatorKind::attention_decode,
       "attention in decode",
       {"dtype", "batch", "kv_len", "num_heads", "num_kv_heads", "head_dim"}},
      {OperatorKind::sparse_prefill,
       "modules of sparse attention in prefill",
       {"model", "dtype", "gemm_dtype", "batch", "isl", "num_heads"}},
      {OperatorKind::sparse_decode,
       "modules of sparse attention in decode",
       {"model", "dtype", "gemm_dtype", "batch", "kv_len", "num_heads"}},
      {OperatorKind::mla_prefill,
       "latent attention in prefill",
       {"dtype", "batch", "isl", "num_heads"}},
      {OperatorKind::mla_decode,
       "latent attention in decode",
       {"dtype", "batch", "kv_len", "num_heads"}},
      {OperatorKind::experts,
       "routed experts",
       {"dtype", "num_tokens", "hidden_size", "inter_size", "topk", "num_experts", "moe_tp_size",
        "moe_ep_size"}},
      {OperatorKind::wide_experts,
       "routed experts of wide expert parallelism",
       {"dtype", "num_tokens", "hidden_size", "inter_size", "topk", "num_experts", "num_slots",
        "moe_ep_size"}},
      {OperatorKind::exchange,
       "exchanges of experts' tokens",
       {"backend", "dtype", "nodes", "ep_size", "hidden_size", "num_tokens", "topk",
        "num_experts"}},
      {OperatorKind::latent_products,
       "products that absorb latent projections",
       {"dtype", "num_tokens", "num_heads"}},
      {OperatorKind::linear_attention,
       "linear attention",
       {"kernel", "phase", "batch", "seq_len", "d_conv", "num_k_heads", "head_k_dim", "num_v_heads",
        "head_v_dim"}},
      {OperatorKind::mamba2,
       "Mamba-2",
       {"kernel", "phase", "batch", "seq_len", "d_state", "d_conv", "nheads", "head_dim",
        "n_groups"}},
      {OperatorKind::collective, "collectives", {"dtype", "num_gpus", "message_size"}},
  };
  return all;
}

const Names common = {"chip", "framework", "op", "latency_us"};

std::vector<std::string> missing(const MeasuredTable& table, const OperatorFormat& format) {
  std::vector<std::string> names;
  for (const Names* needed : {&common, &format.columns}) {
    for (const std::string_view name : *needed) {
      if (!table.column(name)) names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace

std::optional<OperatorKind> operator_kind(const MeasuredTable& table) {
  for (const OperatorFormat& format : formats()) {
    if (missing(table, format).empty()) return format.kind;
  }
  return std::nullopt;
}

std::string nearest_operator_table(const MeasuredTable& table) {
  const auto nearest = std::min_element(
      formats().begin(), formats().end(), [&](const OperatorFormat& a, const OperatorFormat& b) {
        return missing(table, a).size() < missing(table, b).size();
      });
  return fmt::format("a table of {} would also have {}", nearest->what,
                     join(missing(table, *nearest)));
}

}  // namespace infersim
