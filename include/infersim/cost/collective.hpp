#pragma once

#include <string_view>

#include "infersim/core/quantity.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// Bandwidth at which a group of `ranks` neighbours in one domain reaches each other, one rank's,
/// per direction: all of it through a fabric, (n-1)/(N-1) of it in a mesh, half of it for a pair in
/// a ring. In a torus of d dimensions neighbours form a box as near to a cube as doubling sides
/// makes it: each dimension gives 1/d of the links if its side is longer than 2, half of that at 2,
/// none at 1.
Bandwidth group_bandwidth(const Fabric& fabric, int ranks);

/// Sum of `message` bytes over `ranks`, every rank ending with the sum. The fastest of
///
///     one-shot   L + a + (n-1) S / B             every rank reads all others
///     two-shot   2(L + a) + 2 (n-1)/n S / B      reduce-scatter, all-gather
///     in-network 2(L + a) + (n+1)/n S / B        switches add (if they can)
///
/// within a domain, L the software latency, a a hop's. Across m domains of g ranks: reduce-scatter
/// inside, two-shot of S/g between (2 (m-1)/m (S/g)/B_out + 2 log2(m) a_out), all-gather inside.
/// Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005; NVIDIA NVLink SHARP.
OpCost all_reduce_cost(const Machine& machine, Bytes message, int ranks);

/// Every rank ends with all ranks' `shard` bytes: (n-1) shard over the links.
/// A reduce-scatter is its mirror image and costs the same.
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
};

/// All-to-all of tokens to experts or back; the faster of
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
