#include "infersim/workload/op_graph.hpp"

#include <array>
#include <cassert>
#include <utility>

#include "workload/attention_graph.hpp"
#include "workload/ffn_graph.hpp"
#include "workload/graph_parts.hpp"

namespace infersim {

namespace {

using detail::collective;
using detail::elementwise;
using detail::gemm;
using detail::Nodes;
using detail::on;
using detail::real;
using detail::residual_norm;

bool has_streams(const ModelSpec& model, StreamKind kind) {
  return model.streams && model.streams->kind == kind;
}

/// What a block does to the residual streams around it.
class Residual {
 public:
  Residual(OpGraph& graph, const ModelSpec& model)
      : graph_(graph), model_(model), hidden_(real(model.hidden)) {}

  /// The block's input: the sum of what came before, normalised; or a mixture of all streams.
  std::size_t read(const std::string& name, const char* norm, Nodes before) {
    if (!hyper()) return graph_.add(residual_norm(norm, hidden_), std::move(before));
    const double n = streams();
    // What weights streams is computed in full precision, as a router.
    Op weights = gemm(name + "_stream_weights", Shard::replicated, n * hidden_, (2 + n) * n);
    weights.role = Role::router;
    const auto weighted = graph_.add(std::move(weights), std::move(before));
    return graph_.add(elementwise(norm, Shard::replicated, n * hidden_, hidden_), {weighted});
  }

  /// After the block: in some models a norm of what it adds, and what writes to all streams.
  std::size_t write(const std::string& name, std::size_t last) {
    if (model_.post_norms) {
      last =
          graph_.add(elementwise(name + "_post_norm", Shard::replicated, hidden_, hidden_), {last});
    }
    if (!hyper()) return last;
    const double n = streams();
    return graph_.add(
        elementwise(name + "_stream_write", Shard::replicated, (n + 1) * hidden_, n * hidden_),
        {last});
  }

  /// Alternating updates: all streams are predicted before a layer and corrected after it.
  Nodes predict(Nodes before) {
    if (!alternating()) return before;
    const double all = streams() * hidden_;
    return {
        graph_.add(elementwise("streams_predict", Shard::replicated, all, all), std::move(before))};
  }
  std::size_t correct(std::size_t last) {
    if (!alternating()) return last;
    const double all = streams() * hidden_;
    return graph_.add(elementwise("streams_correct", Shard::replicated, all + hidden_, all),
                      {last});
  }

 private:
  [[nodiscard]] double streams() const { return real(model_.streams->count); }
  [[nodiscard]] bool hyper() const { return has_streams(model_, StreamKind::hyper_connections); }
  [[nodiscard]] bool alternating() const {
    return has_streams(model_, StreamKind::alternating_updates);
  }

