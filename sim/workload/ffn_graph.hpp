#pragma once

#include "infersim/workload/op_graph.hpp"

namespace infersim::detail {

/// Adds the feed-forward network of a layer after node `after`; returns its last node.
std::size_t add_ffn(OpGraph& graph, const Ffn& ffn, double hidden, std::size_t after);

}  // namespace infersim::detail
