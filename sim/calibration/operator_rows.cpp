#include "infersim/calibration/operator_rows.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "infersim/calibration/expert_gate.hpp"
#include "infersim/calibration/operator_types.hpp"
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
      {OperatorKind::linear_attention,
       "linear attention",
       {"kernel", "phase", "batch", "seq_len", "d_conv", "num_k_heads", "head_k_dim", "num_v_heads",
        "head_v_dim"}},
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

/// A column by its name, found once for all rows.
struct Field {
  Field(const MeasuredTable& table, std::string_view its_name)
      : name(its_name), column(table.column(its_name)) {}
  std::string_view name;
  std::optional<std::size_t> column;
};

/// One row, and why it cannot be interpreted if so.
class Row {
 public:
  Row(const MeasuredTable& table, std::size_t row, Diagnostics& faults)
      : table_(table), row_(row), faults_(faults) {}

  [[nodiscard]] std::string_view text(const Field& field, std::string_view otherwise = "") const {
    return field.column ? table_.cell(row_, *field.column) : otherwise;
  }
  /// A figure that the row must have, above zero.
  double positive(const Field& field) {
    const auto value = optional(field);
    if (!value) {
      reject("no {}", field.name);
    } else if (*value <= 0) {
      reject("{} is not positive", field.name);
    }
    return value.value_or(1.0);
  }
  /// A figure that is 0 where it is not given.
  double amount(const Field& field) {
    const double value = optional(field).value_or(0.0);
    if (value < 0) reject("{} is negative", field.name);
    return value;
  }
  std::optional<double> optional(const Field& field) {
    if (!field.column) return std::nullopt;
    return number_in(table_, row_, *field.column, faults_);
  }
  template <class... Parts>
  void reject(fmt::format_string<Parts...> format, Parts&&... parts) {
    if (reason_.empty()) reason_ = fmt::format(format, std::forward<Parts>(parts)...);
  }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  const MeasuredTable& table_;
  std::size_t row_;
  Diagnostics& faults_;
  std::string reason_;
};

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

/// All columns that the rows of some table have.
class Reader {
 public:
  Reader(const MeasuredTable& table, OperatorKind kind) : table_(table), kind_(kind) {}

  void read_into(OperatorRows& result) {
    result.rows.reserve(table_.rows());
    Diagnostics faults;
    for (std::size_t i = 0; i < table_.rows() && !faults.full(); ++i) {
      Row row(table_, i, faults);
      MeasuredOperator op = read_row(row);
      op.row = i + 1;
      if (row.reason().empty()) {
        result.rows.push_back(op);
      } else {
        result.rejected.push_back({op.labels, row.reason()});
      }
    }
    faults.throw_if_any();
  }

 private:
  [[nodiscard]] Field field(std::string_view name) const { return {table_, name}; }

  MeasuredOperator read_row(Row& row) const {
    MeasuredOperator op;
    op.kind = kind_;
    op.labels = {row.text(chip_, "*"), row.text(model_, "*"), row.text(framework_, "*"),
                 row.text(op_, "*"), row.text(dtype_, "*")};
    op.version = row.text(version_);
    op.kernel = row.text(kernel_);
    // Tuning tables time the kernel alone.
    op.inputs_ready = op.labels.framework == "aiter";
    op.latency = row.positive(latency_) * microsecond;
    if (const auto power = row.optional(power_)) op.power = Watts{*power};
    read_types(row, op);
    read_shape(row, op);
    return op;
  }

  void read_types(Row& row, MeasuredOperator& op) const {
    std::optional<OperatorTypes> types;
    switch (kind_) {
      case OperatorKind::gemm:
      case OperatorKind::experts: types = weight_types(row.text(dtype_)); break;
      case OperatorKind::attention_prefill:
      case OperatorKind::attention_decode:
      case OperatorKind::mla_prefill:
      case OperatorKind::mla_decode:
        types = attention_types(row.text(dtype_), row.text(kv_dtype_));
        if (!types && message_type(row.text(dtype_))) {
          row.reject("kv_dtype {} is not known", quote(row.text(kv_dtype_)));
        }
        break;
      case OperatorKind::linear_attention: types = OperatorTypes{}; break;
      case OperatorKind::collective:
        if (const auto type = message_type(row.text(dtype_))) {
          types = OperatorTypes{*type, *type, *type, format_of(*type)};
        }
        break;
    }
    if (types) {
      op.types = *types;
    } else {
      row.reject("dtype {} is not known", quote(row.text(dtype_)));
    }
  }

  void read_shape(Row& row, MeasuredOperator& op) const {
    switch (kind_) {
      case OperatorKind::gemm:
        op.shape = MeasuredGemm{row.positive(m_), row.positive(n_), row.positive(k_)};
        break;
      case OperatorKind::attention_prefill:
      case OperatorKind::mla_prefill:
        op.shape = attention(row, row.positive(isl_), row.amount(past_kv_));
        break;
      case OperatorKind::attention_decode:
      case OperatorKind::mla_decode: op.shape = attention(row, 1, row.positive(kv_len_)); break;
      case OperatorKind::experts: op.shape = experts(row); break;
      case OperatorKind::linear_attention: op.shape = scan(row); break;
      case OperatorKind::collective: op.shape = collective(row, op); break;
    }
  }

