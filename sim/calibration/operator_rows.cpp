#include "infersim/calibration/operator_rows.hpp"

#include <utility>

#include "calibration/expert_columns.hpp"
#include "calibration/linear_columns.hpp"
#include "calibration/module_columns.hpp"
#include "calibration/operator_row.hpp"
#include "infersim/calibration/operator_types.hpp"
#include "infersim/core/text.hpp"

namespace infersim {
namespace {

using detail::Field;
using detail::Row;

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
    op.labels = {row.text(chip_, "*"), row.text(model_, row.text(published_, "*")),
                 row.text(framework_, "*"), row.text(op_, "*"), row.text(dtype_, "*")};
    op.version = row.text(version_);
    op.kernel = row.text(kernel_, row.text(backend_));
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
      case OperatorKind::latent_products:
      case OperatorKind::experts:
      case OperatorKind::wide_experts: types = weight_types(row.text(dtype_)); break;
      case OperatorKind::attention_prefill:
      case OperatorKind::attention_decode:
      case OperatorKind::mla_prefill:
      case OperatorKind::mla_decode:
      case OperatorKind::sparse_prefill:
      case OperatorKind::sparse_decode:
        types = attention_types(row.text(dtype_), row.text(kv_dtype_));
        if (!types && message_type(row.text(dtype_))) {
          row.reject("kv_dtype {} is not known", quote(row.text(kv_dtype_)));
        }
        break;
      case OperatorKind::linear_attention:
      case OperatorKind::mamba2: types = OperatorTypes{}; break;
      case OperatorKind::exchange:
        if (const auto type = detail::exchanged_type(row.text(dtype_))) {
          types = OperatorTypes{*type, *type, *type, format_of(*type)};
        }
        break;
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
      case OperatorKind::latent_products: op.shape = latent_products(row, op.labels); break;
      case OperatorKind::experts: op.shape = experts_.experts(row, op.kernel); break;
      case OperatorKind::wide_experts: op.shape = experts_.wide_experts(row, op.labels); break;
      case OperatorKind::linear_attention:
        op.shape = linear_.delta_net(row, op.labels, op.kernel);
        break;
      case OperatorKind::mamba2: op.shape = linear_.mamba2(row, op.kernel); break;
      case OperatorKind::sparse_prefill:
      case OperatorKind::sparse_decode:
        op.shape = modules_.module(row, op.labels, op.kernel, kind_);
        break;
      case OperatorKind::collective: op.shape = collective(row, op); break;
      case OperatorKind::exchange: op.shape = experts_.exchange(row, op.labels); break;
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

  /// Of every token and head: a query of 128 values to one of the latent's 512, an output back.
  MeasuredGemm latent_products(Row& row, const MeasuredLabels& labels) const {
    constexpr double head = 128;
    constexpr double latent = 512;
    const bool before = labels.op == "mla_gen_pre";
    if (!before && labels.op != "mla_gen_post") row.reject("op {} is not known", quote(labels.op));
    return {row.positive(num_tokens_), before ? latent : head, before ? head : latent,
            row.positive(num_heads_)};
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
  const Field chip_ = field("chip"), model_ = field("model_name"), published_ = field("model"),
              backend_ = field("backend"), framework_ = field("framework"), op_ = field("op"),
              dtype_ = field("dtype"), kv_dtype_ = field("kv_dtype"), version_ = field("version"),
              kernel_ = field("kernel"), latency_ = field("latency_us"), power_ = field("power_w");
  const Field m_ = field("m"), n_ = field("n"), k_ = field("k");
  const Field batch_ = field("batch"), isl_ = field("isl"), past_kv_ = field("past_kv"),
              kv_len_ = field("kv_len"), num_heads_ = field("num_heads"),
              num_kv_heads_ = field("num_kv_heads"), head_dim_ = field("head_dim"),
              window_ = field("window");
  const Field num_tokens_ = field("num_tokens");
  const Field num_gpus_ = field("num_gpus"), message_size_ = field("message_size");
  const detail::ExpertColumns experts_{table_};
  const detail::LinearColumns linear_{table_};
  const detail::ModuleColumns modules_{table_};
};

}  // namespace

OperatorRows read_operators(MeasuredTable table, OperatorKind kind) {
  OperatorRows result{std::move(table), {}, {}};
  Reader(result.table, kind).read_into(result);
  return result;
}

}  // namespace infersim
