#pragma once

#include "infersim/core/quantity.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// One pass of tokens to the ranks of their experts, or back, as one rank sees it.
struct ExchangeShape {
  int ranks = 1;             ///< n, of the group
  double domains = 1;        ///< m, over which they are spread evenly
  double tokens = 0;         ///< t, of this rank
  double top_k = 1;          ///< k
  double experts = 0;        ///< E, of the group; 0: not known
  double limit_domains = 0;  ///< node-limited routing: at most so many domains; 0: unlimited
  double units = 0;          ///< given to the kernel; 0: as its description says
  Bytes token_bytes;         ///< b, of one copy of a token
  double imbalance = 1;      ///< busiest rank over mean
};

/// Groups of experts, of `groups` equal ones, that a token's k of E experts fall on in expectation:
///
///     groups (1 - prod over i < k of (1 - (E/groups) / (E - i))),   all k different
///
/// E = 0: with replacement, groups (1 - (1 - 1/groups)^k).
double touched_groups(double groups, double top_k, double experts);

/// Time of one pass of an exchange by kernels of their own (DeepEP, TensorRT-LLM over NVLink):
///
///     relayed  R = touched ranks, D = touched domains: a token goes once to each
///     direct   R = D = k:                             each copy by itself
///     up    = t b R (g-1)/g relayed, t b k (g-1)/n direct;   g = n/m ranks of a domain
///     out   = t b D (m-1)/m
///     unit  = t token / U + t b (R + D [m > 1]) / (U unit_bandwidth)
///     busy  = (unit^p + (up / (fraction B (2/n)^contention))^p
///              + (out / (out_fraction far B_out))^p)^(1/p) imbalance,   p = blend
///     fixed = latency + hop log2 g + domain_hop log2 m + expert E + ramp t / (t + ramp_tokens)
///     t     = (fixed^q + busy^q)^(1/q),   q = overlap
///
/// U are the multiprocessors given to the kernel: `units` of the shape, else of its description,
/// else as many as there are experts (a unit serves one), at most all. `far` counts over more than
/// four domains: relays wait for the flow control of each of them, while direct copies keep the
/// NIC's rate. Where kernels are timed alone a host without a graph takes at least launch host.
///
/// Source: DeepEP (DeepSeek, 2025), normal and low-latency kernels; TensorRT-LLM's NVLink one-sided
/// and two-sided all-to-all; the residuals of 14,000 measured passes over 1 to 8 nodes. Holds for:
/// uniform routing. Fails for: over 64 ranks (not measured). Checked in:
/// tests/limits/exchange_kernel.test.cpp.
OpCost exchange_pass_cost(const Machine& machine, const ExchangeEfficiency& efficiency,
                          const ExchangeShape& shape);

}  // namespace infersim
