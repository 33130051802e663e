#include "infersim/calibration/operator_cost.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "infersim/cost/collective.hpp"
#include "infersim/cost/gemm.hpp"
#include "infersim/cost/kernels.hpp"
#include "infersim/cost/scan.hpp"

namespace infersim {
namespace {

/// Widths of latent attention (arXiv:2405.04434): a latent of 512 and 64 rotary values in the
/// cache; heads of 128 + 64 and 128 where it is expanded, as prefill does.
constexpr double latent_values = 512;
constexpr double rotary_values = 64;
constexpr double expanded_values = 128;

const KernelEfficiency& efficiency_of(const MeasuredOperator& op, const Machine& machine) {
  return machine.efficiency.kernel(*kernel_class(op), op.types.format);
}

/// The same kernel without the pass that makes narrow activations.
KernelEfficiency without_quantisation(KernelEfficiency efficiency) {
  efficiency.gemm.quantise = std::numeric_limits<double>::infinity();
  efficiency.gemm.quantise_row = {};
  efficiency.gemm.quantise_fill = {};
  return efficiency;
}

KernelEfficiency gemm_efficiency(const MeasuredOperator& op, const Machine& machine) {
  const KernelEfficiency& efficiency = efficiency_of(op, machine);
  return op.inputs_ready ? without_quantisation(efficiency) : efficiency;
}

GemmShape gemm_shape(const MeasuredGemm& gemm, const OperatorTypes& types) {
  GemmShape shape;
  shape.m = gemm.m;
  shape.n = gemm.n;
  shape.k = gemm.k;
  shape.weights = types.weights;
  shape.compute = types.products;
  return shape;
}

OpCost cost_of(const MeasuredGemm& gemm, const MeasuredOperator& op, const Machine& machine) {
  return gemm_cost(machine, gemm_efficiency(op, machine), gemm_shape(gemm, op.types));
}

/// GEMMs of the same weights one after the other share the work that does not depend on m.
class GemmTimes {
 public:
  explicit GemmTimes(const Machine& machine) : machine_(machine) {}

  Seconds of(const MeasuredOperator& op) {
    const auto& gemm = std::get<MeasuredGemm>(op.shape);
    if (last_ == nullptr || !shares_weights(op, *last_)) {
      efficiency_ = gemm_efficiency(op, machine_);
      plan_ = GemmPlan(machine_, efficiency_, gemm_shape(gemm, op.types));
    }
    last_ = &op;
    return plan_.cost(machine_, efficiency_, gemm.m).time;
  }

 private:
  static bool shares_weights(const MeasuredOperator& a, const MeasuredOperator& b) {
    const auto& one = std::get<MeasuredGemm>(a.shape);
    const auto& other = std::get<MeasuredGemm>(b.shape);
    return one.n == other.n && one.k == other.k && a.types.format == b.types.format &&
           a.types.weights == b.types.weights && a.types.products == b.types.products &&
           a.inputs_ready == b.inputs_ready;
  }