  OpGraph& graph_;
  const ModelSpec& model_;
  double hidden_;
};

/// A learned residual of low rank beside attention; returns the node that adds both.
std::size_t add_laurel(OpGraph& graph, const ModelSpec& model, std::size_t input,
                       std::size_t attended) {
  const double hidden = real(model.hidden);
  const double rank = real(model.laurel);
  const auto down = graph.add(gemm("laurel_down", Shard::replicated, hidden, rank), {input});
  const auto up = graph.add(gemm("laurel_up", Shard::replicated, rank, hidden), {down});
  return graph.add(elementwise("laurel_add", Shard::replicated, 3 * hidden, hidden),
                   {up, attended});
}

/// The token's own embedding for this layer, gated into the stream.
std::size_t add_per_layer(OpGraph& graph, const ModelSpec& model, std::size_t last) {
  const double hidden = real(model.hidden);
  const double width = real(model.per_layer->width);
  const auto gate = graph.add(gemm("layer_input_gate", Shard::replicated, hidden, width), {last});
  const auto gated =
      graph.add(elementwise("layer_input", Shard::replicated, 2 * width, width), {gate});
  const auto up = graph.add(gemm("layer_input_up", Shard::replicated, width, hidden), {gated});
  return graph.add(elementwise("layer_input_add", Shard::replicated, 2 * hidden, hidden), {up});
}

/// Adds the layer after node `before` (none: the layer starts the graph); returns its last node.
std::size_t add_layer(OpGraph& graph, const ModelSpec& model, const LayerGroup& group,
                      Nodes before) {
  const double hidden = real(model.hidden);
  Residual residual(graph, model);
  std::size_t last = 0;
  const auto add_block = [&](const std::string& name, const char* norm, auto add) {
    last = residual.write(name, add(residual.read(name, norm, std::move(before))));
    before = {last};
  };
  before = residual.predict(std::move(before));
  if (!std::holds_alternative<None>(group.attention)) {
    add_block("attention", "input_norm", [&](std::size_t input) {
      const std::size_t attended = detail::add_attention(graph, group.attention, hidden, input);
      return model.laurel > 0 ? add_laurel(graph, model, input, attended) : attended;
    });
  }
  if (!std::holds_alternative<None>(group.ffn)) {
    add_block("ffn", "post_norm",
              [&](std::size_t input) { return detail::add_ffn(graph, group.ffn, hidden, input); });
  }
  last = residual.correct(last);
  return model.per_layer ? add_per_layer(graph, model, last) : last;
}

/// Projections out of the first residual stream into each other one, or back from each.
std::size_t add_ways(OpGraph& graph, const ModelSpec& model, const std::string& name, Rows rows,
                     Nodes before) {
  const double hidden = real(model.hidden);
  const double others = real(model.streams->count - 1);
  return graph.add(on(rows, gemm(name, Shard::replicated, hidden, others * hidden)),
                   std::move(before));
}

std::size_t add_embedding(OpGraph& graph, const ModelSpec& model) {
  const double hidden = real(model.hidden);
  Op embedding = elementwise("embedding", Shard::rows, hidden, hidden);
  embedding.kind = OpKind::embedding;
  embedding.role = Role::head;
  const auto row = graph.add(std::move(embedding), {});
  return graph.add(collective("embedding_reduce", OpKind::reduce, Rows::all, hidden), {row});
}

/// Each token's further embeddings for all layers, added to a projection of its own; returns the
/// last node.
std::size_t add_layer_inputs(OpGraph& graph, const ModelSpec& model, std::size_t embedded) {
  const double all = real(model.layer_count() * model.per_layer->width);
  Op rows = elementwise("layer_inputs", Shard::replicated, all, all);
  rows.kind = OpKind::embedding;
  rows.role = Role::head;
  const auto looked_up = graph.add(std::move(rows), {embedded});
  const auto projected = graph.add(
      gemm("layer_inputs_projection", Shard::replicated, real(model.hidden), all), {embedded});
  return graph.add(elementwise("layer_inputs_add", Shard::replicated, 2 * all, all),
                   {looked_up, projected});
}

void add_output_head(OpGraph& graph, const ModelSpec& model, Nodes before) {
  const double vocab = real(model.vocab);
  const double hidden = real(model.hidden);
  if (has_streams(model, StreamKind::hyper_connections)) {
    const double n = real(model.streams->count);
    Op weights = on(Rows::sampled, gemm("stream_weights", Shard::replicated, n * hidden, n));
    weights.role = Role::router;
    const auto weighted = graph.add(std::move(weights), std::move(before));
    before = {graph.add(
        on(Rows::sampled, elementwise("stream_sum", Shard::replicated, n * hidden, hidden)),
        {weighted})};
  }
  const auto norm =
      graph.add(on(Rows::sampled, residual_norm("final_norm", hidden)), std::move(before));
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
  constexpr std::array<std::string_view, 16> names = {"gemm",
                                                      "batched_gemm",
                                                      "experts",
                                                      "attention_prefill",
                                                      "attention_decode",
                                                      "index_prefill",
                                                      "index_decode",
                                                      "scan_prefill",
                                                      "scan_decode",
                                                      "conv_prefill",
                                                      "conv_decode",
                                                      "elementwise",
                                                      "embedding",
                                                      "reduce",
                                                      "dispatch",
                                                      "combine"};
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
  std::size_t last = add_embedding(graph, model);
  if (model.per_layer) last = add_layer_inputs(graph, model, last);
  if (has_streams(model, StreamKind::alternating_updates)) {
    add_ways(graph, model, "streams_out", Rows::all, {last});
  }
  return graph;
}

OpGraph output_graph(const ModelSpec& model) {
  OpGraph graph;
  Nodes before;
  if (has_streams(model, StreamKind::alternating_updates)) {
    before = {add_ways(graph, model, "streams_back", Rows::sampled, {})};
  }
  add_output_head(graph, model, before);
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
