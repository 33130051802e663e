#include "infersim/calibration/operator_cost.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "infersim/cost/attention_decode.hpp"
#include "infersim/cost/attention_prefill.hpp"
#include "infersim/cost/domain_collective.hpp"
#include "infersim/cost/experts.hpp"
#include "infersim/cost/gemm.hpp"
#include "infersim/cost/reach.hpp"
#include "infersim/cost/scan.hpp"
#include "infersim/cost/short_convolution.hpp"

namespace infersim {
namespace {

/// Widths of latent attention (arXiv:2405.04434): a latent of 512 and 64 rotary values in the
/// cache; heads of 128 + 64 and 128 where it is expanded, as prefill does.
LatentAttention latent_attention() {
  LatentAttention latent;
  latent.kv_lora_rank = 512;
  latent.rope_dim = 64;
  latent.nope_dim = 128;
  latent.v_dim = 128;
  return latent;
}

/// Under which tables list collectives of the communication library itself.
constexpr std::array<std::string_view, 4> communication_libraries = {"nccl", "rccl", "hccl",
                                                                     "oneccl"};

/// Parameters of the library that the kernel's name tells, or of the chip itself.
const KernelEfficiency& efficiency_of(const MeasuredOperator& op, const Machine& machine) {
  return machine.efficiency.kernel(*kernel_class(op), op.types.format, op.kernel);
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

AttentionShape attention_shape(const MeasuredAttention& attention, const MeasuredOperator& op,
                               const KernelEfficiency& efficiency) {
  const NumberType products = op.types.products;
  if (op.kind == OperatorKind::mla_decode) {
    return absorbed_shape(latent_attention(), attention.heads, products, op.types.cache);
  }
  if (op.kind == OperatorKind::mla_prefill) {
    return latent_prefill_shape(efficiency, latent_attention(), attention.heads, products,
                                op.types.cache);
  }
  AttentionShape shape;
  shape.query_heads = attention.heads;
  shape.kv_heads = attention.kv_heads;
  shape.key_dim = attention.head_dim;
  shape.value_dim = attention.head_dim;
  shape.cached_values = 2 * attention.head_dim;
  shape.span = attention.window;
  shape.compute = products;
  shape.cache = op.types.cache;
  return shape;
}

OpCost cost_of(const MeasuredAttention& attention, const MeasuredOperator& op,
               const Machine& machine) {
  const KernelEfficiency& efficiency = efficiency_of(op, machine);
  const AttentionShape shape = attention_shape(attention, op, efficiency);
  if (op.kind == OperatorKind::attention_decode || op.kind == OperatorKind::mla_decode) {
    return attention_decode_cost(machine, efficiency, shape, attention.batch, 1,
                                 attention.batch * attention.past);
  }
  return attention_prefill_cost(
      machine, efficiency, shape, attention.batch, attention.batch * attention.new_tokens,
      attention.batch * reached_pairs(shape, attention.new_tokens, attention.past),
      attention.batch * attention.past);
}

OpCost cost_of(const MeasuredExperts& experts, const MeasuredOperator& op, const Machine& machine) {
  ExpertShape shape;
  shape.routing.routing = experts.routing;
  shape.routing.tokens = experts.tokens;
  shape.routing.top_k = experts.top_k;
  shape.routing.replicas = experts.experts;
  shape.routing.groups = experts.ep;
  shape.routing.exponent = experts.exponent;
  shape.hidden = experts.hidden;
  shape.inner = experts.inter / experts.tp;
  shape.gated = experts.gated;
  shape.weights = op.types.weights;
  shape.compute = op.types.products;
  shape.activations = width(op.types.products) == 8 ? op.types.products : NumberType::bf16;
  return experts_cost(machine, efficiency_of(op, machine), shape);
}

OpCost cost_of(const MeasuredScan& scan, const MeasuredOperator& op, const Machine& machine) {
  const KernelEfficiency& efficiency = efficiency_of(op, machine);
  const double tokens = scan.batch * scan.tokens;
  if (scan.convolution) {
    const double channels = 2 * scan.key_heads * scan.key_dim + scan.value_heads * scan.value_dim;
    return short_convolution_cost(machine, efficiency, {channels, scan.width}, scan.batch, tokens);
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

LinkOperation link_operation(CollectiveKind kind) {
  switch (kind) {
    case CollectiveKind::all_reduce: return LinkOperation::all_reduce;
    case CollectiveKind::all_gather: return LinkOperation::all_gather;
    case CollectiveKind::reduce_scatter: return LinkOperation::reduce_scatter;
    case CollectiveKind::all_to_all: return LinkOperation::alltoall;
  }
  return LinkOperation::all_reduce;
}

OpCost cost_of(const MeasuredCollective& collective, const MeasuredOperator& op,
               const Machine& machine) {
  const int ranks = static_cast<int>(collective.ranks);
  if (const auto operation = library_operation(op)) {
    return library_cost(machine, *operation, collective.message, ranks, op.types.products);
  }
  const bool eager = op.kernel.find("eager") != std::string_view::npos;
  return framework_all_reduce_cost(machine, collective.message, ranks,
                                   eager ? Launch::eager : Launch::graph);
}

}  // namespace

bool is_communication_library(std::string_view framework) {
  return std::ranges::any_of(communication_libraries, [&](std::string_view library) {
    return fold_name(framework) == library;
  });
}

std::optional<LinkOperation> library_operation(const MeasuredOperator& op) {
  const auto& collective = std::get<MeasuredCollective>(op.shape);
  // Frameworks have kernels of their own for sums alone.
  const bool own = collective.kind == CollectiveKind::all_reduce &&
                   !is_communication_library(op.labels.framework);
  if (own) return std::nullopt;
  return link_operation(collective.kind);
}

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

}  // namespace infersim
