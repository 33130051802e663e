#include "infersim/calibration/operator_types.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace infersim {
namespace {

struct WeightTypes {
  std::string_view name;
  NumberType weights;
  NumberType products;
  KernelFormat format;  ///< GEMMs look their parameters up by how weights are stored
};

constexpr WeightTypes weight_table[] = {
    {"bfloat16", NumberType::bf16, NumberType::bf16, KernelFormat::bf16},
    {"float16", NumberType::fp16, NumberType::fp16, KernelFormat::fp16},
    {"fp8", NumberType::fp8, NumberType::fp8, KernelFormat::fp8},
    {"fp8_block", NumberType::fp8, NumberType::fp8, KernelFormat::fp8_block},
    {"mxfp8", NumberType::fp8, NumberType::fp8, KernelFormat::mxfp8},
    {"int8", NumberType::int8, NumberType::int8, KernelFormat::int8},
    {"sq", NumberType::int8, NumberType::int8, KernelFormat::int8},
    {"int8_wo", NumberType::int8, NumberType::bf16, KernelFormat::int8_wo},
    {"int4_wo", NumberType::int4, NumberType::bf16, KernelFormat::int4},
    {"nvfp4", NumberType::fp4, NumberType::fp4, KernelFormat::fp4},
    {"mxfp4", NumberType::fp4, NumberType::fp4, KernelFormat::fp4},
    {"w4a16_mxfp4", NumberType::fp4, NumberType::bf16, KernelFormat::fp4_wo},
    {"w4a8_mxfp4", NumberType::fp4, NumberType::fp8, KernelFormat::fp4_a8},
    {"w4a8_mxfp4_mxfp8", NumberType::fp4, NumberType::fp8, KernelFormat::fp4_a8},
};

struct PlainType {
  std::string_view name;
  NumberType type;
};

constexpr PlainType plain_types[] = {
    {"bfloat16", NumberType::bf16}, {"float16", NumberType::fp16}, {"half", NumberType::fp16},
    {"float32", NumberType::fp32},  {"fp8", NumberType::fp8},      {"int8", NumberType::int8},
    {"fp8_e4m3", NumberType::fp8},
};

template <class Entry, std::size_t count>
const Entry* find_name(const Entry (&table)[count], std::string_view name) {
  const auto* found = std::find_if(std::begin(table), std::end(table),
                                   [&](const Entry& entry) { return entry.name == name; });
  return found == std::end(table) ? nullptr : found;
}

}  // namespace

std::optional<OperatorTypes> weight_types(std::string_view dtype) {
  const WeightTypes* found = find_name(weight_table, dtype);
  if (found == nullptr) return std::nullopt;
  return OperatorTypes{found->weights, found->products, NumberType::bf16, found->format};
}

std::optional<OperatorTypes> attention_types(std::string_view dtype, std::string_view kv_dtype) {
  const auto products = message_type(dtype);
  const auto cache = kv_dtype.empty() ? products : message_type(kv_dtype);
  if (!products || !cache) return std::nullopt;
  const bool narrow_cache = width(*products) == 16 && width(*cache) == 8;
  return OperatorTypes{*products, *products, *cache,
                       narrow_cache ? KernelFormat::bf16_kv8 : format_of(*products)};
}

std::optional<NumberType> message_type(std::string_view dtype) {
  const PlainType* found = find_name(plain_types, dtype);
  if (found == nullptr) return std::nullopt;
  return found->type;
}

}  // namespace infersim
