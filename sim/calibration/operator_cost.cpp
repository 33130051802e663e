#include "infersim/calibration/operator_cost.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "infersim/calibration/module_cost.hpp"
#include "infersim/core/text.hpp"
#include "infersim/cost/attention_decode.hpp"
#include "infersim/cost/attention_prefill.hpp"
#include "infersim/cost/domain_collective.hpp"
#include "infersim/cost/exchange_kernel.hpp"
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
  return machine.efficiency.kernel(*kernel_class(op), op.types.format, op.kernel, op.labels.op);
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
  shape.count = gemm.count;
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
    return a.kind == b.kind && one.n == other.n && one.k == other.k && one.count == other.count &&
           a.types.format == b.types.format && a.types.weights == b.types.weights &&
           a.types.products == b.types.products && a.inputs_ready == b.inputs_ready;
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

/// Copies on a rank that r of T tokens came to: as if each of a token's k met it with the same
/// probability q, r = T (1 - (1 - q)^k). 0, not known, where all came.
double copies_of(const MeasuredExperts& experts) {
  const double share = experts.rank_tokens / experts.tokens;
  if (share <= 0.0 || share >= 1.0) return 0.0;
  return experts.tokens * experts.top_k * (1.0 - std::pow(1.0 - share, 1.0 / experts.top_k));
}

OpCost cost_of(const MeasuredExperts& experts, const MeasuredOperator& op, const Machine& machine) {
  ExpertShape shape;
  shape.routing.routing = experts.routing;
  shape.routing.tokens = experts.tokens;
  shape.routing.top_k = experts.top_k;
  shape.routing.replicas = experts.replicas > 0.0 ? experts.replicas : experts.experts;
  shape.routing.rank_rows = copies_of(experts);
  shape.routing.groups = experts.ep;
  shape.routing.exponent = experts.exponent;
  shape.hidden = experts.hidden;
  shape.inner = experts.inter / experts.tp;
  shape.gated = experts.gated;
  shape.sorted = experts.sorted;
  shape.weights = op.types.weights;
  shape.compute = op.types.products;
  shape.activations = width(op.types.products) == 8 ? op.types.products : NumberType::bf16;
  return experts_cost(machine, efficiency_of(op, machine), shape);
}

OpCost cost_of(const MeasuredScan& scan, const MeasuredOperator& op, const Machine& machine) {
  const KernelEfficiency& efficiency = efficiency_of(op, machine);
  const double tokens = scan.batch * scan.tokens;
  if (scan.convolution) {
    return short_convolution_cost(machine, efficiency, {scan.channels, scan.width}, scan.batch,
                                  tokens);
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

/// The pass as it was fitted; without a fit what the general parameters of links say.
ExchangeEfficiency exchange_pass(const MeasuredOperator& op, const MeasuredExchange& exchange,
                                 const Machine& machine) {
  const LinkEfficiency& links = machine.efficiency.links;
  const ExchangeKernels* kernels = links.exchange(op.kernel);
  if (kernels != nullptr && kernels->pass(exchange.pass).known()) {
    return kernels->pass(exchange.pass);
  }
  ExchangeEfficiency pass;
  pass.latency = links.all_to_all_latency;
  pass.hop = machine.fabric.scale_up_latency;
  pass.domain_hop = machine.fabric.scale_out_latency;
  pass.fraction = links.scale_up;
  pass.out_fraction = links.scale_out;
  return pass;
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

OpCost cost_of(const MeasuredModule& module, const MeasuredOperator& op, const Machine& machine) {
  return module_cost(module, op, machine, module_frame(module, op, machine));
}

/// Bytes of a copy of a token: 8 bits carry a 32-bit scale for 128 values, 4 bits one of 8 bits for
/// 16; outputs come back in 16 bits unless the pass says otherwise.
Bytes token_bytes(const MeasuredExchange& exchange, NumberType type) {
  constexpr double wide = 2.0;
  constexpr double scaled8 = 1.0 + 4.0 / 128.0;
  constexpr double scaled4 = 0.5 + 1.0 / 16.0;
  switch (exchange.pass) {
    case ExchangePass::prepare: return {};
    case ExchangePass::combine: return Bytes{exchange.hidden * wide};
    case ExchangePass::combine_narrow: return Bytes{exchange.hidden * scaled4};
    case ExchangePass::dispatch: break;
  }
  const double value = width(type) == 16 ? wide : width(type) == 8 ? scaled8 : scaled4;
  return Bytes{exchange.hidden * value};
}

OpCost cost_of(const MeasuredExchange& exchange, const MeasuredOperator& op,
               const Machine& machine) {
  ExchangeShape shape;
  shape.ranks = static_cast<int>(exchange.ranks);
  shape.domains = exchange.nodes;
  shape.tokens = exchange.tokens;
  shape.top_k = exchange.top_k;
  shape.experts = exchange.experts;
  shape.units = exchange.units;
  shape.token_bytes = token_bytes(exchange, op.types.weights);
  return exchange_pass_cost(machine, exchange_pass(op, exchange, machine), shape);
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
  double in_domain = 0.0;
  if (const auto* collective = std::get_if<MeasuredCollective>(&op.shape)) {
    in_domain = collective->ranks;
  } else if (const auto* exchange = std::get_if<MeasuredExchange>(&op.shape)) {
    in_domain = exchange->ranks / exchange->nodes;
  }
  if (in_domain > machine.fabric.domain) {
    return fmt::format("more ranks than a domain of {} has", op.labels.chip);
  }
  if (in_domain > 0.0) return {};
  if (machine.peak[index(op.types.products)] <= FlopRate{}) {
    return fmt::format("{} has no units for {}", op.labels.chip, name(op.types.products));
  }
  return {};
}

tl::expected<OpCost, std::string> predict(const MeasuredOperator& op, const Machine& machine) {
  if (std::string why = refusal(op, machine); !why.empty()) return tl::unexpected(std::move(why));
  return std::visit([&](const auto& shape) { return cost_of(shape, op, machine); }, op.shape);
}

std::optional<OpCost> frame_of(const MeasuredOperator& op, const Machine& machine) {
  const auto* module = std::get_if<MeasuredModule>(&op.shape);
  if (module == nullptr) return std::nullopt;
  return module_frame(*module, op, machine);
}

std::vector<Seconds> predict_times(std::span<const MeasuredOperator* const> ops,
                                   std::span<const std::optional<OpCost>> frames,
                                   const Machine& machine) {
  std::vector<Seconds> times;
  times.reserve(ops.size());
  GemmTimes gemms(machine);
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const MeasuredOperator& op = *ops[i];
    if (std::holds_alternative<MeasuredGemm>(op.shape)) {
      times.push_back(gemms.of(op));
    } else if (frames[i]) {
      const auto& module = std::get<MeasuredModule>(op.shape);
      times.push_back(module_cost(module, op, machine, *frames[i]).time);
    } else {
      times.push_back(predict(op, machine)->time);
    }
  }
  return times;
}

}  // namespace infersim
