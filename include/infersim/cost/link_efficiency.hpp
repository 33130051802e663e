#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/quantity.hpp"
#include "infersim/cost/kernel_residual.hpp"

namespace infersim {

/// Collective operations of a communication library within a domain.
enum class LinkOperation { all_reduce, all_gather, reduce_scatter, alltoall };

inline constexpr std::size_t link_operation_count = 4;
inline constexpr std::array<LinkOperation, link_operation_count> all_link_operations = {
    LinkOperation::all_reduce, LinkOperation::all_gather, LinkOperation::reduce_scatter,
    LinkOperation::alltoall};

constexpr std::size_t index(LinkOperation operation) { return static_cast<std::size_t>(operation); }
std::string_view name(LinkOperation operation);

/// A way to do a collective: fixed time, and achievable fraction of link bandwidth; 0: not there.
struct LinkWay {
  Seconds latency;
  double fraction = 0.0;

  friend bool operator==(const LinkWay&, const LinkWay&) = default;
};

/// A protocol of a library: steps around a ring, in which a chunk follows the other.
struct LinkProtocol {
  LinkWay way;
  Seconds hop;   ///< of each rank beyond the first: a step of the ring, the post of a peer
  Seconds ramp;  ///< filling the pipeline, once chunks are at their largest
  Bytes knee;    ///< volume at which half of it is there

  friend bool operator==(const LinkProtocol&, const LinkProtocol&) = default;
};

/// What a library (NCCL) reaches in one operation; see domain_collective.hpp.
struct LibraryEfficiency {
  LinkProtocol bulk;     ///< flags beside whole chunks ("Simple")
  LinkProtocol low;      ///< flags within the data ("LL", "LL128")
  LinkWay in_network{};  ///< switches add; for sums of 16-bit values over three ranks and more
  /// Bandwidth falls by (2/n)^contention: 0 behind switches, about 2 over PCIe and host memory.
  double contention = 0.0;

  [[nodiscard]] bool known() const { return bulk.way.fraction > 0.0; }
  friend bool operator==(const LibraryEfficiency&, const LibraryEfficiency&) = default;
};

/// The all-reduce kernels of a serving framework; see domain_collective.hpp.
struct CustomAllReduce {
  LinkWay one_shot;
  LinkWay two_shot;
  Seconds hop;  ///< of both, for each rank beyond the first
  double contention = 0.0;
  Bytes limit;                   ///< of messages over 8 ranks; 0: until the library is faster
  double limit_ranks = 0.0;      ///< exponent of n/8 in it
  LinkWay symmetric;             ///< kernel over symmetric memory, for messages past the limit
  double symmetric_ranks = 0.0;  ///< exponent of n/2 in its bandwidth
  Bytes symmetric_limit;
  double symmetric_limit_ranks = 0.0;
  Seconds host;       ///< of a caller without a graph, at least; the server's, not the chip's
  double copy = 0.0;  ///< of memory bandwidth, in his copy into a registered buffer; 0: no copy

  [[nodiscard]] bool known() const { return one_shot.fraction > 0.0 || two_shot.fraction > 0.0; }
  friend bool operator==(const CustomAllReduce&, const CustomAllReduce&) = default;
};

/// Passes of an exchange of tokens with the ranks of their experts.
///   prepare          ranks tell each other how much will come
///   dispatch         tokens to the ranks of their experts
///   combine          outputs back and added up
///   combine_narrow   the same in a narrower type
enum class ExchangePass { prepare, dispatch, combine, combine_narrow };

inline constexpr std::size_t exchange_pass_count = 4;
inline constexpr std::array<ExchangePass, exchange_pass_count> all_exchange_passes = {
    ExchangePass::prepare, ExchangePass::dispatch, ExchangePass::combine,
    ExchangePass::combine_narrow};

constexpr std::size_t index(ExchangePass pass) { return static_cast<std::size_t>(pass); }
std::string_view name(ExchangePass pass);

/// One pass of an exchange's kernels; see exchange_kernel.hpp.
struct ExchangeEfficiency {
  bool relayed = false;      ///< a token goes once to each rank that needs it, by way of the rank
                             ///< beside this one in its domain; else each copy straight to its rank
  Seconds latency;           ///< fixed time
  Seconds hop;               ///< further for each doubling of the ranks of a domain
  Seconds domain_hop;        ///< and of the domains
  Seconds expert;            ///< and for each expert of the group
  Seconds ramp;              ///< and of large batches,
  double ramp_tokens = 1;    ///< reached half at so many tokens
  Seconds token;             ///< of a token on its unit
  Bandwidth unit_bandwidth;  ///< of what passes through one unit; 0: no limit
  double units = 0;          ///< given to it where nobody says; 0: one for each expert, all at most
  double fraction = 0;       ///< of link bandwidth; 0: the kernel is not there
  double out_fraction = 1;   ///< of NIC bandwidth
  double far = 1;            ///< of that, what is left over more than four domains
  double contention = 0;     ///< link bandwidth falls by (2/n)^contention
  double blend = 4;          ///< exponent of the smooth maximum of units, links and NICs
  double overlap = 1;        ///< and of fixed time and all that; 1: their sum
  Seconds host;              ///< of a caller that launches without a graph, at least
  KernelResidual residual;   ///< of the fit

  [[nodiscard]] bool known() const { return fraction > 0.0; }
  friend bool operator==(const ExchangeEfficiency&, const ExchangeEfficiency&) = default;
};

/// Kernels that exchange tokens, under the name that frameworks have for them.
struct ExchangeKernels {
  std::string name;
  std::array<ExchangeEfficiency, exchange_pass_count> passes{};

  [[nodiscard]] const ExchangeEfficiency& pass(ExchangePass p) const { return passes[index(p)]; }
};

/// How far communication gets.
struct LinkEfficiency {
  double scale_up = 1.0;       ///< achievable fraction of link bandwidth for large messages
  double scale_out = 1.0;      ///< achievable fraction of NIC bandwidth
  Seconds reduce_latency;      ///< software latency of an all-reduce
  Seconds between_latency;     ///< software latency of each of its steps between domains
  Seconds all_to_all_latency;  ///< software latency of a dispatch or combine
  /// Share of the compute rate that is left while kernels that relay tokens overlap with it: they
  /// occupy units, where direct exchanges are served by the NIC.
  double overlapped_compute = 1.0;
  /// By LinkOperation. What is not known follows from `scale_up` and the latencies.
  std::array<LibraryEfficiency, link_operation_count> library{};
  CustomAllReduce custom{};                  ///< of the framework; the same holds
  std::vector<ExchangeKernels> exchanges{};  ///< of the framework; none: the library's alltoall

  /// Those of that name; none where nothing was fitted of them.
  [[nodiscard]] const ExchangeKernels* exchange(std::string_view name) const;
};

}  // namespace infersim
