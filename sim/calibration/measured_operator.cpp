#include "infersim/calibration/measured_operator.hpp"

namespace infersim {

std::optional<KernelClass> kernel_class(const MeasuredOperator& op) {
  switch (op.kind) {
    case OperatorKind::gemm: return KernelClass::gemm;
    case OperatorKind::attention_prefill: return KernelClass::attention_prefill;
    case OperatorKind::attention_decode: return KernelClass::attention_decode;
    case OperatorKind::mla_prefill: return KernelClass::mla_prefill;
    case OperatorKind::mla_decode: return KernelClass::mla_decode;
    case OperatorKind::experts: return KernelClass::grouped_gemm;
    case OperatorKind::linear_attention: {
      const auto& scan = std::get<MeasuredScan>(op.shape);
      if (scan.convolution) {
        return scan.prefill ? KernelClass::conv_prefill : KernelClass::conv_decode;
      }
      return scan.prefill ? KernelClass::scan_prefill : KernelClass::scan_decode;
    }
    case OperatorKind::collective: break;
  }
  return std::nullopt;
}

bool runs_as_decode(const MeasuredOperator& op) {
  const auto kernel = kernel_class(op);
  return kernel == KernelClass::attention_decode || kernel == KernelClass::mla_decode ||
         kernel == KernelClass::scan_decode || kernel == KernelClass::conv_decode;
}

}  // namespace infersim
