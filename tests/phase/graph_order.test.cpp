#include "infersim/phase/graph_order.hpp"

#include <algorithm>
#include <random>

#include "phase/fixtures.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

Op op_of(OpKind kind) {
  Op op;
  op.kind = kind;
  return op;
}

/// Whether each operator stands once, and after all that it waits for.
bool respects_edges(const OpGraph& graph, const std::vector<std::size_t>& order) {
  std::vector<std::size_t> place(graph.ops.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    place[order[i]] = i;
  return order.size() == graph.ops.size() &&
         std::none_of(place.begin(), place.end(), [&](auto p) { return p == order.size(); }) &&
         std::all_of(graph.edges.begin(), graph.edges.end(),
                     [&](const OpGraph::Edge& e) { return place[e.from] < place[e.to]; });
}

OpGraph random_graph(std::mt19937& random) {
  OpGraph graph;
  const std::size_t count = 1 + random() % 9;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::size_t> after;
    for (std::size_t j = 0; j < i; ++j) {
      if (random() % 3 == 0) after.push_back(j);
    }
    graph.add(op_of(random() % 2 == 0 ? OpKind::gemm : OpKind::reduce), after);
  }
  return graph;
}

/// The longest of all paths that end in `last`, each followed to its start.
Seconds longest_path_to(const OpGraph& graph, const std::vector<Seconds>& times, std::size_t last) {
  Seconds before;
  for (const OpGraph::Edge& edge : graph.edges) {
    if (edge.to == last) before = max(before, longest_path_to(graph, times, edge.from));
  }
  return before + times[last];
}

}  // namespace

TEST_CASE("operators of every model are issued after all they wait for") {
  for (const char* id : {"deepseek-v3", "llama2-7b", "llama3.1-70b", "qwen3-30b-a3b"}) {
    const ModelSpec model = catalogue_model(id);
    for (const LayerGroup& group : model.layers) {
      const OpGraph graph = layer_graph(model, group);
      CAPTURE(id);
      CHECK(respects_edges(graph, issue_order(graph)));
    }
  }
}

TEST_CASE("operators of random graphs are issued after all they wait for") {
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    const OpGraph graph = random_graph(random);
    CHECK(respects_edges(graph, issue_order(graph)));
  }
}

TEST_CASE("of operators that are ready communication is issued first") {
  OpGraph graph;
  const auto first = graph.add(op_of(OpKind::gemm), {});
  const auto compute = graph.add(op_of(OpKind::gemm), {first});
  const auto dispatch = graph.add(op_of(OpKind::dispatch), {first});
  CHECK(issue_order(graph) == std::vector<std::size_t>{first, dispatch, compute});
}

TEST_CASE("of operators alike the one declared first is issued first") {
  OpGraph graph;
  for (int i = 0; i < 4; ++i)
    graph.add(op_of(OpKind::gemm), {});
  CHECK(issue_order(graph) == std::vector<std::size_t>{0, 1, 2, 3});
}

TEST_CASE("the critical path is the longest of all paths") {
  std::mt19937 random(11);
  for (int i = 0; i < 200; ++i) {
    const OpGraph graph = random_graph(random);
    std::vector<Seconds> times;
    for (std::size_t v = 0; v < graph.ops.size(); ++v) {
      times.emplace_back(static_cast<double>(random() % 100));
    }
    Seconds longest;
    for (std::size_t v = 0; v < graph.ops.size(); ++v) {
      longest = max(longest, longest_path_to(graph, times, v));
    }
    CHECK(critical_path(graph, times) == longest);  // sums of whole numbers: exact
  }
}

TEST_CASE("a graph without operators takes no time") {
  CHECK(critical_path(OpGraph{}, {}) == Seconds{});
  CHECK(issue_order(OpGraph{}).empty());
}
