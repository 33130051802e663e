#include "workload/attention_graph.hpp"

#include "infersim/workload/parameters.hpp"
#include "workload/graph_parts.hpp"

namespace infersim::detail {
namespace {

Op attention_op(std::string name, OpKind kind, Rows rows, Count heads) {
  return {.name = std::move(name),
          .op_class = "attention",
          .kind = kind,
          .rows = rows,
          .shard = Shard::columns,
          .role = Role::attention,
          .heads = real(heads)};
}

/// The same operator of new tokens and of decoding sequences.
Nodes add_both(OpGraph& graph, const std::string& name, OpKind prefill, OpKind decode, Count heads,
               const Nodes& after) {
  return {graph.add(attention_op(name + "_prefill", prefill, Rows::prefill, heads), after),
          graph.add(attention_op(name + "_decode", decode, Rows::decode, heads), after)};
}

/// Output projection and the sum over the tensor-parallel group; returns the last node.
std::size_t add_output(OpGraph& graph, double values, double hidden, Nodes after) {
  const auto o = graph.add(gemm("o", Shard::rows, values, hidden), std::move(after));
  return graph.add(collective("attention_reduce", OpKind::reduce, Rows::all, hidden), {o});
}

std::size_t add(OpGraph& graph, const GroupedQueryAttention& a, double hidden, std::size_t after) {
  const double q = real(a.heads * a.head_dim);
  const double out = real(a.heads * a.value_dim);
  const double kv = a.shared_kv ? 0 : real(a.kv_heads * (a.head_dim + a.value_dim));
  const double columns = q + kv + (a.output_gate ? out : 0);
  const auto projected = graph.add(gemm("qkv", Shard::heads, hidden, columns), {after});
  // One pass over q, k and v: their norms if there are any, the rotation, and the cache write.
  const auto written =
      graph.add(elementwise("rope_kv_write", Shard::heads, columns, columns), {projected});
  Nodes attended = add_both(graph, "attention", OpKind::attention_prefill, OpKind::attention_decode,
                            a.heads, {written});
  if (a.output_gate) {
    attended = {graph.add(elementwise("output_gate", Shard::columns, 2 * out, out), attended)};
  }
  return add_output(graph, out, hidden, std::move(attended));
}

/// Scores of an indexer, whose queries come from `latent`: each rank makes all of them.
Nodes add_indexer(OpGraph& graph, const Indexer& i, double query_width, double hidden,
                  std::size_t input, std::size_t latent) {
  const auto queries = graph.add(
      gemm("index_q", Shard::replicated, query_width, real(i.heads * i.head_dim)), {latent});
  // The key, and a weight for each head.
  const auto keys =
      graph.add(gemm("index_k", Shard::replicated, hidden, real(i.head_dim + i.heads)), {input});
  const Nodes scored = add_both(graph, "index", OpKind::index_prefill, OpKind::index_decode,
                                i.heads, {queries, keys});
  for (const std::size_t node : scored)
    graph.ops[node].shard = Shard::replicated;
  return scored;
}

/// The two halves of the latent up-projection, applied to queries and outputs instead.
Op absorb(const char* name, Rows rows, double heads, double k, double n) {
  Op op = on(rows, gemm(name, Shard::columns, k, n));
  op.kind = OpKind::batched_gemm;
  op.heads = heads;
  return op;
}

std::size_t add(OpGraph& graph, const LatentAttention& a, double hidden, std::size_t after) {
  const double heads = real(a.heads);
  const double q_lora = real(a.q_lora_rank);
  const double kv_lora = real(a.kv_lora_rank);
  const double nope = real(a.nope_dim);
  const double rope = real(a.rope_dim);
  const double v = real(a.v_dim);
  const double q = heads * (nope + rope);

  // The latents are shared by all heads, so every rank computes and caches them whole. With query
  // compression both down-projections are one GEMM.
  const bool compressed = a.q_lora_rank > 0;
  const double latents = q_lora + kv_lora + rope;
  const auto down =
      graph.add(gemm(compressed ? "qkv_a" : "kv_a", Shard::replicated, hidden, latents), {after});
  const auto latent =
      graph.add(elementwise("latent_norm_kv_write", Shard::replicated, latents, latents), {down});
  const auto queries = compressed ? graph.add(gemm("q_b", Shard::columns, q_lora, q), {latent})
                                  : graph.add(gemm("q", Shard::columns, hidden, q), {after});
  const auto rotated =
      graph.add(elementwise("rope", Shard::columns, heads * rope, heads * rope), {queries});

  if (a.indexer) {
    // Each query reads keys of its own choice: nothing is gained by expanding latents for all.
    const auto absorbed = graph.add(absorb("absorb_q", Rows::all, heads, nope, kv_lora), {rotated});
    Nodes ready = add_indexer(graph, *a.indexer, compressed ? q_lora : hidden, hidden, after,
                              compressed ? latent : after);
    ready.insert(ready.end(), {latent, absorbed});
    const Nodes attended = add_both(graph, "attention", OpKind::attention_prefill,
                                    OpKind::attention_decode, a.heads, ready);
    const auto values = graph.add(absorb("absorb_v", Rows::all, heads, kv_lora, v), attended);
    return add_output(graph, heads * v, hidden, {values});
  }

  // Prefill: keys and values in full, of every new token and of those cached before them.
  Op kv_b = gemm("kv_b", Shard::columns, kv_lora, heads * (nope + v));
  const auto up = graph.add(on(Rows::prefill_context, std::move(kv_b)), {latent});
  const auto prefill = graph.add(
      attention_op("attention_prefill", OpKind::attention_prefill, Rows::prefill, a.heads),
      {rotated, up});

  const auto absorbed =
      graph.add(absorb("absorb_q", Rows::decode, heads, nope, kv_lora), {rotated});
  const auto decode =
      graph.add(attention_op("attention_decode", OpKind::attention_decode, Rows::decode, a.heads),
                {latent, absorbed});
  const auto values = graph.add(absorb("absorb_v", Rows::decode, heads, kv_lora, v), {decode});
  return add_output(graph, heads * v, hidden, {prefill, values});
}

/// Columns that the input projection makes beside queries, keys, values and output gate.
double scalar_gates(const LinearAttention& a) {
  switch (a.kind) {
    case LinearKind::lightning: return 0;
    case LinearKind::mamba2: return real(a.heads);           // dt
    case LinearKind::gated_delta: return 2 * real(a.heads);  // alpha, beta
    case LinearKind::kimi_delta: return real(a.heads);       // beta
  }
  return 0;
}

std::size_t add(OpGraph& graph, const LinearAttention& a, double hidden, std::size_t after) {
  const double keys = real(a.key_heads * a.key_dim);
  const double values = real(a.heads * a.value_dim);
  const double channels = real(conv_channels(a));
  const bool low_rank = a.kind == LinearKind::kimi_delta;
  const double rank = real(a.value_dim);
  // Decay and output gate of Kimi Linear pass through a small rank of their own.
  const double columns = channels + scalar_gates(a) + (low_rank ? 2 * rank : values);
  auto ready = graph.add(gemm("linear_in", Shard::columns, hidden, columns), {after});
  if (low_rank) {
    ready = graph.add(gemm("linear_gates", Shard::columns, rank, keys + values), {ready});
  }
  // One pass over queries, keys and values: short convolution, activation, norms.
  const Nodes passed =
      a.conv > 0
          ? add_both(graph, "conv", OpKind::conv_prefill, OpKind::conv_decode, a.heads, {ready})
          : Nodes{
                graph.add(elementwise("activation", Shard::columns, channels, channels), {ready})};
  const Nodes scanned =
      add_both(graph, "scan", OpKind::scan_prefill, OpKind::scan_decode, a.heads, passed);
  const auto gated =
      graph.add(elementwise("norm_gate", Shard::columns, 2 * values, values), scanned);
  return add_output(graph, values, hidden, {gated});
}

std::size_t add(OpGraph&, const None&, double, std::size_t after) { return after; }

}  // namespace

std::size_t add_attention(OpGraph& graph, const Attention& attention, double hidden,
                          std::size_t after) {
  const std::size_t first = graph.ops.size();
  const std::size_t last =
      std::visit([&](const auto& a) { return add(graph, a, hidden, after); }, attention);
  for (std::size_t i = first; i < graph.ops.size(); ++i) {
    if (graph.ops[i].role == Role::linear) graph.ops[i].role = Role::projection;
  }
  return last;
}

}  // namespace infersim::detail
