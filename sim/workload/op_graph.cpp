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

/// Adds the layer after node `before` (none: the layer starts the graph); returns its last node.
std::size_t add_layer(OpGraph& graph, const ModelSpec& model, const LayerGroup& group,
                      Nodes before) {
  const double hidden = real(model.hidden);
  std::size_t last = 0;
  // Norm, block, and in some models a norm of what the block adds.
  const auto add_block = [&](const std::string& name, const char* norm, auto add) {
    const auto input = graph.add(residual_norm(norm, hidden), std::move(before));
    last = add(input);
    if (model.post_norms) {
      last = graph.add(elementwise(name + "_post_norm", Shard::replicated, hidden, hidden), {last});
    }
    before = {last};
  };
  if (!std::holds_alternative<None>(group.attention)) {
    add_block("attention", "input_norm", [&](std::size_t input) {
      return detail::add_attention(graph, group.attention, hidden, input);
    });
  }
  if (!std::holds_alternative<None>(group.ffn)) {
    add_block("ffn", "post_norm",
              [&](std::size_t input) { return detail::add_ffn(graph, group.ffn, hidden, input); });
  }
  return last;
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
