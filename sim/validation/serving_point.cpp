#include "infersim/validation/serving_point.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim {
namespace {

template <class Thing, class Value>
struct Column {
  std::string_view name;
  Value Thing::*member;
};

using Texts = Column<ServingPoint, std::string>;
using Numbers = Column<ServingPoint, std::optional<double>>;
using Times = Column<TimeSummary, std::optional<Seconds>>;
using Layout = Column<ServingLayout, std::optional<double>>;

constexpr Texts texts[] = {
    {"id", &ServingPoint::id},
    {"chip", &ServingPoint::chip},
    {"framework", &ServingPoint::framework},
    {"version", &ServingPoint::version},
    {"model", &ServingPoint::model},
    {"precision", &ServingPoint::precision},
    {"gemm_quant_mode", &ServingPoint::gemm_quant_mode},
    {"moe_quant_mode", &ServingPoint::moe_quant_mode},
    {"kv_dtype", &ServingPoint::kv_dtype},
    {"speculative", &ServingPoint::speculative},
    {"chunked_prefill", &ServingPoint::chunked_prefill},
    {"attention_backend", &ServingPoint::attention_backend},
    {"allreduce_fusion", &ServingPoint::allreduce_fusion},
    {"prefix_caching", &ServingPoint::prefix_caching},
    {"kv_transfer", &ServingPoint::kv_transfer},
    {"request_rate", &ServingPoint::request_rate},
    {"statistic", &ServingPoint::statistic},
    {"measured", &ServingPoint::measured},
    {"image", &ServingPoint::image},
    {"settings_source", &ServingPoint::settings_source},
    {"source", &ServingPoint::source},
    {"settings_confidence", &ServingPoint::settings_confidence},
    {"remark", &ServingPoint::remark},
    {"reason", &ServingPoint::remark},
};

/// What was set: a text here means that a row cannot be interpreted, not that a table is broken.
constexpr Numbers settings[] = {
    {"spec_steps", &ServingPoint::spec_steps},
    {"spec_draft_tokens", &ServingPoint::spec_draft_tokens},
    {"prefill_tokens", &ServingPoint::prefill_tokens},
    {"max_num_seqs", &ServingPoint::max_num_seqs},
    {"recv_interval", &ServingPoint::recv_interval},
    {"stream_interval", &ServingPoint::stream_interval},
    {"decode_slots_total", &ServingPoint::decode_slots},
    {"num_prompts", &ServingPoint::num_prompts},
    {"warmups", &ServingPoint::warmups},
    {"warmup_prompts", &ServingPoint::warmups},
};

constexpr Numbers figures[] = {
    {"gpus", &ServingPoint::gpus},
    {"concurrency", &ServingPoint::concurrency},
    {"tokens_per_step_observed", &ServingPoint::tokens_per_step},
    {"tokens_per_s_per_gpu", &ServingPoint::tokens_per_s_per_gpu},
    {"output_tokens_per_s_per_gpu", &ServingPoint::output_tokens_per_s_per_gpu},
    {"joules_per_output_token", &ServingPoint::joules_per_output_token},
};

/// Behind `prefill_`, `decode_` or nothing.
constexpr Layout layout_figures[] = {
    {"num_workers", &ServingLayout::workers}, {"tp_size", &ServingLayout::tp},
    {"pp_size", &ServingLayout::pp},          {"attention_dp_size", &ServingLayout::attention_dp},
    {"moe_tp_size", &ServingLayout::moe_tp},  {"moe_ep_size", &ServingLayout::moe_ep},
    {"batch_size", &ServingLayout::batch},    {"max_batch", &ServingLayout::max_batch},
};

/// Before `_ttft_ms` and its like.
constexpr Times summaries[] = {
    {"mean", &TimeSummary::mean},
    {"median", &TimeSummary::median},
    {"p90", &TimeSummary::p90},
    {"p99", &TimeSummary::p99},
};

constexpr std::pair<std::string_view, TimeSummary ServingPoint::*> summarised[] = {
    {"ttft", &ServingPoint::ttft_summary},
    {"tpot", &ServingPoint::tpot_summary},
    {"itl", &ServingPoint::itl_summary},
    {"e2el", &ServingPoint::e2e_summary},
};

bool has_all(const MeasuredTable& table, std::initializer_list<std::string_view> names) {
  return std::all_of(names.begin(), names.end(),
                     [&](std::string_view name) { return table.column(name).has_value(); });
}

bool in_pools(const MeasuredTable& table) {
  return has_all(table, {"prefill_tp_size", "decode_tp_size"});
}

class PointReader {
 public:
  PointReader(const MeasuredTable& table, std::size_t row, Diagnostics& faults)
      : table_(table), row_(row), faults_(faults) {}

