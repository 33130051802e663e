#include "calibration/linear_columns.hpp"

#include <algorithm>
#include <array>

#include "infersim/core/text.hpp"

namespace infersim::detail {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_convolution(std::string_view kernel) { return contains(kernel, "conv1d"); }

/// `chunk_gated_delta_rule`, `fused_recurrent_kda`, …
bool is_scan(std::string_view kernel) {
  return contains(kernel, "delta_rule") || contains(kernel, "kda");
}

/// The tables time TensorRT-LLM's convolution of a gated delta net over as many channels as its
/// keys have: the time is the same whatever the values are, and that of Mamba-2 rows of so many
/// channels.
bool over_keys_alone(const MeasuredLabels& labels) {
  return labels.framework == "trtllm" && labels.op == "gdn";
}

}  // namespace

LinearColumns::LinearColumns(const MeasuredTable& table)
    : phase_(table, "phase"),
      batch_(table, "batch"),
      seq_len_(table, "seq_len"),
      d_conv_(table, "d_conv"),
      num_k_heads_(table, "num_k_heads"),
      head_k_dim_(table, "head_k_dim"),
      num_v_heads_(table, "num_v_heads"),
      head_v_dim_(table, "head_v_dim"),
      d_state_(table, "d_state"),
      nheads_(table, "nheads"),
      head_dim_(table, "head_dim"),
      n_groups_(table, "n_groups") {}

void LinearColumns::read_common(Row& row, std::string_view kernel, MeasuredScan& shape) const {
  shape.convolution = is_convolution(kernel);
  constexpr std::array<std::string_view, 2> decoding = {"generation", "verify"};
  const std::string_view phase = row.text(phase_);
  shape.prefill = phase == "context";
  if (!shape.prefill && std::ranges::find(decoding, phase) == decoding.end()) {
    row.reject("phase {} is not known", quote(phase));
  }
  shape.batch = row.positive(batch_);
  shape.tokens = row.positive(seq_len_);
  shape.width = row.positive(d_conv_);
}

MeasuredScan LinearColumns::delta_net(Row& row, const MeasuredLabels& labels,
                                      std::string_view kernel) const {
  MeasuredScan shape;
  read_common(row, kernel, shape);
  if (!shape.convolution && !is_scan(kernel)) row.reject("kernel {} is not known", quote(kernel));
  shape.key_heads = row.positive(num_k_heads_);
  shape.key_dim = row.positive(head_k_dim_);
  shape.value_heads = row.positive(num_v_heads_);
  shape.value_dim = row.positive(head_v_dim_);
  const double keys = shape.key_heads * shape.key_dim;
  shape.channels =
      over_keys_alone(labels) ? keys : 2.0 * keys + shape.value_heads * shape.value_dim;
  return shape;
}

MeasuredScan LinearColumns::mamba2(Row& row, std::string_view kernel) const {
  MeasuredScan shape;
  read_common(row, kernel, shape);
  if (!shape.convolution) row.reject("kernel {} is not known", quote(kernel));
  shape.key_heads = row.positive(n_groups_);
  shape.key_dim = row.positive(d_state_);
  shape.value_heads = row.positive(nheads_);
  shape.value_dim = row.positive(head_dim_);
  shape.channels = 2.0 * shape.key_heads * shape.key_dim + shape.value_heads * shape.value_dim;
  return shape;
}

}  // namespace infersim::detail
