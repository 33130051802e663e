#include "workload/attention_graph.hpp"

#include "infersim/workload/layer_cache.hpp"
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

/// Sum over the tensor-parallel group; returns it.
std::size_t add_reduce(OpGraph& graph, double hidden, Nodes after) {
  return graph.add(collective("attention_reduce", OpKind::reduce, Rows::all, hidden),
                   std::move(after));
}

/// Output projection and the sum over the tensor-parallel group; returns the last node.
std::size_t add_output(OpGraph& graph, double values, double hidden, Nodes after) {
  const auto o = graph.add(gemm("o", Shard::rows, values, hidden), std::move(after));
  return add_reduce(graph, hidden, {o});
}

/// Scores by which blocks of tokens are picked; the key is one for all heads.
Nodes add_block_index(OpGraph& graph, const Indexer& i, double hidden, std::size_t input) {
  const auto projected = graph.add(
      gemm("index_qk", Shard::replicated, hidden, real((i.heads + 1) * i.head_dim)), {input});
  return add_both(graph, "index", OpKind::index_prefill, OpKind::index_decode, i.heads,
                  {projected});
}

/// Everything of grouped-query attention before its output projection; returns the last nodes.
Nodes add_heads(OpGraph& graph, const GroupedQueryAttention& a, double hidden, std::size_t after) {
  const double q = real(a.heads * a.head_dim);
  const double out = real(a.heads * a.value_dim);
  const Count made = a.head_dim + (a.keys_as_values ? 0 : a.value_dim);
  const double kv = a.shared_kv ? 0 : real(a.kv_heads * made);
  const double columns = q + kv + (a.output_gate ? out : 0);
  std::size_t projected = 0;
  if (a.q_lora_rank > 0) {  // every rank makes the latent and all keys and values
    const double rank = real(a.q_lora_rank);
    const auto down = graph.add(gemm("qkv_a", Shard::replicated, hidden, rank + kv), {after});
    const auto normed =
        graph.add(elementwise("latent_norm", Shard::replicated, rank, rank), {down});
    projected = graph.add(gemm("q_b", Shard::columns, rank, columns - kv), {normed});
  } else {
    projected = graph.add(gemm("qkv", Shard::heads, hidden, columns), {after});
  }
  // One pass over q, k and v: their norms if there are any, the rotation, and the cache write.
  const double written_values =
      a.keys_as_values && !a.shared_kv ? columns + real(a.kv_heads * a.value_dim) : columns;
  const auto written =
      graph.add(elementwise("rope_kv_write", Shard::heads, columns, written_values), {projected});
  Nodes ready = {written};
  if (a.indexer && !a.indexer->shared) {
    const Nodes picked = add_block_index(graph, *a.indexer, hidden, after);
    ready.insert(ready.end(), picked.begin(), picked.end());
  }
  Nodes attended = add_both(graph, "attention", OpKind::attention_prefill, OpKind::attention_decode,
                            a.heads, ready);
  if (a.output_gate) {
    attended = {graph.add(elementwise("output_gate", Shard::columns, 2 * out, out), attended)};
  }
  return attended;
}

