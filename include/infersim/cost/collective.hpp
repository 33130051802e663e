#pragma once

#include <string_view>

#include "infersim/core/quantity.hpp"
#include "infersim/cost/domain_collective.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// Sum of `message` bytes over `ranks`, every rank ending with the sum, in 16 bits: the framework's
/// all-reduce within a domain. Across m domains of g ranks: reduce-scatter inside, two-shot of S/g
/// between (2 (m-1)/m (S/g)/B_out + 2 log2(m) (a_out + s)), all-gather inside, started as one.
OpCost all_reduce_cost(const Machine& machine, Bytes message, int ranks);

/// Every rank ends with all ranks' `shard` bytes: the library's all-gather within a domain; across
/// m domains, (m-1) shard over the NIC and log2(m) (a_out + s) before it, s the software latency of
/// a step between domains. A reduce-scatter is its mirror image; see library_cost for what tells
/// them apart in a domain.
OpCost all_gather_cost(const Machine& machine, Bytes shard, int ranks);

/// OpCost::algorithm of an exchange that sends each copy straight to its rank.
inline constexpr std::string_view direct_exchange = "direct";
/// And of one whose tokens are relayed by units of the ranks.
inline constexpr std::string_view relayed_exchange = "relayed";

/// Tokens on their way to experts, as one rank of an expert-parallel group sees it.
struct ExpertExchange {
  int ranks = 1;      ///< of the group (ep times the slices of an expert)
  double tokens = 0;  ///< of this rank
  double top_k = 1;
  double limit_domains = 0;  ///< node-limited routing: at most so many domains; 0: unlimited
  Bytes token_bytes;         ///< of one token copy
  double imbalance = 1;      ///< busiest rank over mean
  double experts = 0;        ///< of the group, with their copies; 0: not known
  bool back = false;         ///< outputs to where their tokens came from
};

/// Tokens to experts or back. Where kernels of the framework for it were fitted, the fastest of
/// them (engines have one for few tokens and one for many; see exchange_kernel.hpp), preparation
/// included. Else an all-to-all: within a domain the library's of the t k b bytes of the busiest
/// rank, across domains the faster of
///
///     direct   each of the top_k copies straight to its rank:
///              out = t k (1 - g/n) b,  up = t k (g-1)/n b,  latency L + a
///     relayed  one copy to each domain that needs it, then over scale-up links:
///              out = t D b,  D = (m-1)/m * min(limit, m (1 - (1 - 1/m)^k)),
///              up = t k (g-1)/g b,  latency 8 L + a_out + a_up
///
/// with g ranks in a domain and m domains; t = latency + max(up/B_up, out/B_out) * imbalance.
/// A relayed exchange first tells every rank how much will come and has the host wait for it. The 8
/// puts the crossover at about 256 tokens of a rank over 32 domains, where engines change from
/// DeepEP's low-latency kernels to its normal ones; it was not measured.
/// Source: DeepEP (DeepSeek, 2025), low-latency and normal kernels; node-limited routing
/// arXiv:2412.19437 section 2.1.2.
OpCost expert_exchange_cost(const Machine& machine, const ExpertExchange& exchange);

/// `message` bytes to one neighbour, over scale-up links if `same_domain`.
OpCost send_cost(const Machine& machine, Bytes message, bool same_domain);

}  // namespace infersim