  const Machine& machine_;
  const MeasuredOperator* last_ = nullptr;
  KernelEfficiency efficiency_;
  GemmPlan plan_;
};

AttentionShape attention_shape(const MeasuredAttention& attention, const MeasuredOperator& op) {
  AttentionShape shape;
  shape.query_heads = attention.heads;
  shape.compute = op.types.products;
  shape.cache = op.types.cache;
  switch (op.kind) {
    case OperatorKind::mla_decode:
      shape.kv_heads = 1;
      shape.key_dim = latent_values + rotary_values;
      shape.value_dim = latent_values;
      shape.cached_values = latent_values + rotary_values;
      break;
    case OperatorKind::mla_prefill:
      shape.kv_heads = attention.heads;
      shape.key_dim = expanded_values + rotary_values;
      shape.value_dim = expanded_values;
      shape.cached_values = shape.key_dim + shape.value_dim;
      break;
    default:
      shape.kv_heads = attention.kv_heads;
      shape.key_dim = attention.head_dim;
      shape.value_dim = attention.head_dim;
      shape.cached_values = 2 * attention.head_dim;
      shape.span = attention.window;
  }
  return shape;
}

/// (Query, key) pairs of a sequence: the integral of min(x, window) over x from the tokens that
/// were there to those that are there in the end.
double pairs_of(const MeasuredAttention& attention) {
  const auto below = [&](double x) {
    const double window = attention.window > 0 ? attention.window : x;
    return x <= window ? x * x / 2 : window * window / 2 + (x - window) * window;
  };
  return below(attention.past + attention.new_tokens) - below(attention.past);
}

double reached(const MeasuredAttention& attention) {
  return attention.window > 0 ? std::min(attention.past, attention.window) : attention.past;
}

OpCost cost_of(const MeasuredAttention& attention, const MeasuredOperator& op,
               const Machine& machine) {
  const AttentionShape shape = attention_shape(attention, op);
  const KernelEfficiency& efficiency = efficiency_of(op, machine);
  const double past = attention.batch * reached(attention);
  if (op.kind == OperatorKind::attention_decode || op.kind == OperatorKind::mla_decode) {
    return attention_decode_cost(machine, efficiency, shape, attention.batch, 1, past);
  }
  return attention_prefill_cost(machine, efficiency, shape, attention.batch,
                                attention.batch * attention.new_tokens,
                                attention.batch * pairs_of(attention), past);
}

/// One after the other.
void follow(OpCost& first, const OpCost& second) {
  first.time += second.time;
  first.activity += second.activity;
}

OpCost cost_of(const MeasuredExperts& experts, const MeasuredOperator& op, const Machine& machine) {
  const double inter = experts.inter / experts.tp;
  const double columns = experts.gated ? 2 * inter : inter;
  GroupedGemmShape shape;
  shape.tokens = experts.tokens;
  shape.top_k = experts.top_k;
  shape.experts = experts.experts;
  shape.replicas = experts.experts;
  shape.groups = experts.ep;
  if (experts.routing == Routing::power_law) shape.skew = machine.efficiency.runtime.expert_skew;
  shape.weights = op.types.weights;
  shape.compute = op.types.products;
  shape.n = columns;
  shape.k = experts.hidden;
  const KernelEfficiency& efficiency = efficiency_of(op, machine);
  OpCost cost = grouped_gemm_cost(machine, efficiency, shape);
  const OpCost up = cost;
  const KernelEfficiency& pass =
      machine.efficiency.kernel(KernelClass::elementwise, KernelFormat::bf16);
  follow(cost, elementwise_cost(machine, pass, up.rows, columns, inter));
  shape.n = experts.hidden;
  shape.k = inter;
  follow(cost, grouped_gemm_cost(machine, efficiency, shape));
  return cost;
}

OpCost cost_of(const MeasuredScan& scan, const MeasuredOperator& op, const Machine& machine) {
  const KernelEfficiency& efficiency = efficiency_of(op, machine);
  const double tokens = scan.batch * scan.tokens;
  if (scan.convolution) {
    const double channels = 2 * scan.key_heads * scan.key_dim + scan.value_heads * scan.value_dim;
    return elementwise_cost(machine, efficiency, tokens, channels, channels);
  }
  ScanShape shape;
  shape.heads = scan.value_heads;
  shape.key_heads = scan.key_heads;
  shape.key_dim = scan.key_dim;
  shape.value_dim = scan.value_dim;
  shape.delta_rule = true;
  return scan.prefill ? scan_prefill_cost(machine, efficiency, shape, scan.batch, tokens)
                      : scan_decode_cost(machine, efficiency, shape, scan.batch, scan.tokens);
}

OpCost cost_of(const MeasuredCollective& collective, const MeasuredOperator& /*op*/,
               const Machine& machine) {
  const int ranks = static_cast<int>(collective.ranks);
  if (collective.kind == CollectiveKind::all_reduce) {
    return all_reduce_cost(machine, collective.message, ranks);
  }
  return all_gather_cost(machine, collective.message / ranks, ranks);
}

}  // namespace

std::string refusal(const MeasuredOperator& op, const Machine& machine) {
  if (const auto* collective = std::get_if<MeasuredCollective>(&op.shape)) {
    if (collective->ranks > machine.fabric.domain) {
      return fmt::format("more ranks than a domain of {} has", op.labels.chip);
    }
    return {};
  }
  if (machine.peak[index(op.types.products)] <= FlopRate{}) {
    return fmt::format("{} has no units for {}", op.labels.chip, name(op.types.products));
  }
  return {};
}

tl::expected<OpCost, std::string> predict(const MeasuredOperator& op, const Machine& machine) {
  if (std::string why = refusal(op, machine); !why.empty()) return tl::unexpected(std::move(why));
  return std::visit([&](const auto& shape) { return cost_of(shape, op, machine); }, op.shape);
}

std::vector<Seconds> predict_times(std::span<const MeasuredOperator* const> ops,
                                   const Machine& machine) {
  std::vector<Seconds> times;
  times.reserve(ops.size());
  GemmTimes gemms(machine);
  for (const MeasuredOperator* op : ops) {
    const bool gemm = std::holds_alternative<MeasuredGemm>(op->shape);
    times.push_back(gemm ? gemms.of(*op) : predict(*op, machine)->time);
  }
  return times;
}

Watts mean_power(const OpCost& cost, const Machine& machine) {
  const EnergyRates& rates = machine.energy;
  Activity activity = cost.activity;
  for (Flops& flops : activity.flops)
    flops *= cost.mean_share;
  return min(rates.limit, rates.active + dynamic_energy(rates, activity) / cost.time);
}

}  // namespace infersim