std::size_t add(OpGraph& graph, const GroupedQueryAttention& a, double hidden, std::size_t after) {
  return add_output(graph, real(a.heads * a.value_dim), hidden, add_heads(graph, a, hidden, after));
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
  op.role = Role::attention;
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
    Nodes ready = {latent, absorbed};
    if (!a.indexer->shared) {
      const Nodes picked = add_indexer(graph, *a.indexer, compressed ? q_lora : hidden, hidden,
                                       after, compressed ? latent : after);
      ready.insert(ready.end(), picked.begin(), picked.end());
    }
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

/// Tokens become entries: values and scores of all that an entry pools, and the weighted sum.
std::size_t add_pooling(OpGraph& graph, const CompressedAttention& a, double hidden,
                        std::size_t input) {
  const double overlap = a.indexer ? 2 : 1;
  const double index_dim = a.indexer ? real(a.indexer->head_dim) : 0;
  const double values = overlap * (real(a.head_dim) + index_dim);
  const auto made = graph.add(gemm("compress", Shard::replicated, hidden, 2 * values), {input});
  return graph.add(elementwise("compress_pool", Shard::replicated, 2 * values,
                               2 * values + values / real(a.ratio)),
                   {made});
}

std::size_t add(OpGraph& graph, const CompressedAttention& a, double hidden, std::size_t after) {
  const double q = real(a.heads * a.head_dim);
  const double rank = real(a.q_lora_rank);
  const double latents = rank + real(a.head_dim);
  // The latent of queries and the vector of keys and values are shared by all heads.
  const auto down = graph.add(gemm("qkv_a", Shard::replicated, hidden, latents), {after});
  const auto latent =
      graph.add(elementwise("latent_norm_kv_write", Shard::replicated, latents, latents), {down});
  const auto queries = graph.add(gemm("q_b", Shard::columns, rank, q), {latent});
  const auto rotated = graph.add(elementwise("norm_rope", Shard::columns, q, q), {queries});
  Nodes ready = {latent, rotated};
  if (a.ratio > 0) ready.push_back(add_pooling(graph, a, hidden, after));
  if (a.indexer) {
    const auto index_q = graph.add(
        gemm("index_q", Shard::replicated, rank, real(a.indexer->heads * a.indexer->head_dim)),
        {latent});
    const auto weights =
        graph.add(gemm("index_w", Shard::replicated, hidden, real(a.indexer->heads)), {after});
    const Nodes scored = add_both(graph, "index", OpKind::index_prefill, OpKind::index_decode,
                                  a.indexer->heads, {index_q, weights, ready.back()});
    for (const std::size_t node : scored)
      graph.ops[node].shard = Shard::replicated;
    ready.insert(ready.end(), scored.begin(), scored.end());
  }
  const Nodes attended = add_both(graph, "attention", OpKind::attention_prefill,
                                  OpKind::attention_decode, a.heads, ready);
  // The rotation of values is undone; then each group of heads is projected by itself.
  const double turned = real(a.heads * a.rope_dim);
  const auto back = graph.add(elementwise("rope_back", Shard::columns, turned, turned), attended);
  Op groups = gemm("o_a", Shard::columns, q / real(a.o_groups), real(a.o_lora_rank));
  groups.kind = OpKind::batched_gemm;
  groups.heads = real(a.o_groups);
  const auto narrow = graph.add(std::move(groups), {back});
  return add_output(graph, real(a.o_groups * a.o_lora_rank), hidden, {narrow});
}

/// Columns that the input projection makes beside queries, keys, values and output gate.
double scalar_gates(const LinearAttention& a) {
  switch (a.kind) {
    case LinearKind::lightning:
    case LinearKind::mamba1:
    case LinearKind::rwkv7: return 0;
    case LinearKind::mamba2: return real(a.heads);           // dt
    case LinearKind::gated_delta: return 2 * real(a.heads);  // alpha, beta
    case LinearKind::kimi_delta: return real(a.heads);       // beta
  }
  return 0;
}

/// Convolution and scan of what the input projection made, and the gate of their output.
Nodes add_scan(OpGraph& graph, const LinearAttention& a, std::size_t ready) {
  const double values = real(a.heads * a.value_dim);
  const double channels = real(conv_channels(a));
  // One pass over queries, keys and values: short convolution, activation, norms.
  Nodes passed =
      a.conv > 0
          ? add_both(graph, "conv", OpKind::conv_prefill, OpKind::conv_decode, a.heads, {ready})
          : Nodes{graph.add(elementwise("scan_activation", Shard::columns, channels, channels),
                            {ready})};
  if (a.kind == LinearKind::mamba1) {
    // Step size, B and C come from the convolution's output; channels are divided over ranks.
    const double rank = real(a.ranks.decay);
    const double inputs = rank + 2 * real(a.key_dim);
    const auto x = graph.add(gemm("scan_inputs", Shard::rows, values, inputs), passed);
    const auto summed =
        graph.add(collective("scan_inputs_reduce", OpKind::reduce, Rows::all, inputs), {x});
    passed = {graph.add(gemm("scan_step", Shard::columns, rank, values), {summed})};
  }
  const Nodes scanned =
      add_both(graph, "scan", OpKind::scan_prefill, OpKind::scan_decode, a.heads, passed);
  return {graph.add(elementwise("norm_gate", Shard::columns, 2 * values, values), scanned)};
}

/// Everything of a recurrence before its output projection; returns the last nodes.
Nodes add_recurrence(OpGraph& graph, const LinearAttention& a, double hidden, std::size_t after) {
  const double keys = real(a.key_heads * a.key_dim);
  const double values = real(a.heads * a.value_dim);
  const double channels = real(conv_channels(a));
  if (a.kind == LinearKind::rwkv7) {
    // Each token is mixed with the one before it, once for each input.
    const double low = real(a.ranks.decay + a.ranks.rate + a.ranks.value + a.ranks.gate);
    const auto shifted =
        graph.add(elementwise("token_shift", Shard::replicated, 2 * hidden, 6 * hidden), {after});
    const auto in = graph.add(gemm("linear_in", Shard::columns, hidden, channels), {shifted});
    const auto down = graph.add(gemm("gates_down", Shard::replicated, hidden, low), {shifted});
    const auto up = graph.add(gemm("gates_up", Shard::columns, low, values), {down});
    const auto joined = graph.add(
        elementwise("mix_gates", Shard::columns, channels + 4 * values, channels), {in, up});
    return add_scan(graph, a, joined);
  }
  const bool low_rank = a.kind == LinearKind::kimi_delta;
  const double rank = real(a.value_dim);
  // Decay and output gate of Kimi Linear pass through a small rank of their own.
  const double columns = channels + scalar_gates(a) + (low_rank ? 2 * rank : values);
  auto ready = graph.add(gemm("linear_in", Shard::columns, hidden, columns), {after});
  if (low_rank) {
    ready = graph.add(gemm("linear_gates", Shard::columns, rank, keys + values), {ready});
  }
  return add_scan(graph, a, ready);
}

std::size_t add(OpGraph& graph, const LinearAttention& a, double hidden, std::size_t after) {
  return add_output(graph, real(a.heads * a.value_dim), hidden,
                    add_recurrence(graph, a, hidden, after));
}

std::size_t add(OpGraph& graph, const ParallelMixers& a, double hidden, std::size_t after) {
  const GroupedQueryAttention& heads = a.attention;
  const LinearAttention& states = a.recurrence;
  const auto attended =
      graph.add(gemm("o", Shard::rows, real(heads.heads * heads.value_dim), hidden),
                add_heads(graph, heads, hidden, after));
  const auto scanned =
      graph.add(gemm("linear_o", Shard::rows, real(states.heads * states.value_dim), hidden),
                add_recurrence(graph, states, hidden, after));
  const auto sum = graph.add(elementwise("mixer_add", Shard::replicated, 2 * hidden, hidden),
                             {attended, scanned});
  return add_reduce(graph, hidden, {sum});
}

std::size_t add(OpGraph& graph, const GatedConvolution&, double hidden, std::size_t after) {
  const auto in = graph.add(gemm("conv_in", Shard::columns, hidden, 3 * hidden), {after});
  const auto gated = graph.add(elementwise("input_gate", Shard::columns, 2 * hidden, hidden), {in});
  const Nodes passed =
      add_both(graph, "conv", OpKind::conv_prefill, OpKind::conv_decode, 1, {gated});
  const auto out =
      graph.add(elementwise("output_gate", Shard::columns, 2 * hidden, hidden), passed);
  return add_output(graph, hidden, hidden, {out});
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
