#include "workload/ffn_graph.hpp"

#include "workload/graph_parts.hpp"

namespace infersim::detail {
namespace {

/// Gate and up as one GEMM (or up alone), activation, down; `prefix` tells branches apart. Returns
/// the last node.
std::size_t add_network(OpGraph& graph, const std::string& prefix, double hidden,
                        double intermediate, bool gated, std::size_t after) {
  const double columns = (gated ? 2 : 1) * intermediate;
  const std::string first = prefix + (gated ? "gate_up" : "up");
  const auto up = graph.add(gemm(first, Shard::columns, hidden, columns), {after});
  const auto active =
      graph.add(elementwise(prefix + "activation", Shard::columns, columns, intermediate), {up});
  return graph.add(gemm(prefix + "down", Shard::rows, intermediate, hidden), {active});
}

std::size_t add(OpGraph& graph, const DenseFfn& ffn, double hidden, std::size_t after) {
  const auto down = add_network(graph, "", hidden, real(ffn.intermediate), ffn.gated, after);
  return graph.add(collective("ffn_reduce", OpKind::reduce, Rows::all, hidden), {down});
}

Op grouped_gemm(std::string name, Shard shard, double k, double n) {
  Op op = on(Rows::routed, gemm(std::move(name), shard, k, n));
  op.op_class = "experts";
  op.kind = OpKind::grouped_gemm;
  op.role = Role::experts;
  return op;
}

std::size_t add(OpGraph& graph, const MoeFfn& ffn, double hidden, std::size_t after) {
  const double intermediate = real(ffn.intermediate);
  const double columns = (ffn.gated ? 2 : 1) * intermediate;
  const double width = ffn.latent > 0 ? real(ffn.latent) : hidden;
  // The gate of the shared experts is one more column.
  const double scores = real(ffn.experts) + (ffn.shared_gate ? 1 : 0);
  Op router = gemm("router", Shard::replicated, hidden, scores);
  router.role = Role::router;
  const auto scored = graph.add(std::move(router), {after});
  const auto chosen = graph.add(  // an expert number and a weight for each choice
      elementwise("topk", Shard::replicated, real(ffn.experts), 2 * real(ffn.top_k)), {scored});
  Nodes ready = {chosen};
  if (ffn.latent > 0) {
    ready.push_back(graph.add(gemm("latent_down", Shard::replicated, hidden, width), {after}));
  }
  const auto sent = graph.add(collective("dispatch", OpKind::dispatch, Rows::routed, width), ready);
  const auto up = graph.add(grouped_gemm("experts_up", Shard::columns, width, columns), {sent});
  const auto active = graph.add(
      on(Rows::routed, elementwise("experts_activation", Shard::columns, columns, intermediate)),
      {up});
  const auto down =
      graph.add(grouped_gemm("experts_down", Shard::rows, intermediate, width), {active});
  auto last = graph.add(collective("combine", OpKind::combine, Rows::routed, width), {down});
  if (ffn.latent > 0) {
    last = graph.add(gemm("latent_up", Shard::replicated, width, hidden), {last});
  }

  // The shared experts see every token and can run while tokens travel. Where they are divided,
  // their partial sums are added to those of the routed experts before the combine's own reduction:
  // they need none of theirs.
  // The sum over a token's copies is part of the experts' kernel (or of the combine).
  if (ffn.shared_intermediate > 0) {
    const auto shared =
        add_network(graph, "shared_", hidden, real(ffn.shared_intermediate), ffn.gated, after);
    last = graph.add(elementwise("ffn_add", Shard::replicated, 2 * hidden, hidden), {last, shared});
  }
  return last;
}

std::size_t add(OpGraph&, const None&, double, std::size_t after) { return after; }

}  // namespace

std::size_t add_ffn(OpGraph& graph, const Ffn& ffn, double hidden, std::size_t after) {
  return std::visit([&](const auto& f) { return add(graph, f, hidden, after); }, ffn);
}

}  // namespace infersim::detail