  MeasuredAttention attention(Row& row, double new_tokens, double past) const {
    MeasuredAttention shape;
    shape.batch = row.positive(batch_);
    shape.new_tokens = new_tokens;
    shape.past = past;
    shape.heads = row.positive(num_heads_);
    if (kind_ == OperatorKind::mla_prefill || kind_ == OperatorKind::mla_decode) return shape;
    shape.kv_heads = row.positive(num_kv_heads_);
    shape.head_dim = row.positive(head_dim_);
    shape.window = row.amount(window_);
    return shape;
  }

  MeasuredExperts experts(Row& row) const {
    MeasuredExperts shape;
    shape.tokens = row.positive(num_tokens_);
    shape.hidden = row.positive(hidden_size_);
    shape.inter = row.positive(inter_size_);
    shape.top_k = row.positive(topk_);
    shape.experts = row.positive(num_experts_);
    shape.tp = row.positive(moe_tp_size_);
    shape.ep = row.positive(moe_ep_size_);
    shape.gated = measured_with_gate(row.text(kernel_), shape.hidden, shape.inter, shape.top_k,
                                     shape.experts);
    read_routing(row, row.text(distribution_), shape);
    if (shape.top_k > shape.experts) row.reject("topk is more than num_experts");
    return shape;
  }

  MeasuredScan scan(Row& row) const {
    MeasuredScan shape;
    const std::string_view kernel = row.text(kernel_);
    shape.convolution = kernel.find("conv1d") != std::string_view::npos;
    if (!shape.convolution && kernel.find("delta_rule") == std::string_view::npos) {
      row.reject("kernel {} is not known", quote(kernel));
    }
    const std::string_view phase = row.text(phase_);
    shape.prefill = phase == "context";
    if (!shape.prefill && phase != "generation") row.reject("phase {} is not known", quote(phase));
    shape.batch = row.positive(batch_);
    shape.tokens = row.positive(seq_len_);
    shape.width = row.positive(d_conv_);
    shape.key_heads = row.positive(num_k_heads_);
    shape.key_dim = row.positive(head_k_dim_);
    shape.value_heads = row.positive(num_v_heads_);
    shape.value_dim = row.positive(head_v_dim_);
    return shape;
  }

  MeasuredCollective collective(Row& row, const MeasuredOperator& op) const {
    MeasuredCollective shape;
    const std::string_view name = op.labels.op;
    if (name == "all_gather") {
      shape.kind = CollectiveKind::all_gather;
    } else if (name == "reduce_scatter") {
      shape.kind = CollectiveKind::reduce_scatter;
    } else if (name == "alltoall") {
      shape.kind = CollectiveKind::all_to_all;
    } else if (name != "all_reduce") {
      row.reject("op {} is not known", quote(name));
    }
    shape.ranks = row.positive(num_gpus_);
    shape.message = row.positive(message_size_) * storage_size(op.types.weights);
    return shape;
  }

  const MeasuredTable& table_;
  OperatorKind kind_;
  const Field chip_ = field("chip"), model_ = field("model_name"), framework_ = field("framework"),
              op_ = field("op"), dtype_ = field("dtype"), kv_dtype_ = field("kv_dtype"),
              version_ = field("version"), kernel_ = field("kernel"),
              latency_ = field("latency_us"), power_ = field("power_w");
  const Field m_ = field("m"), n_ = field("n"), k_ = field("k");
  const Field batch_ = field("batch"), isl_ = field("isl"), past_kv_ = field("past_kv"),
              kv_len_ = field("kv_len"), num_heads_ = field("num_heads"),
              num_kv_heads_ = field("num_kv_heads"), head_dim_ = field("head_dim"),
              window_ = field("window");
  const Field num_tokens_ = field("num_tokens"), hidden_size_ = field("hidden_size"),
              inter_size_ = field("inter_size"), topk_ = field("topk"),
              num_experts_ = field("num_experts"), moe_tp_size_ = field("moe_tp_size"),
              moe_ep_size_ = field("moe_ep_size"), distribution_ = field("distribution");
  const Field phase_ = field("phase"), seq_len_ = field("seq_len"), d_conv_ = field("d_conv"),
              num_k_heads_ = field("num_k_heads"), head_k_dim_ = field("head_k_dim"),
              num_v_heads_ = field("num_v_heads"), head_v_dim_ = field("head_v_dim");
  const Field num_gpus_ = field("num_gpus"), message_size_ = field("message_size");
};

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

OperatorRows read_operators(MeasuredTable table, OperatorKind kind) {
  OperatorRows result{std::move(table), {}, {}};
  Reader(result.table, kind).read_into(result);
  return result;
}

}  // namespace infersim
