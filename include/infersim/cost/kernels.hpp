#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// The routed experts of one layer on the busiest rank of an expert-parallel group.
struct GroupedGemmShape {
  double tokens = 0;  ///< of the whole group, before top-k
  double top_k = 1;
  double experts = 1;   ///< distinct routed experts
  double replicas = 1;  ///< experts with their redundant copies, over the group
  double groups = 1;    ///< ranks that share the experts (ep)
  double skew = 0;      ///< excess of the busiest rank's expected load over the mean
  double n = 0;
  double k = 0;
  NumberType weights = NumberType::bf16;
  NumberType compute = NumberType::bf16;
  NumberType activations = NumberType::bf16;
};

/// How a batch falls on the experts.
struct ExpertLoad {
  double active_experts = 0;  ///< a rank's experts that get a token, in expectation
  double rows = 0;            ///< token copies on the busiest rank
  double imbalance = 1;       ///< busiest rank over mean
};

/// Expectation over routing. Each token picks top_k of the experts:
///
///     active = L (1 - (1 - top_k/replicas)^tokens),  L = replicas/groups
///     mean   = tokens top_k / groups
///     imbalance = 1 + skew + sqrt(2 ln groups / mean)
///
/// The last term is the expected maximum of `groups` normal variables (upper bound; Cramér, 1946)
/// whose variance is that of the draw. `skew` is what load balancing leaves: a balancer works on
/// the loads of ranks, so what remains does not depend on how many experts a rank has. 1 for a
/// single rank; never more than the number of ranks.
ExpertLoad expert_load(const GroupedGemmShape& shape);

/// Its `imbalance` alone, which needs no power.
double expert_imbalance(const GroupedGemmShape& shape);

/// Time of a grouped GEMM: as `gemm_cost` with tiles counted by expert,
///
///     tiles = active * max(1, rows/active/tm + 1/2) * ceil(n/tn)
///
/// (E[ceil x] = x + 1/2 for x spread over many tiles), weights read once for each active expert,
/// and a pass of rows k (2 + a) that gathers rows by expert and makes operands of 8 bits and less.
OpCost grouped_gemm_cost(const Machine& machine, const KernelEfficiency& efficiency,
                         const GroupedGemmShape& shape);

/// Element-wise pass over `rows` rows: reads `read` and writes `written` 16-bit values of each.
/// What fits in half the described cache stays there (producer and consumer run back to back).
///
///     t = latency + bytes / (e_b B)
OpCost elementwise_cost(const Machine& machine, const KernelEfficiency& efficiency, double rows,
                        double read, double written);

}  // namespace infersim
