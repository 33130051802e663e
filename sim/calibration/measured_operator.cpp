#include "infersim/calibration/measured_operator.hpp"

namespace infersim {

std::optional<KernelClass> kernel_class(const MeasuredOperator& op) {
  switch (op.kind) {
    case OperatorKind::gemm: return KernelClass::gemm;
    case OperatorKind::attention_prefill: return KernelClass::attention_prefill;
    case OperatorKind::attention_decode: return KernelClass::attention_decode;
    case OperatorKind::mla_prefill: return KernelClass::mla_prefill;
    case OperatorKind::mla_decode: return KernelClass::mla_decode;
    case OperatorKind::latent_products: return KernelClass::batched_gemm;
    case OperatorKind::experts:
    case OperatorKind::wide_experts: return KernelClass::grouped_gemm;
    case OperatorKind::sparse_prefill: return KernelClass::sparse_prefill;
    case OperatorKind::sparse_decode: return KernelClass::sparse_decode;
    case OperatorKind::linear_attention:
    case OperatorKind::mamba2: {
      const auto& scan = std::get<MeasuredScan>(op.shape);
      if (scan.convolution) {
        return scan.prefill ? KernelClass::conv_prefill : KernelClass::conv_decode;
      }
      return scan.prefill ? KernelClass::scan_prefill : KernelClass::scan_decode;
    }
    case OperatorKind::collective:
    case OperatorKind::exchange: break;
  }
  return std::nullopt;
}

bool runs_as_decode(const MeasuredOperator& op) {
  const auto kernel = kernel_class(op);
  switch (kernel.value_or(KernelClass::gemm)) {
    case KernelClass::attention_decode:
    case KernelClass::mla_decode:
    case KernelClass::sparse_decode:
    case KernelClass::scan_decode:
    case KernelClass::conv_decode: return true;
    default: return false;
  }
}

}  // namespace infersim
