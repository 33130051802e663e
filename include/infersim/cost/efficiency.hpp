#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/number_type.hpp"
#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"

namespace infersim {

/// Kernels that share efficiency parameters.
enum class KernelClass {
  gemm,
  batched_gemm,
  grouped_gemm,
  attention_prefill,
  attention_decode,
  mla_prefill,
  mla_decode,
  linear_attention,
  elementwise,
};

inline constexpr std::size_t kernel_class_count = 9;

std::string_view name(KernelClass kernel);
constexpr std::size_t index(KernelClass kernel) { return static_cast<std::size_t>(kernel); }

/// What a kernel multiplies: a number type, or one of two that kernels of their own serve.
///   fp8_block  FP8 with a scale for each 1 x 128 activations and 128 x 128 weights
///   int8_wo    8-bit integer weights that are expanded to 16-bit products
enum class KernelFormat { fp32, tf32, bf16, fp16, fp8, int8, fp4, int4, fp8_block, int8_wo };

inline constexpr std::size_t kernel_format_count = 10;

inline constexpr std::array<KernelFormat, kernel_format_count> all_kernel_formats = {
    KernelFormat::fp32,      KernelFormat::tf32,   KernelFormat::bf16, KernelFormat::fp16,
    KernelFormat::fp8,       KernelFormat::int8,   KernelFormat::fp4,  KernelFormat::int4,
    KernelFormat::fp8_block, KernelFormat::int8_wo};

std::string_view name(KernelFormat format);
constexpr std::size_t index(KernelFormat format) { return static_cast<std::size_t>(format); }
constexpr KernelFormat format_of(NumberType type) { return static_cast<KernelFormat>(type); }

/// Tile shapes and splits of the sum over k that a library of GEMM kernels chooses among.
///   fixed   one shape, tile_rows x tile_columns; sums of at least 1024 are split
///   split   rows and columns from 32 to 256 either way round, with splits (cuBLAS, hipBLASLt)
///   single  64 to 256 rows, no splits (DeepGEMM)
///   rows64  rows follow m from 64 to 256, no splits (CUTLASS dispatched on m)
///   rows16  rows follow m from 16 to 256, with splits
enum class TileSet { fixed, split, single, rows64, rows16 };

std::string_view name(TileSet tiles);

/// What a GEMM costs beside its products and its traffic; see gemm.hpp.
struct GemmTuning {
  TileSet tiles = TileSet::fixed;
  double side = 0;        ///< operands of a tile step: side at which they cost as half its products
  double widen = 0;       ///< conversion of a stored weight in a tile step, in products
  double wave = 1;        ///< how far waves are quantised: 0 perfectly balanced, 1 whole waves
  double write = 0;       ///< output of a tile, over the unit's share of bandwidth
  Seconds k_latency;      ///< of a value of k in a tile, at least
  double sustain = 0;     ///< slow-down of kernels over a millisecond (clocks)
  Seconds split_latency;  ///< of adding up the parts of split sums
  Seconds split_step;     ///< and of each part
  double split_traffic = 0;  ///< of the parts' bytes, over bandwidth
  double unit_bandwidth =
      0;                 ///< of memory bandwidth, that one unit's share reaches times units; 0: all
  double quantise = 1;   ///< of memory bandwidth, in the pass that quantises activations
  Seconds quantise_row;  ///< and of each of its rows
  Seconds quantise_fill;  ///< and fixed, reached half at `quantise_rows`
  double quantise_rows = 1;

  friend bool operator==(const GemmTuning&, const GemmTuning&) = default;
};

/// How far one kind of kernel gets on one kind of chip, in one format. A fraction above 1 belongs
/// to a fit in which another term takes it back (`side`, a low blend).
struct KernelEfficiency {
  double compute = 1.0;    ///< achievable fraction of the dense peak, quantisation of tiles apart
  double bandwidth = 1.0;  ///< achievable fraction of main-memory bandwidth
  Seconds latency;         ///< launch and fixed work of one kernel
  double blend = 4.0;      ///< exponent of the smooth maximum of compute and memory time
  int tile_rows = 128;     ///< rows of the output (or queries) that one unit works on at a time
  int tile_columns = 128;  ///< columns of the output that one unit works on at a time
  GemmTuning gemm;         ///< of `gemm` and `batched_gemm` alone

  friend bool operator==(const KernelEfficiency&, const KernelEfficiency&) = default;
};

/// How far the communication library gets.
struct LinkEfficiency {
  double scale_up = 1.0;       ///< achievable fraction of link bandwidth for large messages
  double scale_out = 1.0;      ///< achievable fraction of NIC bandwidth
  Seconds reduce_latency;      ///< software latency of an all-reduce
  Seconds all_to_all_latency;  ///< software latency of a dispatch or combine
  /// Share of the compute rate that is left while kernels that relay tokens overlap with it: they
  /// occupy units, where direct exchanges are served by the NIC.
  double overlapped_compute = 1.0;
};

/// What the serving software costs beside kernels.
struct RuntimeEfficiency {
  Seconds step_overhead;  ///< host time of one step that is not hidden behind the device
  double memory_reserve =
      0.0;              ///< share of main memory that context, buffers and fragmentation take
  Bytes fixed_reserve;  ///< and a fixed part
  /// Excess of the busiest rank's load of tokens over the mean that expert balancing leaves.
  double expert_skew = 0.0;
  int prefill_tokens = 8192;  ///< new tokens that one step may take
  std::string framework;      ///< id of the serving software that is usual on such chips
};

/// From where a group of parameters was taken: the family's own fit, or its class's defaults.
struct EfficiencyScope {
  std::string parameter;   ///< `kernel.gemm.fp8`, `links`, `runtime`
  std::string file_id;     ///< `hopper`, `datacenter`
  bool inherited = false;  ///< from the class, because the family says nothing
  Provenance provenance;
};

/// All efficiency parameters of a device, resolved: its family's where given, else its class's.
struct Efficiency {
  std::array<std::array<KernelEfficiency, kernel_format_count>, kernel_class_count> kernels{};
  LinkEfficiency links;
  RuntimeEfficiency runtime;
  std::vector<EfficiencyScope> scopes;

  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, KernelFormat f) const {
    return kernels[index(k)][index(f)];
  }
  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, NumberType t) const {
    return kernel(k, format_of(t));
  }
};

/// An efficiency description as text with its path.
struct EfficiencyText {
  std::string toml;
  std::string path;
};

/// Resolves a class's complete description and (if `family.toml` is not empty) a family's partial
/// one that overrides it. Throws InputError with every fault; a gap in the class's is a fault.
Efficiency load_efficiency(const EfficiencyText& device_class, const EfficiencyText& family);

}  // namespace infersim
