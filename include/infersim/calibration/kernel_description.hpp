#pragma once

#include <compare>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/cost/efficiency.hpp"

namespace infersim {

/// What a table of kernels is about.
struct KernelPlace {
  KernelClass kernel = KernelClass::gemm;
  KernelFormat format = KernelFormat::bf16;
  std::string library;  ///< empty: the main one
  std::string device;   ///< empty: the family

  friend auto operator<=>(const KernelPlace&, const KernelPlace&) = default;
};

/// `kernel.gemm.fp8.device.gb200`.
std::string name(const KernelPlace& place);

/// One table of a description of kernels.
struct KernelEntry {
  std::vector<std::string> keys;  ///< that it gives
  std::vector<std::string> held;  ///< of them those that fits leave as they are
  KernelEfficiency efficiency;    ///< what holds with it
  KernelResidual residual;
  std::string note;
};

/// Whence the figures of a class are.
struct KernelOrigin {
  std::string source;  ///< key of a source, or several as `a + b`
  std::string basis = "measured";
  std::string note;
  std::string unusual;
};

struct KernelSource {
  std::string title;
  std::string date;
  std::string url;
  std::string note;
};

/// `hardware/efficiency/kernels/<family>-<framework>.toml` as fits change it and write it again.
struct KernelDescription {
  std::string id;
  std::string name;
  std::string family;
  std::string framework;
  std::map<KernelClass, KernelOrigin> origins;
  std::map<KernelPlace, KernelEntry> entries;
  std::string others;  ///< tables that fits of kernels leave as they are (links), as TOML
  std::map<std::string, KernelSource> sources;
};

/// Reads one; `base` and `family_text` are what it lies over. Throws InputError with every fault.
KernelDescription load_kernel_description(const EfficiencyText& base,
                                          const EfficiencyText& family_text,
                                          const EfficiencyText& own);

}  // namespace infersim
