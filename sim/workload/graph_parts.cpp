#include "workload/graph_parts.hpp"

namespace infersim::detail {

Op gemm(std::string name, Shard shard, double k, double n) {
  return {.name = std::move(name),
          .op_class = "linear",
          .kind = OpKind::gemm,
          .shard = shard,
          .n = n,
          .k = k};
}

Op elementwise(std::string name, Shard shard, double reads, double writes) {
  return {.name = std::move(name),
          .op_class = "elementwise",
          .kind = OpKind::elementwise,
          .shard = shard,
          .role = Role::attention,
          .n = writes,
          .k = reads};
}

Op residual_norm(std::string name, double hidden) {
  return elementwise(std::move(name), Shard::replicated, 2 * hidden, 2 * hidden);
}

Op collective(std::string name, OpKind kind, Rows rows, double values) {
  return {.name = std::move(name),
          .op_class = "collective",
          .kind = kind,
          .rows = rows,
          .role = kind == OpKind::dispatch ? Role::linear : Role::attention,
          .n = values,
          .k = values};
}

}  // namespace infersim::detail
