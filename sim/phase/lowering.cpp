#include "phase/lowering.hpp"

#include <algorithm>
#include <cassert>
#include <variant>

#include "infersim/phase/graph_order.hpp"
#include "infersim/workload/layer_cache.hpp"

namespace infersim::detail {
namespace {

double real(Count count) { return static_cast<double>(count); }

double bytes_of(NumberType type) { return storage_size(type).base(); }

}  // namespace

Segment Lowering::segment(SegmentKind kind, std::string name, const OpGraph& graph,
                          const LayerGroup* layer) const {
  Segment segment;
  segment.kind = kind;
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

LoweredOp Lowering::lower_op(const Op& op, const LayerGroup* layer) const {
  LoweredOp low;
  low.name = op.name;
  low.op_class = op.op_class;
  low.kind = op.kind;
  low.rows = op.rows;
  switch (op.kind) {
    case OpKind::gemm: lower_gemm(op, low, layer); break;
    case OpKind::batched_gemm: lower_batched_gemm(op, low); break;
    case OpKind::experts: lower_experts(op, low, *layer); break;
    case OpKind::attention_prefill:
    case OpKind::attention_decode: lower_attention(low, *layer); break;
    case OpKind::index_prefill:
    case OpKind::index_decode: lower_index(low, *layer); break;
    case OpKind::scan_prefill:
    case OpKind::scan_decode: lower_scan(low, *layer); break;
    case OpKind::conv_prefill:
    case OpKind::conv_decode: lower_convolution(low, *layer); break;
    case OpKind::elementwise:
    case OpKind::embedding: lower_elementwise(op, low, layer); break;
    case OpKind::reduce: lower_reduce(op, low); break;
    case OpKind::dispatch:
    case OpKind::combine: lower_exchange(op, low, *layer); break;
  }
  return low;
}

void Lowering::set_types(GemmShape& shape, Role role) const {
  const WeightBits& bits = precision_.bits;
  const bool projection = role == Role::projection;
  if (role == Role::linear || projection) {
    shape.weights = projection ? precision_.projections : precision_.weights;
    shape.weight_bits = projection ? bits.projections : bits.linear;
    shape.compute = projection ? precision_.projection_compute : precision_.compute;
    shape.activations = width(shape.compute) == 8 ? shape.compute : precision_.activations;
  } else {
    const bool router = role == Role::router;
    shape.weights = router ? precision_.router : precision_.head;
    shape.weight_bits = router ? 0 : bits.head;
    shape.compute = precision_.attention;
    shape.activations = precision_.activations;
  }
}

/// Columns of this rank: of query heads its share, of key-value heads at least one.
double Lowering::local_columns(const Op& op, double columns, const LayerGroup* layer) const {
  if (op.shard == Shard::rows || op.shard == Shard::replicated) return columns;
  if (op.shard == Shard::columns) return columns / plan_.tp;
  const GroupedQueryAttention& gqa = *grouped_query(layer->attention);
  const double query = real(gqa.head_dim + (gqa.output_gate ? gqa.value_dim : 0));
  const double each = (columns - real(gqa.heads) * query) / real(gqa.kv_heads);
  const double kv_heads = std::max(1.0, real(gqa.kv_heads) / plan_.tp);
  return real(gqa.heads) / plan_.tp * query + kv_heads * each;
}

void Lowering::lower_gemm(const Op& op, LoweredOp& low, const LayerGroup* layer) const {
  low.gemm.n = local_columns(op, op.n, layer);
  low.gemm.k = op.shard == Shard::rows ? op.k / plan_.tp : op.k;
  set_types(low.gemm, op.role);
  low.shares_weights = layer != nullptr && op.role == Role::head;  // a draft uses the model's
  low.efficiency = &kernel(KernelClass::gemm, low.gemm.weights, low.gemm.compute);
  low.plan = GemmPlan(machine_, *low.efficiency, low.gemm);
}

void Lowering::lower_batched_gemm(const Op& op, LoweredOp& low) const {
  // Of fewer matrices than ranks each rank has a part of one.
  const double matrices = op.heads / plan_.tp;
  low.gemm.n = op.n;
  low.gemm.k = op.k * std::min(1.0, matrices);
  low.gemm.count = std::max(1.0, matrices);
  set_types(low.gemm, op.role);
  if (op.role == Role::attention) {
    // The latent up-projections are kept in 16 bits: their products feed attention directly.
    low.gemm.weights = precision_.activations;
    low.gemm.weight_bits = 0;
    low.gemm.compute = precision_.attention;
    low.gemm.activations = precision_.activations;
    // They are the latent up-projections in another form: a copy of its own only where those are
    // stored narrower. Where nothing expands latents there is no other form.
    low.shares_weights =
        op.rows == Rows::decode && precision_.projections == precision_.activations;
  }
  low.efficiency = &kernel(KernelClass::batched_gemm, low.gemm.weights, low.gemm.compute);
  low.plan = GemmPlan(machine_, *low.efficiency, low.gemm);
}

ExpertShape Lowering::expert_shape(const MoeFfn& moe) const {
  ExpertShape shape;
  shape.routing = {.routing = Routing::served,
                   .tokens = 0,
                   .top_k = moe.active(),
                   .replicas = real(moe.experts) + plan_.redundant_experts,
                   .groups = static_cast<double>(plan_.ep),
                   .skew = machine_.efficiency.runtime.expert_skew,
                   .exponent = 0,
                   .variation = machine_.efficiency.runtime.expert_variation};
  shape.hidden = real(moe.latent > 0 ? moe.latent : model_.hidden);
  shape.inner = real(moe.intermediate) / plan_.expert_slices();
  shape.gated = moe.gated;
  // With data-parallel attention tokens come by an all-to-all (see lower_exchange).
  shape.sorted = plan_.dp > 1 && plan_.ep > 1;
  shape.weights = precision_.experts;
  shape.weight_bits = precision_.bits.experts;
  shape.compute = precision_.expert_compute;
  shape.activations =
      width(shape.compute) == 8 ? precision_.expert_compute : precision_.activations;
  return shape;
}

void Lowering::lower_experts(const Op& op, LoweredOp& low, const LayerGroup& layer) const {
  low.experts = expert_shape(std::get<MoeFfn>(layer.ffn));
  low.part = op.part;
  low.group_factor = plan_.dp;
  low.efficiency = &kernel(KernelClass::grouped_gemm, low.experts.weights, low.experts.compute);
}

void Lowering::lower_grouped_query(const GroupedQueryAttention& gqa, LoweredOp& low) const {
  const bool decode = low.kind == OpKind::attention_decode;
  AttentionShape& shape = low.attention;
  shape.query_heads = real(gqa.heads) / plan_.tp;
  shape.kv_heads = std::max(1.0, real(gqa.kv_heads) / plan_.tp);
  shape.key_dim = real(gqa.head_dim);
  shape.value_dim = real(gqa.value_dim);
  shape.cached_values = shape.key_dim + shape.value_dim;
  shape.span = real(gqa.indexer ? gqa.indexer->top_k : gqa.span);
  shape.chunked = gqa.reach == Reach::chunk;
  const Bytes row = shape.kv_heads * cached_row(shape);
  if (decode && !gqa.shared_kv && gqa.reach == Reach::all) low.cache.per_token = row;
  if (decode && !gqa.shared_kv && gqa.reach != Reach::all) {
    low.cache.span = gqa.span;
    low.cache.per_window_token = row;
  }
  low.efficiency = &kernel(decode ? KernelClass::attention_decode : KernelClass::attention_prefill,
                           attention_format(shape.compute, shape.cache));
}

void Lowering::lower_latent(const LatentAttention& mla, LoweredOp& low) const {
  const bool decode = low.kind == OpKind::attention_decode;
  const double heads = real(mla.heads) / plan_.tp;
  const NumberType compute = precision_.attention;
  low.efficiency = &latent_kernel(mla, decode);
  low.sparse = mla.indexer && sparse_kernels(decode);
  // Latents of prompts are expanded before the kernel reads them, but where each query has keys of
  // its own choice. SGLang runs over latents after a short cached prefix, as its kernels were
  // timed.
  low.attention = decode || mla.indexer
                      ? absorbed_shape(mla, heads, compute, precision_.kv)
                      : expanded_shape(mla, heads, compute, precision_.activations);
  if (mla.indexer) low.attention.span = real(mla.indexer->top_k);
  if (decode) low.cache.per_token = latent_row(mla, precision_.kv);
}

/// One vector is key and value of all heads, on every rank, as a latent is.
void Lowering::lower_compressed(const CompressedAttention& pooled, LoweredOp& low) const {
  const bool decode = low.kind == OpKind::attention_decode;
  AttentionShape& shape = low.attention;
  shape.query_heads = real(pooled.heads) / plan_.tp;
  shape.kv_heads = 1.0;
  shape.key_dim = shape.value_dim = shape.cached_values = real(pooled.head_dim);
  shape.cached_row = entry_row(pooled, precision_.kv);
  shape.span = real(pooled.window);
  shape.pool = real(pooled.ratio);
  shape.pool_span = pooled.indexer ? real(pooled.indexer->top_k) : 0.0;
  if (decode) {
    low.cache = layer_cache(pooled, model_.hidden, precision_.kv);
    // Its index keys are kept by what scores them.
    if (pooled.ratio > 0) low.cache.per_token = shape.cached_row / shape.pool;
  }
  low.efficiency = &kernel(decode ? KernelClass::mla_decode : KernelClass::mla_prefill,
                           attention_format(shape.compute, shape.cache));
}

void Lowering::lower_attention(LoweredOp& low, const LayerGroup& layer) const {
  low.attention.compute = precision_.attention;
  low.attention.cache = precision_.kv;
  low.grows_with_context = low.kind == OpKind::attention_decode;
  if (const GroupedQueryAttention* gqa = grouped_query(layer.attention)) {
    lower_grouped_query(*gqa, low);
  } else if (const auto* mla = std::get_if<LatentAttention>(&layer.attention)) {
    lower_latent(*mla, low);
  } else {
    lower_compressed(std::get<CompressedAttention>(layer.attention), low);
  }
}

/// Kernels that were fitted for sparse attention; where none were, those of all latents stand.
bool Lowering::sparse_kernels(bool decode) const {
  const KernelClass sparse = decode ? KernelClass::sparse_decode : KernelClass::sparse_prefill;
  return machine_.efficiency.kernels->standing_for(sparse) == sparse;
}

const KernelEfficiency& Lowering::latent_kernel(const LatentAttention& mla, bool decode) const {
  const KernelFormat format = attention_format(precision_.attention, precision_.kv);
  if (mla.indexer) {
    return kernel(decode ? KernelClass::sparse_decode : KernelClass::sparse_prefill, format);
  }
  return kernel(decode ? KernelClass::mla_decode : KernelClass::mla_prefill, format);
}

/// Scores of small queries against one key a token or entry; there are no values. Every rank scores
/// with all heads, but where they are those of key-value heads, which are divided.
void Lowering::lower_index(LoweredOp& low, const LayerGroup& layer) const {
  const Indexer& picks = *indexer(layer.attention);
  const bool decode = low.kind == OpKind::index_decode;
  const bool divided = std::holds_alternative<GroupedQueryAttention>(layer.attention);
  const double heads = divided ? std::max(1.0, real(picks.heads) / plan_.tp) : real(picks.heads);
  AttentionShape& shape = low.attention;
  shape = index_shape(heads, real(picks.head_dim), precision_.attention, precision_.kv);
  shape.cached_row = index_row(layer.attention, precision_.kv);
  if (const auto* pooled = std::get_if<CompressedAttention>(&layer.attention)) {
    shape.pool = real(pooled->ratio);
    shape.entries_alone = true;
  }
  if (decode) low.cache.per_token = shape.cached_row / std::max(1.0, shape.pool);
  low.grows_with_context = decode;
  const auto* latent = std::get_if<LatentAttention>(&layer.attention);
  low.sparse = latent != nullptr && sparse_kernels(decode);
  if (low.sparse) {
    shape.span = real(picks.top_k);  // that it picks
    low.efficiency = &latent_kernel(*latent, decode);
    return;
  }
  low.efficiency = &kernel(decode ? KernelClass::attention_decode : KernelClass::attention_prefill,
                           attention_format(shape.compute, shape.cache));
}

/// Kernels of a decay for every value of a key are apart in what was measured.
std::string_view Lowering::library_of(const LinearAttention& linear) {
  return linear.kind == LinearKind::kimi_delta ? "kda" : "";
}

void Lowering::lower_scan(LoweredOp& low, const LayerGroup& layer) const {
  const LinearAttention& linear = *recurrence(layer.attention);
  ScanShape& shape = low.scan;
  shape.heads = real(linear.heads) / plan_.tp;
  shape.key_heads = std::max(1.0, real(linear.key_heads) / plan_.tp);
  shape.key_dim = real(linear.key_dim);
  shape.value_dim = real(linear.value_dim);
  shape.delta_rule = linear.kind == LinearKind::gated_delta ||
                     linear.kind == LinearKind::kimi_delta || linear.kind == LinearKind::rwkv7;
  shape.channels = linear.kind == LinearKind::mamba1;
  shape.compute = precision_.attention;
  shape.state = linear.state;
  if (low.kind == OpKind::scan_decode) {
    low.cache.fixed = layer_cache(linear, model_.hidden, precision_.kv).fixed / plan_.tp;
  }
  low.efficiency = &kernel(
      low.kind == OpKind::scan_decode ? KernelClass::scan_decode : KernelClass::scan_prefill,
      format_of(shape.compute), library_of(linear));
}

void Lowering::lower_convolution(LoweredOp& low, const LayerGroup& layer) const {
  const LinearAttention* linear = recurrence(layer.attention);
  if (linear != nullptr) {
    low.convolution.channels = real(conv_channels(*linear)) / plan_.tp;
    low.convolution.taps = real(linear->conv);
  } else {
    const auto& gated = std::get<GatedConvolution>(layer.attention);
    low.convolution.channels = real(model_.hidden) / plan_.tp;
    low.convolution.taps = real(gated.taps);
    if (low.kind == OpKind::conv_decode) low.cache.fixed = whole_cache(layer).fixed / plan_.tp;
  }
  low.convolution.compute = precision_.attention;
  low.efficiency = &kernel(
      low.kind == OpKind::conv_decode ? KernelClass::conv_decode : KernelClass::conv_prefill,
      format_of(precision_.attention), linear != nullptr ? library_of(*linear) : "");
}

void Lowering::lower_elementwise(const Op& op, LoweredOp& low, const LayerGroup* layer) const {
  // A vocabulary divided by rows is looked up by one rank for each token.
  const double share = op.shard == Shard::rows ? 1.0 / plan_.tp : 1.0;
  low.read = share * local_columns(op, op.k, layer);
  low.written = share * local_columns(op, op.n, layer);
  low.efficiency = &kernel(KernelClass::elementwise, precision_.activations);
}

void Lowering::lower_reduce(const Op& op, LoweredOp& low) const {
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
void Lowering::lower_exchange(const Op& op, LoweredOp& low, const LayerGroup& layer) const {
  low.communicates = true;
  const bool combine = low.kind == OpKind::combine;
  const Bytes wide{op.n * bytes_of(precision_.activations)};
  // Quantised tokens carry one 32-bit scale for each 128 values.
  const bool quantised = width(precision_.exchanged) == 8;
  const Bytes narrow{op.n * (bytes_of(precision_.exchanged) + (quantised ? 4.0 / 128.0 : 0.0))};
  low.bytes_per_row = combine ? wide : narrow;
  low.reduce_group = combine ? plan_.tp : 1;
  if (plan_.dp == 1) return;
  const auto& moe = std::get<MoeFfn>(layer.ffn);
  low.experts = expert_shape(moe);
  low.group_factor = plan_.dp;
  low.exchange_share = 1.0 / plan_.tp;
  if (plan_.ep == 1) {
    low.gather_group = plan_.tp * plan_.dp;
    return;
  }
  low.exchange.ranks = plan_.tp * plan_.dp;
  low.exchange.top_k = moe.active() * plan_.expert_slices();
  low.exchange.limit_domains = moe.groups > 1 ? real(moe.top_groups) : 0.0;
  low.exchange.token_bytes = combine ? wide : narrow;
  low.exchange.experts = (real(moe.experts) + plan_.redundant_experts) * plan_.expert_slices();
  low.exchange.back = combine;
}

}  // namespace infersim::detail
