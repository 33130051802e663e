#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "infersim/core/number_type.hpp"

namespace infersim {

/// Kernels that share efficiency parameters.
///   grouped_gemm   the routed experts of one layer: dispatch to combine
///   scan_*, conv_* linear attention: its recurrence and the short convolution before it
///   sparse_*       attention over the tokens that an indexer picks, with the indexer's scores
enum class KernelClass {
  gemm,
  batched_gemm,
  grouped_gemm,
  attention_prefill,
  attention_decode,
  mla_prefill,
  mla_decode,
  scan_prefill,
  scan_decode,
  conv_prefill,
  conv_decode,
  sparse_prefill,
  sparse_decode,
  elementwise,
};

inline constexpr std::size_t kernel_class_count = 14;

inline constexpr std::array<KernelClass, kernel_class_count> all_kernel_classes = {
    KernelClass::gemm,
    KernelClass::batched_gemm,
    KernelClass::grouped_gemm,
    KernelClass::attention_prefill,
    KernelClass::attention_decode,
    KernelClass::mla_prefill,
    KernelClass::mla_decode,
    KernelClass::scan_prefill,
    KernelClass::scan_decode,
    KernelClass::conv_prefill,
    KernelClass::conv_decode,
    KernelClass::sparse_prefill,
    KernelClass::sparse_decode,
    KernelClass::elementwise};

std::string_view name(KernelClass kernel);
constexpr std::size_t index(KernelClass kernel) { return static_cast<std::size_t>(kernel); }

/// The class whose parameters stand for a class that no description has a table of: latent
/// attention for sparse attention, which runs over the same latents. Itself for all others.
KernelClass general_class(KernelClass kernel);

/// What a kernel multiplies: a number type, or a mixture that kernels of their own serve.
///   fp8_block  FP8 with a scale for each 1 x 128 activations and 128 x 128 weights
///   mxfp8      FP8 with a scale for each 32 values
///   int8_wo    8-bit integer weights that are expanded to 16-bit products
///   fp4_wo     4-bit floating-point weights that are expanded to 16-bit products
///   fp4_a8     4-bit floating-point weights with 8-bit activations
///   bf16_kv8   attention: 16-bit products over a cache of 8 bits
enum class KernelFormat {
  fp32,
  tf32,
  bf16,
  fp16,
  fp8,
  int8,
  fp4,
  int4,
  fp8_block,
  mxfp8,
  int8_wo,
  fp4_wo,
  fp4_a8,
  bf16_kv8,
};

inline constexpr std::size_t kernel_format_count = 14;

inline constexpr std::array<KernelFormat, kernel_format_count> all_kernel_formats = {
    KernelFormat::fp32,      KernelFormat::tf32,    KernelFormat::bf16,    KernelFormat::fp16,
    KernelFormat::fp8,       KernelFormat::int8,    KernelFormat::fp4,     KernelFormat::int4,
    KernelFormat::fp8_block, KernelFormat::mxfp8,   KernelFormat::int8_wo, KernelFormat::fp4_wo,
    KernelFormat::fp4_a8,    KernelFormat::bf16_kv8};

std::string_view name(KernelFormat format);
constexpr std::size_t index(KernelFormat format) { return static_cast<std::size_t>(format); }
constexpr KernelFormat format_of(NumberType type) { return static_cast<KernelFormat>(type); }

/// What kernels serve weights that are stored so, multiplied in `products`, FP8 ones scaled by
/// blocks or whole: 4-bit integers are always expanded.
KernelFormat weight_format(NumberType weights, NumberType products, bool block_scales);

/// The format that stands for one that a description does not name, which comes before it in the
/// order of all_kernel_formats; else the format itself. FP16 runs as BF16.
KernelFormat general_form(KernelFormat format);

}  // namespace infersim
