#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/number_type.hpp"
#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/cost/kernel_class.hpp"
#include "infersim/cost/kernel_efficiency.hpp"

namespace infersim {

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

/// From where a group of parameters was taken: the fit of a framework on the family, the family's
/// own, or its class's defaults.
struct EfficiencyScope {
  std::string parameter;   ///< `kernel.gemm.fp8`, `links`, `runtime`
  std::string file_id;     ///< `hopper-vllm`, `hopper`, `datacenter`
  bool inherited = false;  ///< from the class, because the family says nothing
  Provenance provenance;
};

/// Parameters of kernels of one library where a framework has several for one class and format.
struct KernelVariant {
  KernelClass kernel = KernelClass::gemm;
  KernelFormat format = KernelFormat::bf16;
  std::string library;  ///< `triton`, `cutlass`: part of the names of its kernels
  KernelEfficiency efficiency;
};

struct KernelTable {
  std::array<std::array<KernelEfficiency, kernel_format_count>, kernel_class_count> kernels{};
  std::vector<KernelVariant> variants;
};

/// All efficiency parameters of a device, resolved: those of the framework's kernels on its family
/// where they were fitted, else those of the framework that the family names, else its family's,
/// else its class's.
struct Efficiency {
  std::shared_ptr<const KernelTable> kernels = neutral_kernels();
  LinkEfficiency links;
  RuntimeEfficiency runtime;
  std::vector<EfficiencyScope> scopes;

  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, KernelFormat f) const {
    return kernels->kernels[index(k)][index(f)];
  }
  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, NumberType t) const {
    return kernel(k, format_of(t));
  }
  /// The parameters of the library whose name is part of `kernel_name`; else those of the class and
  /// format.
  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, KernelFormat f,
                                               std::string_view kernel_name) const;

 private:
  static std::shared_ptr<const KernelTable> neutral_kernels();
};

/// An efficiency description as text with its path.
struct EfficiencyText {
  std::string toml;
  std::string path;
};

/// Resolves a class's complete description and, where their text is not empty, those that override
/// it in part, each the ones before it: a family's, and fits of kernels on the family. Throws
/// InputError with every fault; a gap in the class's is a fault.
Efficiency load_efficiency(const EfficiencyText& device_class,
                           const std::vector<EfficiencyText>& partial);

/// The framework whose kernels stand for others' on a family, by its description; empty if it names
/// none or cannot be read.
std::string usual_kernels(std::string_view family_toml);

}  // namespace infersim
