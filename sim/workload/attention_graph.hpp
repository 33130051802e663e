#pragma once

#include "infersim/workload/op_graph.hpp"

namespace infersim::detail {

/// Adds the attention of a layer after node `after`; returns its last node.
std::size_t add_attention(OpGraph& graph, const Attention& attention, double hidden,
                          std::size_t after);

}  // namespace infersim::detail
