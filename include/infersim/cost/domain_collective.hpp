#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/cost/link_efficiency.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// Bandwidth at which a group of `ranks` neighbours in one domain reaches each other, one rank's,
/// per direction: all of it through a fabric, (n-1)/(N-1) of it in a mesh, half of it for a pair in
/// a ring. In a torus of d dimensions neighbours form a box as near to a cube as doubling sides
/// makes it: each dimension gives 1/d of the links if its side is longer than 2, half of that at 2,
/// none at 1.
Bandwidth group_bandwidth(const Fabric& fabric, int ranks);

/// An operation of the communication library (NCCL) among n ranks of one domain, in a graph. `all`
/// are the S bytes of a rank's sum, of the gathered result, of what is scattered or of what a rank
/// sends and keeps in an exchange. Each rank sends V = (n-1)/n S, twice that in an all-reduce, over
/// B = group_bandwidth * (2/n)^contention. The fastest of
///
///     bulk, low   latency + hop (n-1) + ramp V/(V + knee) + V / (fraction B)
///     in-network  latency + (n+1)/n S / (fraction B), of sums of 16-bit values over n > 2 ranks
///                 where switches add
///
/// The low-latency protocol carries flags within the data, the bulk one sends chunks that grow with
/// the message, and filling its pipeline takes as many longer steps (ramp, knee). In an alltoall a
/// hop is the post of one peer. An operation that was not fitted has one protocol: latency L + a
/// (twice that in an all-reduce), the software's and a hop's, and the fraction `scale_up`.
/// Source: NCCL's protocols and rings; Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005; NVIDIA
/// NVLink SHARP. Fitted to 2 to 8 ranks. Fails where the library changes channels (0.5 to 16 MB):
/// measured times are not monotone there.
OpCost library_cost(const Machine& machine, LinkOperation operation, Bytes all, int ranks,
                    NumberType type = NumberType::bf16);

/// How a framework's caller launches a kernel.
enum class Launch { graph, eager };

/// Sum of `message` bytes of 16-bit values over n ranks of one domain by a serving framework: its
/// own kernels up to `limit` (n/8)^limit_ranks, the faster of
///
///     one-shot   latency + hop (n-1) + (n-1) S / (fraction B)        every rank reads all others
///     two-shot   latency + hop (n-1) + 2 (n-1)/n S / (fraction B)    reduce-scatter, all-gather
///
/// then, up to its own limit, a kernel over symmetric memory (vLLM)
///
///     symmetric  latency + S / (fraction B (n/2)^symmetric_ranks)
///
/// (on whose links no more goes than the library's in-network sums reach) and the library beyond.
/// Without a limit the fastest of own kernels and library. Without a fit the latencies are L + a
/// and 2 (L + a), the fractions `scale_up`. Where kernels are timed alone, an eager launch takes at
/// least its host's time and copies the message, 2 S over memory. Limits are the framework's
/// settings: the time steps there, down where they are set too low.
OpCost framework_all_reduce_cost(const Machine& machine, Bytes message, int ranks,
                                 Launch launch = Launch::graph);

}  // namespace infersim
