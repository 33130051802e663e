#include "infersim/phase/graph_order.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/topological_sort.hpp>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <tuple>

namespace infersim {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;

Graph boost_graph(const OpGraph& graph) {
  Graph result(graph.ops.size());
  for (const OpGraph::Edge& edge : graph.edges)
    boost::add_edge(edge.from, edge.to, result);
  return result;
}

bool communicates(const Op& op) {
  return op.kind == OpKind::reduce || op.kind == OpKind::dispatch || op.kind == OpKind::combine;
}

std::vector<std::size_t> topological_order(const Graph& graph) {
  std::vector<std::size_t> order;
  // Throws boost::not_a_dag on a cycle: an operator graph of ours that has one is a broken
  // invariant.
  boost::topological_sort(graph, std::back_inserter(order));
  std::reverse(order.begin(), order.end());
  return order;
}

/// Most collectives on any path to each operator.
std::vector<int> collectives_before(const Graph& g, const OpGraph& graph) {
  std::vector<int> depth(graph.ops.size());
  for (std::size_t v : topological_order(g)) {
    for (auto [edge, end] = boost::out_edges(v, g); edge != end; ++edge) {
      int& reached = depth[boost::target(*edge, g)];
      reached = std::max(reached, depth[v] + (communicates(graph.ops[v]) ? 1 : 0));
    }
  }
  return depth;
}

}  // namespace

std::vector<std::size_t> issue_order(const OpGraph& graph) {
  const Graph g = boost_graph(graph);
  // Kahn's algorithm. Of the operators that are ready, those that communicate go first, then those
  // that wait for the fewest collectives: they fill the time while later ones wait for theirs.
  const std::vector<int> depth = collectives_before(g, graph);
  std::vector<std::size_t> waiting(graph.ops.size());
  std::vector<std::size_t> ready;
  for (std::size_t v = 0; v < graph.ops.size(); ++v) {
    waiting[v] = boost::in_degree(v, g);
    if (waiting[v] == 0) ready.push_back(v);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const auto next = std::min_element(ready.begin(), ready.end(), [&](auto a, auto b) {
      const auto rank = [&](std::size_t v) {
        return std::tuple(!communicates(graph.ops[v]), depth[v], v);
      };
      return rank(a) < rank(b);
    });
    const std::size_t v = *next;
    ready.erase(next);
    order.push_back(v);
    for (auto [edge, end] = boost::out_edges(v, g); edge != end; ++edge) {
      const std::size_t target = boost::target(*edge, g);
      if (--waiting[target] == 0) ready.push_back(target);
    }
  }
  assert(order.size() == graph.ops.size());
  return order;
}

Seconds critical_path(const OpGraph& graph, const std::vector<Seconds>& times) {
  const Graph g = boost_graph(graph);
  std::vector<Seconds> finish(graph.ops.size());
  Seconds longest;
  for (std::size_t v : topological_order(g)) {
    Seconds start;
    for (auto [edge, end] = boost::in_edges(v, g); edge != end; ++edge) {
      start = max(start, finish[boost::source(*edge, g)]);
    }
    finish[v] = start + times[v];
    longest = max(longest, finish[v]);
  }
  return longest;
}

}  // namespace infersim
