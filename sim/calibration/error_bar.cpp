#include "infersim/calibration/error_bar.hpp"

namespace infersim {

std::optional<ErrorBar> error_bar(std::string_view family, KernelClass kernel,
                                  KernelFormat format) {
  const bool ascend = family.starts_with("ascend");
  const bool amd = family.starts_with("cdna");
  switch (kernel) {
    case KernelClass::gemm:
      if (amd) return ErrorBar{0.09, 0.15};
      if (ascend || format != KernelFormat::bf16) return ErrorBar{0.08, 0.13};
      return ErrorBar{0.06, 0.10};
    case KernelClass::attention_prefill:
    case KernelClass::attention_decode: return ascend ? ErrorBar{0.10, 0.18} : ErrorBar{0.08, 0.14};
    case KernelClass::mla_prefill:
    case KernelClass::mla_decode: return ErrorBar{0.08, 0.14};
    case KernelClass::grouped_gemm: return amd ? ErrorBar{0.12, 0.20} : ErrorBar{0.10, 0.16};
    case KernelClass::batched_gemm: return ErrorBar{0.08, 0.14};
    case KernelClass::sparse_prefill:
    case KernelClass::sparse_decode:
    case KernelClass::scan_prefill:
    case KernelClass::scan_decode:
    case KernelClass::conv_prefill:
    case KernelClass::conv_decode: return ErrorBar{0.10, 0.16};
    default: return std::nullopt;
  }
}

}  // namespace infersim
