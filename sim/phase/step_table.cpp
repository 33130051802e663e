#include "infersim/phase/step_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <variant>

#include "infersim/phase/graph_order.hpp"

namespace infersim {
namespace {

double bytes_of(NumberType type) { return storage_size(type).base(); }

/// Divides the operators of one graph over the ranks of a plan.
class Lowering {
 public:
  Lowering(const ModelSpec& model, const Machine& machine, const ParallelPlan& plan,
           const PrecisionPlan& precision)
      : model_(model), machine_(machine), plan_(plan), precision_(precision) {}

  Segment segment(std::string name, const OpGraph& graph, const LayerGroup* layer) const {
    Segment segment;
    segment.name = std::move(name);
    const std::vector<std::size_t> order = issue_order(graph);
    assert(order.size() <= max_segment_ops);
    std::vector<std::size_t> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      place[order[i]] = i;
    for (std::size_t v : order)
      segment.ops.push_back(lower_op(graph.ops[v], layer));
    for (const OpGraph::Edge& edge : graph.edges) {
      segment.ops[place[edge.to]].waits_for |= std::uint64_t{1} << place[edge.from];
    }
    return segment;
  }

 private:
  LoweredOp lower_op(const Op& op, const LayerGroup* layer) const {
    LoweredOp low;
    low.name = op.name;
    low.op_class = op.op_class;
    low.kind = op.kind;
    low.rows = op.rows;
    switch (op.kind) {
      case OpKind::gemm: lower_gemm(op, low, layer); break;
      case OpKind::batched_gemm: lower_batched_gemm(op, low); break;
      case OpKind::grouped_gemm: lower_grouped_gemm(op, low, *layer); break;
      case OpKind::attention_prefill:
      case OpKind::attention_decode: lower_attention(op, low, *layer); break;
      case OpKind::elementwise:
      case OpKind::embedding: lower_elementwise(op, low, layer); break;
      case OpKind::reduce: lower_reduce(op, low); break;
      case OpKind::dispatch:
      case OpKind::combine: lower_exchange(low, *layer); break;
    }
    return low;
  }

  const KernelEfficiency& kernel(KernelClass k, NumberType type) const {
    return machine_.efficiency.kernel(k, type);
  }

  void set_types(GemmShape& shape, Role role) const {
    const bool linear = role == Role::linear;
    shape.weights = linear ? precision_.weights : precision_.head;
    shape.compute = linear ? precision_.compute : precision_.attention;
    shape.activations =
        width(shape.compute) == 8 && linear ? precision_.compute : precision_.activations;
  }

  /// Columns of this rank: of query heads its share, of key-value heads at least one.
  double local_columns(const Op& op, double columns, const LayerGroup* layer) const {
    if (op.shard == Shard::rows || op.shard == Shard::replicated) return columns;
    if (op.shard == Shard::columns) return columns / plan_.tp;
    const auto& gqa = std::get<GroupedQueryAttention>(layer->attention);
    const double kv_heads = std::max(1.0, static_cast<double>(gqa.kv_heads) / plan_.tp);
    const double heads = static_cast<double>(gqa.heads) / plan_.tp + 2.0 * kv_heads;
    return heads * static_cast<double>(gqa.head_dim);
  }

  void lower_gemm(const Op& op, LoweredOp& low, const LayerGroup* layer) const {
    low.gemm.n = local_columns(op, op.n, layer);
    low.gemm.k = op.shard == Shard::rows ? op.k / plan_.tp : op.k;
    set_types(low.gemm, op.role);
    low.shares_weights = layer != nullptr && op.role == Role::head;  // a draft uses the model's
    low.efficiency = kernel(KernelClass::gemm, low.gemm.weights);
  }

  void lower_batched_gemm(const Op& op, LoweredOp& low) const {
    low.gemm.n = op.n;
    low.gemm.k = op.k;
    low.gemm.count = op.heads / plan_.tp;
    set_types(low.gemm, op.role);
    // The latent up-projections are kept in 16 bits: their products feed attention directly.
    low.gemm.weights = precision_.activations;
    low.gemm.compute = precision_.attention;
    low.gemm.activations = precision_.activations;
    // They are the latent up-projections in another form: a copy of its own only where those are
    // stored narrower.
    low.shares_weights = precision_.weights == precision_.activations;
    low.efficiency = kernel(KernelClass::batched_gemm, low.gemm.weights);
  }

  GroupedGemmShape expert_shape(const LayerGroup& layer) const {
    const auto& moe = std::get<MoeFfn>(layer.ffn);
    GroupedGemmShape shape;
    shape.top_k = static_cast<double>(moe.top_k);
    shape.experts = static_cast<double>(moe.experts);
    shape.replicas = shape.experts + plan_.redundant_experts;
    shape.groups = plan_.ep;
    shape.skew = machine_.efficiency.runtime.expert_skew;
    shape.weights = precision_.weights;
    shape.compute = precision_.compute;
    shape.activations =
        width(precision_.compute) == 8 ? precision_.compute : precision_.activations;
    return shape;
  }

