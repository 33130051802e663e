#include "calibration/expert_columns.hpp"

#include <algorithm>
#include <charconv>

#include "infersim/calibration/expert_gate.hpp"
#include "infersim/core/text.hpp"

namespace infersim::detail {
namespace {

/// `balanced`, `uniform`, `power_law_1.2`; nothing said is a draw.
void read_routing(Row& row, std::string_view text, MeasuredExperts& experts) {
  constexpr std::string_view law = "power_law_";
  if (text == "balanced") {
    experts.routing = Routing::balanced;
  } else if (text.starts_with(law)) {
    const std::string_view number = text.substr(law.size());
    const auto [end, failure] =
        std::from_chars(number.data(), number.data() + number.size(), experts.exponent);
    experts.routing = Routing::power_law;
    if (failure != std::errc{} || end != number.data() + number.size()) {
      row.reject("distribution {} is not known", quote(text));
    }
  } else if (text != "uniform" && !text.empty()) {
    row.reject("distribution {} is not known", quote(text));
  }
}

/// Where experts are balanced their frequencies are those of the law still; what balancing does to
/// a rank is in its tokens.
std::string_view without_balancing(std::string_view text) {
  constexpr std::string_view ending = "_eplb";
  if (text.ends_with(ending)) text.remove_suffix(ending.size());
  return text;
}

std::optional<ExchangePass> pass_of(std::string_view op) {
  if (op == "prepare") return ExchangePass::prepare;
  if (op == "dispatch") return ExchangePass::dispatch;
  if (op == "combine") return ExchangePass::combine;
  if (op == "combine_low_precision") return ExchangePass::combine_narrow;
  return std::nullopt;
}

}  // namespace

ExpertColumns::ExpertColumns(const MeasuredTable& table)
    : num_tokens_(table, "num_tokens"),
      rank_tokens_(table, "rank_tokens"),
      hidden_size_(table, "hidden_size"),
      inter_size_(table, "inter_size"),
      topk_(table, "topk"),
      num_experts_(table, "num_experts"),
      num_slots_(table, "num_slots"),
      moe_tp_size_(table, "moe_tp_size"),
      moe_ep_size_(table, "moe_ep_size"),
      distribution_(table, "distribution"),
      nodes_(table, "nodes"),
      ep_size_(table, "ep_size"),
      sms_(table, "sms") {}

void ExpertColumns::read_layer(Row& row, MeasuredExperts& shape) const {
  shape.tokens = row.positive(num_tokens_);
  shape.hidden = row.positive(hidden_size_);
  shape.inter = row.positive(inter_size_);
  shape.top_k = row.positive(topk_);
  shape.experts = row.positive(num_experts_);
  shape.ep = row.positive(moe_ep_size_);
  if (shape.top_k > shape.experts) row.reject("topk is more than num_experts");
}

MeasuredExperts ExpertColumns::experts(Row& row, std::string_view kernel) const {
  MeasuredExperts shape;
  read_layer(row, shape);
  shape.tp = row.positive(moe_tp_size_);
  shape.gated = measured_with_gate(kernel, shape.hidden, shape.inter, shape.top_k, shape.experts);
  read_routing(row, row.text(distribution_), shape);
  return shape;
}

/// SGLang's collector hands a rank its tokens sorted: in decode as many to each expert, in prefill
/// in blocks of 128 to one expert after the other. Both it calls uniform.
MeasuredExperts ExpertColumns::wide_experts(Row& row, const MeasuredLabels& labels) const {
  MeasuredExperts shape;
  read_layer(row, shape);
  shape.sorted = true;
  shape.replicas = row.positive(num_slots_);
  shape.rank_tokens = row.amount(rank_tokens_);
  const std::string_view distribution = row.text(distribution_);
  read_routing(row, without_balancing(distribution), shape);
  if (distribution == "uniform") {
    shape.routing = labels.op == "moe_context" ? Routing::packed : Routing::balanced;
  }
  return shape;
}

MeasuredExchange ExpertColumns::exchange(Row& row, const MeasuredLabels& labels) const {
  MeasuredExchange shape;
  if (const auto pass = pass_of(labels.op)) {
    shape.pass = *pass;
  } else {
    row.reject("op {} is not known", quote(labels.op));
  }
  shape.nodes = std::max(1.0, row.amount(nodes_));  // 0: inside one domain
  shape.ranks = row.positive(ep_size_);
  shape.hidden = row.positive(hidden_size_);
  shape.tokens = row.positive(num_tokens_);
  shape.top_k = row.positive(topk_);
  shape.experts = row.positive(num_experts_);
  shape.units = row.amount(sms_);
  if (shape.ranks < 2 * shape.nodes) row.reject("ep_size is less than two ranks a node");
  return shape;
}

std::optional<NumberType> exchanged_type(std::string_view dtype) {
  if (dtype == "default" || dtype == "fp8") return NumberType::fp8;
  if (dtype == "nvfp4" || dtype == "fp4") return NumberType::fp4;
  if (dtype == "bfloat16") return NumberType::bf16;
  return std::nullopt;
}

}  // namespace infersim::detail
