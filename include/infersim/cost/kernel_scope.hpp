#pragma once

#include <optional>
#include <string>

#include "infersim/core/provenance.hpp"
#include "infersim/core/regime.hpp"
#include "infersim/cost/kernel_class.hpp"

namespace infersim {

struct Device;
struct Efficiency;

/// Kernels of one class in one format.
struct KernelId {
  KernelClass kernel = KernelClass::gemm;
  KernelFormat format = KernelFormat::bf16;

  friend auto operator<=>(const KernelId&, const KernelId&) = default;
};

/// From which description the parameters of one class and format come.
struct KernelScope {
  std::string file;       ///< its id: `hopper-vllm`, `hopper`, `datacenter`
  std::string family;     ///< whose kernels; empty: its class's
  std::string framework;  ///< whose kernels; empty: of no one framework
  /// Format whose table it is; empty: that of all formats.
  std::optional<KernelFormat> format;
  Basis basis = Basis::assumed;
};

/// On what the parameters of one kernel rest on that device:
///
///     fitted     a fit of its family's kernels, with rows of this chip
///     chip       the same without, or nothing tells of which chips
///     inherited  of another family or the class, or set without a measurement
///     concept    the device is one
Regime kernel_regime(const Device& device, const Efficiency& efficiency, KernelId id);

}  // namespace infersim
