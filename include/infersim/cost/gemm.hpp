#pragma once

#include <vector>

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// C[m,n] = A[m,k] B[k,n], `count` of them one beside the other (batched GEMM).
struct GemmShape {
  double m = 0;
  double n = 0;
  double k = 0;
  double count = 1;
  NumberType weights = NumberType::bf16;      ///< storage of B
  double weight_bits = 0;                     ///< bits of its values; 0: as `weights` has them
  NumberType compute = NumberType::bf16;      ///< type of the products
  NumberType activations = NumberType::bf16;  ///< storage of A

  friend bool operator==(const GemmShape&, const GemmShape&) = default;
};

/// Time of a dense GEMM: the best of the tile shapes (tm, tn) and splits s of k that the library of
/// the efficiency's `tiles` has.
///
///     tiles = ceil(m/tm) ceil(n/tn) count,  x = tiles s / units
///     waves = max(1, x + wave (ceil(x) - x))
///     step  = (2 tm tn + 2 side (tm + tn) + 2 widen tn) / (compute P / units)
///     cta   = k_s max(step, k_latency) + write 2 tm tn units / B,   k_s = ceil64(k/s)
///     t_c   = waves cta (1 + sustain t / (t + 1 ms)),   t = waves cta
///     t_m   = (n k w + m k a + 2 m n) count / (bandwidth B)
///     split = s > 1: split_latency + split_step s + split_traffic 8 s m n / B,   k/s >= 128
///     t     = latency + min (t_c^p + t_m^p)^(1/p) + split + quantisation
///
/// w and a are the bytes of a value. Products of 8 bits and less need activations of that type: a
/// is then its size, and quantisation = m k (2 + a) / (quantise B) + quantise_row m + quantise_fill
/// m / (m + quantise_rows) is the pass that makes them. Where units in flight limit bandwidth it is
/// min(bandwidth, unit_bandwidth x) B.
///
/// Libraries for one user have two kinds of kernels: up to `vector_rows` rows are multiplied as
/// vectors while the weights stream past, with vector_bandwidth and vector_blend for bandwidth and
/// p; more go through tiles in shared memory, which wait for weights to be loaded and unpacked.
///
/// Of a kernel that is timed alone (Machine::timed_alone) the repetition before has left a part in
/// the cache L2, and a caller without a graph waits for its host:
///
///     warm(b; keep) = b f / (1 + f),  f = (keep L2 / b)^keep_sharpness
///     t_m = ((all - warm) / bandwidth + warm / keep_gain) / B,  warm of n k w (keep_weights)
///           and of m k a + 2 m n (keep_values)
///     t   = (t^8 + host^8)^(1/8),  host times host_few (m < 32), host_thin (n < 64 or k < 128)
///           and host_padded (m no multiple of 4)
///
/// Source: roofline (Williams, Waterman, Patterson, CACM 52(4), 2009) with tile and wave
/// quantisation (NVIDIA, Matrix Multiplication Background, 2023) and split-K; the latency of a k
/// step, the write at the end of a tile and the loss of clock in long kernels from the residuals of
/// measured shapes (hardware/efficiency/README.md). Holds for: library kernels that choose among
/// tile shapes. Fails for: shapes a library was not tuned for. Checked in:
/// tests/limits/gemm.test.cpp.
OpCost gemm_cost(const Machine& machine, const KernelEfficiency& efficiency,
                 const GemmShape& shape);

/// A GEMM whose n and k are known: all that does not depend on m is computed once, and the tile
/// shapes that no m would choose are left out.
class GemmPlan {
 public:
  GemmPlan() = default;
  /// The shape's m is not read.
  GemmPlan(const Machine& machine, const KernelEfficiency& efficiency, const GemmShape& shape);

  /// What `gemm_cost` says of m rows. The machine and the efficiency are those it was made for.
  [[nodiscard]] OpCost cost(const Machine& machine, const KernelEfficiency& efficiency,
                            double m) const;

 private:
  struct Tile {
    double rows = 0;      ///< of a tile
    double load = 0;      ///< tiles side by side, of all parts of a batch, over units
    Seconds time;         ///< of a tile
    double executed = 0;  ///< flops of a tile
    bool waits = false;   ///< k_latency makes its time, not products
  };
  /// Tiles that m may choose among where the library has picked the splits, and in some the rows.
  struct Group {
    double rows = 0;  ///< 0: of any
    double splits = 1;
    Seconds split;          ///< of adding up the parts of a split sum
    Seconds split_per_row;  ///< and for each row of the output
    std::size_t from = 0;
    std::size_t to = 0;
  };
  struct Choice;
  /// What moves between memory and units.
  struct Traffic {
    Bytes cold;    ///< comes from memory
    Seconds warm;  ///< time of what is in the cache
  };
  [[nodiscard]] Traffic traffic(const Machine& machine, const GemmTuning& tuning, double m) const;
  void add_group(const Machine& machine, const GemmTuning& tuning, double rows, double splits);
  void add(Tile tile, const Group& group);
  void consider(const Machine& machine, const KernelEfficiency& efficiency, double m,
                const Traffic& traffic, const Group& group, Choice& best) const;

  GemmShape shape_;
  Bytes weights_;
  Bytes row_;               ///< input and output of one row
  Bytes narrowing_;         ///< what the pass that makes narrow activations moves for a row
  Seconds narrowing_time_;  ///< and what it takes
  std::vector<Tile> tiles_;
  std::vector<Group> groups_;
};

}  // namespace infersim
