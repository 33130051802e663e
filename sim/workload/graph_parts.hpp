#pragma once

#include <string>
#include <utility>
#include <vector>

#include "infersim/workload/op_graph.hpp"

// Building blocks of the graphs of a layer.
namespace infersim::detail {

using Nodes = std::vector<std::size_t>;

inline double real(Count count) { return static_cast<double>(count); }

Op gemm(std::string name, Shard shard, double k, double n);

/// Reads `reads` and writes `writes` values for each row.
Op elementwise(std::string name, Shard shard, double reads, double writes);

/// Adds the incoming branch to the residual stream and normalises the sum: two streams in, two out.
Op residual_norm(std::string name, double hidden);

/// Tokens travel to experts as these read them; sums are formed in the wider type of activations.
Op collective(std::string name, OpKind kind, Rows rows, double values);

inline Op on(Rows rows, Op op) {
  op.rows = rows;
  return op;
}

}  // namespace infersim::detail
