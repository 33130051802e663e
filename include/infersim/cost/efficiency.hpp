#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/number_type.hpp"
#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/cost/kernel_class.hpp"
#include "infersim/cost/kernel_efficiency.hpp"
#include "infersim/cost/kernel_residual.hpp"
#include "infersim/cost/kernel_scope.hpp"
#include "infersim/cost/link_efficiency.hpp"

namespace infersim {

/// What the serving software costs beside kernels.
struct RuntimeEfficiency {
  Seconds step_overhead;        ///< host time of one step that is not hidden behind the device
  Bytes fixed_reserve;          ///< main memory that context and buffers take
  double memory_reserve = 0.0;  ///< of what weights and activations leave: share that stays free
  /// Excess of the busiest rank's load of tokens over the mean that expert balancing leaves.
  double expert_skew = 0.0;
  double expert_variation = 0.0;  ///< squared coefficient of variation of experts' popularity
  int prefill_tokens = 8192;      ///< new tokens that one step may take
  bool divides_cores = false;     ///< two micro-batches may compute side by side on parts of a rank
  std::string framework;          ///< id of the serving software that is usual on such chips
};

/// The chips that kernels were fitted to, as far as it matters elsewhere; 0: not said. Tiles cost
/// times there that are written as rows or products, which another chip may do in other times.
struct FittedTo {
  FlopRate unit_exponentials;  ///< of one unit
  FlopRate unit_flops;         ///< of one unit, in 16 bits
  /// Flops of a type for each byte of memory bandwidth, of the chip that has least.
  PerNumberType<double> flops_per_byte{};
};

/// From where a group of parameters was taken: the fit of a framework on the family, the family's
/// own, or its class's defaults.
struct EfficiencyScope {
  std::string parameter;   ///< `kernel.gemm.fp8`, `links`, `links.custom`, `runtime`
  std::string file_id;     ///< `hopper-vllm`, `hopper`, `datacenter`
  bool inherited = false;  ///< from the class, because the family says nothing
  Provenance provenance;
};

/// Parameters of kernels of one library where a framework has several for one class and format.
struct KernelVariant {
  KernelClass kernel = KernelClass::gemm;
  KernelFormat format = KernelFormat::bf16;
  /// `triton`, `cutlass`: part of the names of its kernels; or the operator that they do (`kda`).
  std::string library;
  KernelEfficiency efficiency;
  KernelResidual residual;
};

/// Whether a kernel of that name, which does that operator, is of a library.
inline bool is_of_library(std::string_view library, std::string_view kernel, std::string_view op) {
  return kernel.find(library) != std::string_view::npos || op == library;
}

struct KernelTable {
  std::array<std::array<KernelEfficiency, kernel_format_count>, kernel_class_count> kernels;
  std::array<std::array<KernelResidual, kernel_format_count>, kernel_class_count> residuals;
  std::array<std::array<KernelScope, kernel_format_count>, kernel_class_count> origins;
  std::vector<KernelVariant> variants;
  /// Whether some description has a table of a class: of the others their general class stands.
  std::array<bool, kernel_class_count> described{};

  /// The class whose parameters hold for a class.
  [[nodiscard]] KernelClass standing_for(KernelClass k) const {
    return described[index(k)] ? k : general_class(k);
  }
  /// From here on a class has parameters of its own, at first those of its general class.
  void describe(KernelClass k);
  /// Which kernels those parameters, a member of `kernels`, are of; none if they are no member.
  [[nodiscard]] std::optional<KernelId> find(const KernelEfficiency* member) const;
};

/// All efficiency parameters of a device, resolved: those of the framework's kernels on its family
/// where they were fitted, else those of the framework that the family names, else its family's,
/// else its class's.
struct Efficiency {
  std::shared_ptr<const KernelTable> kernels = neutral_kernels();
  LinkEfficiency links;
  RuntimeEfficiency runtime;
  FittedTo class_fitted_to;   ///< the class's kernels
  FittedTo family_fitted_to;  ///< the family's
  std::string usual_kernels;  ///< the framework whose kernels stand for others' on the family
  /// Families whose fits of kernels stand for the family's own, the later over the earlier.
  std::vector<std::string> kernels_of;
  std::vector<EfficiencyScope> scopes;

  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, KernelFormat f) const {
    return kernels->kernels[index(kernels->standing_for(k))][index(f)];
  }
  /// How far measured kernels were from those parameters, where they were fitted.
  [[nodiscard]] const KernelResidual& residual(KernelClass k, KernelFormat f) const {
    return kernels->residuals[index(kernels->standing_for(k))][index(f)];
  }
  /// Where those parameters come from.
  [[nodiscard]] const KernelScope& origin(KernelId id) const {
    return kernels->origins[index(kernels->standing_for(id.kernel))][index(id.format)];
  }
  /// The residual of the fit that stands for a kernel: its own, or that of the format which does.
  [[nodiscard]] const KernelResidual& fitted(KernelId id) const {
    return residual(id.kernel, origin(id).format.value_or(id.format));
  }
  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, NumberType t) const {
    return kernel(k, format_of(t));
  }
  /// The variant that a kernel of that name, which does that operator, is of; none if it is of no
  /// library that has one.
  [[nodiscard]] const KernelVariant* variant(KernelId id, std::string_view kernel_name,
                                             std::string_view op = {}) const;
  /// The parameters of that variant; else those of the class and format.
  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, KernelFormat f,
                                               std::string_view kernel_name,
                                               std::string_view op = {}) const;

 private:
  static std::shared_ptr<const KernelTable> neutral_kernels();
};

/// An efficiency description as text with its path.
struct EfficiencyText {
  std::string toml;
  std::string path;
};

/// Resolves a class's complete description and (if `family.toml` is not empty) a family's partial
/// one that overrides it. What holds for the servers of some devices alone is taken if `device` (an
/// id) is one of them. Throws InputError with every fault; a gap in the class's is a fault.
Efficiency load_efficiency(const EfficiencyText& device_class, const EfficiencyText& family,
                           std::string_view device = {});

/// Lays the fits of a framework's kernels over what a family and its class say. Throws InputError.
Efficiency with_kernels(Efficiency efficiency, const EfficiencyText& kernels,
                        std::string_view device = {});

}  // namespace infersim
