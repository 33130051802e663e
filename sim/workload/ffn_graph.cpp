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

/// Products of k with n values for each token copy, or a pass that reads k and writes n.
Op experts(std::string name, ExpertPart part, Shard shard, double k, double n) {
  Op op = on(Rows::routed, gemm(std::move(name), shard, k, n));
  op.op_class = "experts";
  op.kind = OpKind::experts;
  op.part = part;
  op.role = Role::experts;
  return op;
}

std::size_t add(OpGraph& graph, const MoeFfn& ffn, double hidden, std::size_t after) {
  const double intermediate = real(ffn.intermediate);
  const double columns = (ffn.gated ? 2 : 1) * intermediate;
  const double width = ffn.latent > 0 ? real(ffn.latent) : hidden;
  // The gate of the shared experts is one more column.
  const double scores = real(ffn.experts + ffn.zero_experts) + (ffn.shared_gate ? 1 : 0);
  Op router = gemm("router", Shard::replicated, hidden, scores);
  router.role = Role::router;
  const auto scored = graph.add(std::move(router), {after});
  const auto chosen = graph.add(  // an expert number and a weight for each choice
      elementwise("topk", Shard::replicated, real(ffn.experts + ffn.zero_experts),
                  2 * real(ffn.top_k)),
      {scored});
  Nodes ready = {chosen};
  if (ffn.latent > 0) {
    ready.push_back(graph.add(gemm("latent_down", Shard::replicated, hidden, width), {after}));
  }
  const auto sent = graph.add(collective("dispatch", OpKind::dispatch, Rows::routed, width), ready);
  const auto add = [&](std::string name, ExpertPart part, Shard shard, double k, double n,
                       std::size_t before) {
    return graph.add(experts(std::move(name), part, shard, k, n), {before});
  };
  using enum ExpertPart;
  const auto sorted = add("experts_permute", permute, Shard::replicated, width, width, sent);
  const auto wide = add("experts_up", up, Shard::columns, width, columns, sorted);
  const auto active =
      add("experts_activation", activation, Shard::columns, columns, intermediate, wide);
  const auto narrow = add("experts_down", down, Shard::rows, intermediate, width, active);
  const auto summed = add("experts_sum", sum, Shard::replicated, width, width, narrow);
  auto last = graph.add(collective("combine", OpKind::combine, Rows::routed, width), {summed});
  if (ffn.latent > 0) {
    last = graph.add(gemm("latent_up", Shard::replicated, width, hidden), {last});
  }

  // The shared experts see every token and can run while tokens travel. Where they are divided,
  // their partial sums are added to those of the routed experts before the combine's own reduction:
  // they need none of theirs.
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
