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

/// How far one kind of kernel gets on one kind of chip, in one number type.
struct KernelEfficiency {
  double compute = 1.0;    ///< achievable fraction of the dense peak, quantisation of tiles apart
  double bandwidth = 1.0;  ///< achievable fraction of main-memory bandwidth
  Seconds latency;         ///< launch and fixed work of one kernel
  double blend = 4.0;      ///< exponent of the smooth maximum of compute and memory time
  int tile_rows = 128;     ///< rows of the output (or queries) that one unit works on at a time
  int tile_columns = 128;  ///< columns of the output that one unit works on at a time

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
  std::array<PerNumberType<KernelEfficiency>, kernel_class_count> kernels{};
  LinkEfficiency links;
  RuntimeEfficiency runtime;
  std::vector<EfficiencyScope> scopes;

  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, NumberType t) const {
    return kernels[index(k)][index(t)];
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