  void lower_grouped_gemm(const Op& op, LoweredOp& low, const LayerGroup& layer) const {
    low.grouped = expert_shape(layer);
    low.grouped.n = op.shard == Shard::columns ? op.n / plan_.expert_slices() : op.n;
    low.grouped.k = op.shard == Shard::rows ? op.k / plan_.expert_slices() : op.k;
    low.group_factor = plan_.dp;
    low.efficiency = kernel(KernelClass::grouped_gemm, low.grouped.weights);
  }

  void lower_attention(const Op& op, LoweredOp& low, const LayerGroup& layer) const {
    const bool decode = op.kind == OpKind::attention_decode;
    AttentionShape& shape = low.attention;
    shape.compute = precision_.attention;
    shape.cache = precision_.kv;
    if (const auto* gqa = std::get_if<GroupedQueryAttention>(&layer.attention)) {
      shape.query_heads = static_cast<double>(gqa->heads) / plan_.tp;
      shape.kv_heads = std::max(1.0, static_cast<double>(gqa->kv_heads) / plan_.tp);
      shape.key_dim = shape.value_dim = static_cast<double>(gqa->head_dim);
      shape.cached_values = 2.0 * static_cast<double>(gqa->head_dim);
      low.efficiency = kernel(
          decode ? KernelClass::attention_decode : KernelClass::attention_prefill, shape.compute);
    } else {
      const auto& mla = std::get<LatentAttention>(layer.attention);
      shape.query_heads = static_cast<double>(mla.heads) / plan_.tp;
      if (decode) {
        shape.kv_heads = 1.0;
        shape.key_dim = static_cast<double>(mla.kv_lora_rank + mla.rope_dim);
        shape.value_dim = static_cast<double>(mla.kv_lora_rank);
        shape.cached_values = shape.key_dim;
      } else {
        shape.kv_heads = shape.query_heads;
        shape.key_dim = static_cast<double>(mla.nope_dim + mla.rope_dim);
        shape.value_dim = static_cast<double>(mla.v_dim);
        shape.cached_values = shape.key_dim + shape.value_dim;
        shape.cache = precision_.activations;  // latents are expanded before the kernel reads them
      }
      low.efficiency =
          kernel(decode ? KernelClass::mla_decode : KernelClass::mla_prefill, shape.compute);
    }
    low.grows_with_context = decode;
  }

  void lower_elementwise(const Op& op, LoweredOp& low, const LayerGroup* layer) const {
    // A vocabulary divided by rows is looked up by one rank for each token.
    const double share = op.shard == Shard::rows ? 1.0 / plan_.tp : 1.0;
    low.read = share * local_columns(op, op.k, layer);
    low.written = share * local_columns(op, op.n, layer);
    low.efficiency = kernel(KernelClass::elementwise, precision_.activations);
    if (op.rows == Rows::routed && layer != nullptr) {
      low.grouped = expert_shape(*layer);
      low.group_factor = plan_.dp;
      low.read = op.k / plan_.expert_slices();
      low.written = op.n / plan_.expert_slices();
    }
  }

  void lower_reduce(const Op& op, LoweredOp& low) const {
    low.communicates = true;
    low.reduce_group = plan_.tp;
    low.bytes_per_row = Bytes{op.n * bytes_of(precision_.activations)};
  }

  /// Tokens reach experts in one of four ways, by how attention is divided:
  ///
  ///   - one rank: nothing moves;
  ///   - dp 1: every rank has all tokens, there is nothing to dispatch; partial sums are reduced;
  ///   - dp > 1, ep > 1: all-to-all to the ranks of the chosen experts and back;
  ///   - dp > 1, ep 1: every rank works on all tokens; all-gather and reduce-scatter.
  ///
  /// With tp > 1 and dp > 1 each rank sends 1/tp of its group's tokens, and a reduce over tp ends
  /// the combine, which also adds the slices of the shared experts.
  void lower_exchange(LoweredOp& low, const LayerGroup& layer) const {
    low.communicates = true;
    const bool combine = low.kind == OpKind::combine;
    const auto hidden = static_cast<double>(model_.hidden);
    const Bytes wide{hidden * bytes_of(precision_.activations)};
    // Quantised tokens carry one 32-bit scale for each 128 values.
    const bool quantised = width(precision_.exchanged) == 8;
    const Bytes narrow{hidden * (bytes_of(precision_.exchanged) + (quantised ? 4.0 / 128.0 : 0.0))};
    low.bytes_per_row = combine ? wide : narrow;
    low.reduce_group = combine ? plan_.tp : 1;
    if (plan_.dp == 1) return;
    low.grouped = expert_shape(layer);
    low.group_factor = plan_.dp;
    low.exchange_share = 1.0 / plan_.tp;
    if (plan_.ep == 1) {
      low.gather_group = plan_.tp * plan_.dp;
      return;
    }
    const auto& moe = std::get<MoeFfn>(layer.ffn);
    low.exchange.ranks = plan_.tp * plan_.dp;
    low.exchange.top_k = static_cast<double>(moe.top_k) * plan_.expert_slices();
    low.exchange.limit_domains = moe.groups > 1 ? static_cast<double>(moe.top_groups) : 0.0;
    low.exchange.token_bytes = combine ? wide : narrow;
  }

