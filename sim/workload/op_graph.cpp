#include "infersim/workload/op_graph.hpp"

#include <array>
#include <cassert>
#include <utility>

namespace infersim {

namespace {

using Nodes = std::vector<std::size_t>;

double real(Count count) { return static_cast<double>(count); }

Op gemm(std::string name, Shard shard, double k, double n) {
  return {.name = std::move(name),
          .op_class = "linear",
          .kind = OpKind::gemm,
          .shard = shard,
          .n = n,
          .k = k};
}

/// Reads `reads` and writes `writes` values for each row.
Op elementwise(std::string name, Shard shard, double reads, double writes) {
  return {.name = std::move(name),
          .op_class = "elementwise",
          .kind = OpKind::elementwise,
          .shard = shard,
          .role = Role::attention,
          .n = writes,
          .k = reads};
}

/// Adds the incoming branch to the residual stream and normalises the sum: two streams in, two out.
Op residual_norm(std::string name, double hidden) {
  return elementwise(std::move(name), Shard::replicated, 2 * hidden, 2 * hidden);
}

/// Tokens travel to experts as these read them; sums are formed in the wider type of activations.
Op collective(std::string name, OpKind kind, Rows rows, double values) {
  return {.name = std::move(name),
          .op_class = "collective",
          .kind = kind,
          .rows = rows,
          .role = kind == OpKind::dispatch ? Role::linear : Role::attention,
          .n = values,
          .k = values};
}

Op attention(std::string name, OpKind kind, Rows rows, Count heads) {
  return {.name = std::move(name),
          .op_class = "attention",
          .kind = kind,
          .rows = rows,
          .shard = Shard::columns,
          .role = Role::attention,
          .heads = real(heads)};
}

Op on(Rows rows, Op op) {
  op.rows = rows;
  return op;
}

/// Output projection and the sum over the tensor-parallel group; returns the last node.
std::size_t add_output(OpGraph& graph, double values, double hidden, Nodes after) {
  const auto o = graph.add(gemm("o", Shard::rows, values, hidden), std::move(after));
  return graph.add(collective("attention_reduce", OpKind::reduce, Rows::all, hidden), {o});
}

std::size_t add_attention(OpGraph& graph, const GroupedQueryAttention& a, double hidden,
                          std::size_t after) {
  const double q = real(a.heads) * real(a.head_dim);
  const double qkv = q + 2 * real(a.kv_heads) * real(a.head_dim);
  const auto projected = graph.add(gemm("qkv", Shard::heads, hidden, qkv), {after});
  // One pass over q, k and v: their norms if there are any, the rotation, and the cache write.
  const auto written = graph.add(elementwise("rope_kv_write", Shard::heads, qkv, qkv), {projected});
  const auto prefill = graph.add(
      attention("attention_prefill", OpKind::attention_prefill, Rows::prefill, a.heads), {written});
  const auto decode = graph.add(
      attention("attention_decode", OpKind::attention_decode, Rows::decode, a.heads), {written});
  return add_output(graph, q, hidden, {prefill, decode});
}

std::size_t add_attention(OpGraph& graph, const LatentAttention& a, double hidden,
                          std::size_t after) {
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

  // Prefill: keys and values in full, of every new token and of those cached before them.
  Op kv_b = gemm("kv_b", Shard::columns, kv_lora, heads * (nope + v));
  const auto up = graph.add(on(Rows::prefill_context, std::move(kv_b)), {latent});
  const auto prefill =
      graph.add(attention("attention_prefill", OpKind::attention_prefill, Rows::prefill, a.heads),
                {rotated, up});

  // Decode: the two halves of the same up-projection, applied to queries and outputs instead.
  Op absorb_q = on(Rows::decode, gemm("absorb_q", Shard::columns, nope, kv_lora));
  Op absorb_v = on(Rows::decode, gemm("absorb_v", Shard::columns, kv_lora, v));
  for (Op* op : {&absorb_q, &absorb_v}) {
    op->kind = OpKind::batched_gemm;
    op->heads = heads;
  }
  const auto absorbed = graph.add(std::move(absorb_q), {rotated});
  const auto decode =
      graph.add(attention("attention_decode", OpKind::attention_decode, Rows::decode, a.heads),
                {latent, absorbed});
  const auto values = graph.add(std::move(absorb_v), {decode});
  return add_output(graph, heads * v, hidden, {prefill, values});
}

/// Gate and up as one GEMM, activation, down; `prefix` tells branches apart. Returns the last node.
std::size_t add_gated(OpGraph& graph, const std::string& prefix, double hidden, double intermediate,
                      std::size_t after) {
  const auto up =
      graph.add(gemm(prefix + "gate_up", Shard::columns, hidden, 2 * intermediate), {after});
  const auto active = graph.add(
      elementwise(prefix + "activation", Shard::columns, 2 * intermediate, intermediate), {up});
  return graph.add(gemm(prefix + "down", Shard::rows, intermediate, hidden), {active});
}

void add_ffn(OpGraph& graph, const DenseFfn& ffn, double hidden, std::size_t after) {
  const auto down = add_gated(graph, "", hidden, real(ffn.intermediate), after);
  graph.add(collective("ffn_reduce", OpKind::reduce, Rows::all, hidden), {down});
}

Op grouped_gemm(std::string name, Shard shard, double k, double n) {
  Op op = on(Rows::routed, gemm(std::move(name), shard, k, n));
  op.op_class = "experts";
  op.kind = OpKind::grouped_gemm;
  return op;
}

void add_ffn(OpGraph& graph, const MoeFfn& ffn, double hidden, std::size_t after) {
  const double intermediate = real(ffn.intermediate);
  Op router = gemm("router", Shard::replicated, hidden, real(ffn.experts));
  router.role = Role::router;
  const auto scores = graph.add(std::move(router), {after});
  const auto chosen = graph.add(  // an expert number and a weight for each choice
      elementwise("topk", Shard::replicated, real(ffn.experts), 2 * real(ffn.top_k)), {scores});
  const auto sent =
      graph.add(collective("dispatch", OpKind::dispatch, Rows::routed, hidden), {chosen});
  const auto up =
      graph.add(grouped_gemm("experts_up", Shard::columns, hidden, 2 * intermediate), {sent});
  const auto active = graph.add(on(Rows::routed, elementwise("experts_activation", Shard::columns,
                                                             2 * intermediate, intermediate)),
                                {up});
  const auto down =
      graph.add(grouped_gemm("experts_down", Shard::rows, intermediate, hidden), {active});
  const auto combined =
      graph.add(collective("combine", OpKind::combine, Rows::routed, hidden), {down});

  // The shared experts see every token and can run while tokens travel. Where they are divided,
  // their partial sums are added to those of the routed experts before the combine's own reduction:
  // they need none of theirs.
  // The sum over a token's copies is part of the experts' kernel (or of the combine).
  if (ffn.shared_intermediate > 0) {
    const auto shared = add_gated(graph, "shared_", hidden, real(ffn.shared_intermediate), after);
    graph.add(elementwise("ffn_add", Shard::replicated, 2 * hidden, hidden), {combined, shared});
  }
}

/// Adds the layer after node `before` (none: the layer starts the graph); returns its last node.
std::size_t add_layer(OpGraph& graph, const ModelSpec& model, const LayerGroup& group,
                      Nodes before) {
  const double hidden = real(model.hidden);
  const auto input = graph.add(residual_norm("input_norm", hidden), std::move(before));
  const auto attended = std::visit(
      [&](const auto& a) { return add_attention(graph, a, hidden, input); }, group.attention);
  const auto post = graph.add(residual_norm("post_norm", hidden), {attended});
  std::visit([&](const auto& ffn) { add_ffn(graph, ffn, hidden, post); }, group.ffn);
  return graph.ops.size() - 1;
}

std::size_t add_embedding(OpGraph& graph, const ModelSpec& model) {
  const double hidden = real(model.hidden);
  Op embedding = elementwise("embedding", Shard::rows, hidden, hidden);
  embedding.kind = OpKind::embedding;
  embedding.role = Role::head;
  const auto row = graph.add(std::move(embedding), {});
  return graph.add(collective("embedding_reduce", OpKind::reduce, Rows::all, hidden), {row});
}

void add_output_head(OpGraph& graph, const ModelSpec& model, Nodes before) {
  const double vocab = real(model.vocab);
  const auto norm = graph.add(on(Rows::sampled, residual_norm("final_norm", real(model.hidden))),
                              std::move(before));
  Op head = on(Rows::sampled, gemm("head", Shard::columns, real(model.hidden), vocab));
  head.op_class = "head";
  head.role = Role::head;
  const auto logits = graph.add(std::move(head), {norm});
  const auto best =
      graph.add(on(Rows::sampled, elementwise("sampling", Shard::columns, vocab, 2)), {logits});
  // Each rank's best token and its score.
  graph.add(collective("sampling_reduce", OpKind::reduce, Rows::sampled, 2), {best});
}

}  // namespace

std::string_view name(OpKind kind) {
  constexpr std::array<std::string_view, 10> names = {
      "gemm",        "batched_gemm", "grouped_gemm", "attention_prefill", "attention_decode",
      "elementwise", "embedding",    "reduce",       "dispatch",          "combine"};
  return names[static_cast<std::size_t>(kind)];
}

std::size_t OpGraph::add(Op op, std::vector<std::size_t> after) {
  const std::size_t number = ops.size();
  for (const std::size_t from : after) {
    assert(from < number);
    edges.push_back({.from = from, .to = number});
  }
  ops.push_back(std::move(op));
  return number;
}

OpGraph layer_graph(const ModelSpec& model, const LayerGroup& group) {
  OpGraph graph;
  add_layer(graph, model, group, {});
  return graph;
}

OpGraph input_graph(const ModelSpec& model) {
  OpGraph graph;
  add_embedding(graph, model);
  return graph;
}

OpGraph output_graph(const ModelSpec& model) {
  OpGraph graph;
  add_output_head(graph, model, {});
  return graph;
}

OpGraph mtp_graph(const ModelSpec& model) {
  assert(model.mtp);
  const double hidden = real(model.hidden);
  OpGraph graph;
  const auto embedded = add_embedding(graph, model);
  const auto norms =
      graph.add(elementwise("mtp_norms", Shard::replicated, 2 * hidden, 2 * hidden), {embedded});
  const auto joined =
      graph.add(gemm("mtp_projection", Shard::replicated, 2 * hidden, hidden), {norms});
  const auto last = add_layer(graph, model, *model.mtp, {joined});
  add_output_head(graph, model, {last});
  return graph;
}

}  // namespace infersim
