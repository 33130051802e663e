#pragma once

#include <cstddef>
#include <vector>

#include "infersim/core/quantity.hpp"
#include "infersim/workload/op_graph.hpp"

namespace infersim {

/// An order in which the operators can be issued: each after all it waits for, and among those that
/// are ready communication first, so that it overlaps what follows. Asserts that there is no cycle.
std::vector<std::size_t> issue_order(const OpGraph& graph);

/// Longest path through the graph when nothing but its edges restrains it: a lower bound of any
/// schedule on limited streams. `times` by operator.
Seconds critical_path(const OpGraph& graph, const std::vector<Seconds>& times);

}  // namespace infersim