  const ModelSpec& model_;
  const Machine& machine_;
  const ParallelPlan& plan_;
  const PrecisionPlan& precision_;
};

/// Layers of each group that the stage with the most work holds: stages are filled from the end,
/// where the expert layers are.
std::vector<double> busiest_stage(const ModelSpec& model, int pp) {
  Count left = (model.layer_count() + pp - 1) / pp;
  std::vector<double> counts(model.layers.size());
  for (std::size_t i = model.layers.size(); i-- > 0 && left > 0;) {
    const Count taken = std::min(left, model.layers[i].count);
    counts[i] = static_cast<double>(taken);
    left -= taken;
  }
  return counts;
}

/// Whether two operators cost the same for any batch. Those of routed experts never do: they have
/// more to compare than there is to gain.
bool cost_the_same(const LoweredOp& a, const LoweredOp& b) {
  if (a.kind != b.kind || a.rows != b.rows || a.rows == Rows::routed) return false;
  return a.read == b.read && a.written == b.written && a.bytes_per_row == b.bytes_per_row &&
         a.reduce_group == b.reduce_group && a.gemm == b.gemm && a.attention == b.attention &&
         a.efficiency == b.efficiency;
}

/// Finds the first operator before operator `i` of segment `s` that costs the same.
void find_twin(StepTable& table, std::size_t s, std::size_t i) {
  LoweredOp& op = table.segments[s].ops[i];
  for (std::size_t t = 0; t <= s; ++t) {
    Segment& earlier = table.segments[t];
    if (earlier.drafts != table.segments[s].drafts) continue;  // they see another batch
    const std::size_t end = t == s ? i : earlier.ops.size();
    for (std::size_t j = 0; j < end; ++j) {
      LoweredOp& twin = earlier.ops[j];
      if (twin.twin_segment >= 0 || !cost_the_same(twin, op)) continue;
      op.twin_segment = static_cast<int>(t);
      op.twin_op = j;
      twin.executions += table.segments[s].repeats / earlier.repeats;
      return;
    }
  }
}

}  // namespace

StepTable lower(const ModelSpec& model, const Machine& machine, const ParallelPlan& plan,
                const PrecisionPlan& precision) {
  StepTable table{machine, plan, {}, {}};
  const Lowering lowering(model, machine, plan, precision);
  table.segments.push_back(lowering.segment("input", input_graph(model), nullptr));
  const std::vector<double> busiest = busiest_stage(model, plan.pp);
  std::vector<const LayerGroup*> kinds;  // of the segments after the input, in order
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const LayerGroup& group = model.layers[i];
    const auto same = std::find_if(kinds.begin(), kinds.end(), [&](const LayerGroup* known) {
      return known->attention == group.attention && known->ffn == group.ffn;
    });
    const auto kind = static_cast<std::size_t>(same - kinds.begin());
    if (kind == kinds.size()) {
      const bool moe = std::holds_alternative<MoeFfn>(group.ffn);
      table.segments.push_back(
          lowering.segment(moe ? "moe layer" : "layer", layer_graph(model, group), &group));
      table.segments.back().repeats = table.segments.back().busiest_repeats = 0.0;
      kinds.push_back(&group);
    }
    Segment& segment = table.segments[1 + kind];
    segment.repeats += static_cast<double>(group.count);
    segment.busiest_repeats += busiest[i];
  }
  table.segments.push_back(lowering.segment("output", output_graph(model), nullptr));
  if (plan.mtp > 0 && model.mtp) {
    Segment segment = lowering.segment("mtp draft", mtp_graph(model), &*model.mtp);
    segment.repeats = segment.busiest_repeats = plan.mtp;
    segment.drafts = true;
    table.segments.push_back(std::move(segment));
  }
  table.stage_message_per_token =
      Bytes{static_cast<double>(model.hidden) * bytes_of(precision.activations)};
  for (std::size_t s = 0; s < table.segments.size(); ++s) {
    for (std::size_t i = 0; i < table.segments[s].ops.size(); ++i)
      find_twin(table, s, i);
  }
  return table;
}

}  // namespace infersim
