#include "infersim/cost/kernel_class.hpp"

namespace infersim {

std::string_view name(KernelFormat format) {
  switch (format) {
    case KernelFormat::fp8_block: return "fp8_block";
    case KernelFormat::mxfp8: return "mxfp8";
    case KernelFormat::int8_wo: return "int8_wo";
    case KernelFormat::fp4_wo: return "fp4_wo";
    case KernelFormat::fp4_a8: return "fp4_a8";
    case KernelFormat::bf16_kv8: return "bf16_kv8";
    default: return name(static_cast<NumberType>(format));
  }
}

KernelFormat weight_format(NumberType weights, NumberType products, bool block_scales) {
  const int bits = width(products);
  if (weights == NumberType::fp8 && block_scales) return KernelFormat::fp8_block;
  if (weights == NumberType::int8 && bits == 16) return KernelFormat::int8_wo;
  if (weights == NumberType::fp4 && bits == 16) return KernelFormat::fp4_wo;
  if (weights == NumberType::fp4 && bits == 8) return KernelFormat::fp4_a8;
  return format_of(weights);
}

KernelFormat general_form(KernelFormat format) {
  switch (format) {
    case KernelFormat::fp16: return KernelFormat::bf16;
    case KernelFormat::fp8_block:
    case KernelFormat::mxfp8: return KernelFormat::fp8;
    case KernelFormat::int8_wo: return KernelFormat::int8;
    case KernelFormat::fp4_wo:
    case KernelFormat::fp4_a8: return KernelFormat::fp4;
    case KernelFormat::bf16_kv8: return KernelFormat::bf16;
    default: return format;
  }
}

std::string_view name(KernelClass kernel) {
  switch (kernel) {
    case KernelClass::gemm: return "gemm";
    case KernelClass::batched_gemm: return "batched_gemm";
    case KernelClass::grouped_gemm: return "grouped_gemm";
    case KernelClass::attention_prefill: return "attention_prefill";
    case KernelClass::attention_decode: return "attention_decode";
    case KernelClass::mla_prefill: return "mla_prefill";
    case KernelClass::mla_decode: return "mla_decode";
    case KernelClass::scan_prefill: return "scan_prefill";
    case KernelClass::scan_decode: return "scan_decode";
    case KernelClass::conv_prefill: return "conv_prefill";
    case KernelClass::conv_decode: return "conv_decode";
    case KernelClass::sparse_prefill: return "sparse_prefill";
    case KernelClass::sparse_decode: return "sparse_decode";
    case KernelClass::elementwise: return "elementwise";
  }
  return "elementwise";
}

KernelClass general_class(KernelClass kernel) {
  switch (kernel) {
    case KernelClass::sparse_prefill: return KernelClass::mla_prefill;
    case KernelClass::sparse_decode: return KernelClass::mla_decode;
    default: return kernel;
  }
}

}  // namespace infersim