  ServingPoint read() {
    ServingPoint point;
    point.row = row_ + 1;
    for (const Texts& each : texts) {
      // `remark` and `reason` are one: what a table does not have leaves it as it is.
      if (table_.column(each.name)) point.*each.member = text(each.name);
    }
    for (const Numbers& each : figures)
      point.*each.member = number(each.name);
    for (const Numbers& each : settings) {
      if (table_.column(each.name)) point.*each.member = setting(each.name);
    }
    if (const auto watts = number("avg_power_w")) point.power = Watts{*watts};
    read_layouts(point);
    read_times(point);
    point.isl = positive("isl");
    point.osl = positive("osl");
    read_lengths(point);
    point.ttft = positive("ttft_ms") * millisecond;
    point.tpot = positive("tpot_ms") * millisecond;
    for (const std::string_view name : {"chip", "framework", "model"}) {
      if (text(name).empty()) reject(fmt::format("no {}", name));
    }
    if (const std::string doubt = text("doubt"); !doubt.empty()) reject("doubtful: " + doubt);
    return point;
  }

  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  void reject(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
  }

  [[nodiscard]] std::string text(std::string_view name) const {
    const auto column = table_.column(name);
    return column ? std::string(table_.cell(row_, *column)) : std::string();
  }

  std::optional<double> number(std::string_view name) {
    const auto column = table_.column(name);
    return column ? number_in(table_, row_, *column, faults_) : std::nullopt;
  }

  double positive(std::string_view name) {
    const std::size_t before = faults_.size();
    const auto value = number(name);
    if (faults_.size() == before && !value) reject(fmt::format("no {}", name));
    if (value && *value <= 0) reject(fmt::format("{} is not positive", name));
    return value.value_or(1.0);
  }

  std::optional<double> setting(std::string_view name) {
    const std::string written = text(name);
    if (written == "default") return std::nullopt;
    Diagnostics no_number;
    const auto value = number_in(table_, row_, *table_.column(name), no_number);
    if (!no_number.empty()) reject(fmt::format("{} {} is not a number", name, quote(written)));
    return value;
  }

  void read_lengths(ServingPoint& point) {
    const std::string spread = text("spread");
    const bool unknown_settings = table_.column("settings_source") &&
                                  (point.settings_source.empty() ||
                                   point.settings_source.starts_with("not an InferenceX run"));
    if (spread == "exact" || spread == "unsaid" || (spread.empty() && unknown_settings)) return;
    if (spread.empty() || spread == "0.8-1") {
      point.lengths = inferencex_lengths;
      return;
    }
    // What was sent, on average, of lengths drawn from nothing to twice that.
    point.lengths = {0.0, 1.0};
    point.isl /= point.lengths.mean();
    point.osl /= point.lengths.mean();
  }

  void read_layouts(ServingPoint& point) {
    if (in_pools(table_)) {
      point.prefill = layout("prefill_");
      point.decode = layout("decode_");
    } else {
      point.engine = layout("");
    }
  }

  ServingLayout layout(const std::string& prefix) {
    ServingLayout result;
    for (const Layout& each : layout_figures)
      result.*each.member = number(prefix + std::string(each.name));
    result.moe_backend = text(prefix + "moe_backend");
    return result;
  }

  void read_times(ServingPoint& point) {
    for (const auto& [what, summary] : summarised) {
      for (const Times& each : summaries) {
        const auto value = number(fmt::format("{}_{}_ms", each.name, what));
        if (value) (point.*summary).*each.member = *value * millisecond;
      }
    }
  }

  const MeasuredTable& table_;
  std::size_t row_;
  Diagnostics& faults_;
  std::string reason_;
};

}  // namespace

std::optional<TokenRate> tokens_per_device(const ServingPoint& point, Seconds ttft, Seconds tpot) {
  if (!point.concurrency || !point.gpus) return std::nullopt;
  const Tokens output{point.osl * point.mean_length()};
  const Seconds request = ttft + tpot * (output.base() - 1.0);
  return *point.concurrency * output / request / *point.gpus;
}

std::optional<TokenRate> counted_tokens_per_device(const ServingPoint& point) {
  if (!point.pooled()) {
    if (!point.output_tokens_per_s_per_gpu) return std::nullopt;
    return TokenRate{*point.output_tokens_per_s_per_gpu};
  }
  if (!point.tokens_per_s_per_gpu) return std::nullopt;
  return TokenRate{*point.tokens_per_s_per_gpu * point.osl / (point.isl + point.osl)};
}

bool is_serving_table(const MeasuredTable& table) {
  return has_all(table, {"chip", "framework", "model", "isl", "osl", "ttft_ms", "tpot_ms"}) &&
         (in_pools(table) || table.column("tp_size"));
}

ServingPoints read_serving_points(const MeasuredTable& table) {
  ServingPoints result;
  Diagnostics faults;
  for (std::size_t i = 0; i < table.rows() && !faults.full(); ++i) {
    PointReader reader(table, i, faults);
    ServingPoint point = reader.read();
    if (reader.reason().empty()) {
      result.points.push_back(std::move(point));
    } else {
      result.rejected.push_back({std::move(point), reader.reason()});
    }
  }
  faults.throw_if_any();
  return result;
}

}  // namespace infersim
