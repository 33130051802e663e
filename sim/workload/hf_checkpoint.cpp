#include "workload/hf_checkpoint.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim::detail {

namespace {

struct TypeName {
  std::string_view text;
  NumberType type;
};

constexpr TypeName plain_types[] = {{"bfloat16", NumberType::bf16},
                                    {"float16", NumberType::fp16},
                                    {"half", NumberType::fp16},
                                    {"float32", NumberType::fp32},
                                    {"float8_e4m3fn", NumberType::fp8}};

/// Methods whose name says the type, by `quant_method` or (ModelOpt) `quant_algo`.
constexpr TypeName quantised_types[] = {{"fp8", NumberType::fp8},
                                        {"fbgemmfp8", NumberType::fp8},
                                        {"mxfp4", NumberType::fp4},
                                        {"nvfp4", NumberType::fp4}};

/// Methods of integers whose width is a key of its own.
constexpr std::string_view integer_methods[] = {"awq", "gptq", "autoround", "compressedtensors"};

template <std::size_t N>
std::optional<NumberType> find(const TypeName (&names)[N], std::string_view text) {
  for (const TypeName& entry : names) {
    if (entry.text == text) return entry.type;
  }
  return std::nullopt;
}

std::optional<NumberType> of_width(std::int64_t bits, bool floating) {
  if (bits == 8) return floating ? NumberType::fp8 : NumberType::int8;
  if (bits == 4) return floating ? NumberType::fp4 : NumberType::int4;
  return std::nullopt;
}

/// The `weights` of the first of the groups of compressed-tensors.
std::optional<NumberType> read_groups(JsonReader& groups) {
  for (const std::string& key : groups.keys()) {
    auto group = groups.optional_object(key);
    auto weights = group ? group->optional_object("weights") : std::nullopt;
    if (!weights) continue;
    const bool floating = weights->optional_text("type").value_or("int") == "float";
    const std::int64_t bits = weights->integer("num_bits");
    const auto type = of_width(bits, floating);
    if (!type) weights->fault("num_bits", fmt::format("{} bits; expected 4 or 8", bits));
    return type;
  }
  groups.fault("", "no group has weights");
  return std::nullopt;
}

std::optional<NumberType> read_quantisation(JsonReader& config) {
  const std::string key = config.has("quant_method") ? "quant_method" : "quant_algo";
  const std::string method = config.text(key);
  std::string folded = fold_name(method);
  if (folded == "modelopt") folded = fold_name(config.text("quant_algo"));
  if (const auto type = find(quantised_types, folded)) return type;
  if (folded == "bitsandbytes") {
    const bool four = config.optional_boolean("load_in_4bit").value_or(false);
    return four ? NumberType::int4 : NumberType::int8;
  }
  if (auto groups = config.optional_object("config_groups")) return read_groups(*groups);
  for (const std::string_view known : integer_methods) {
    if (folded != known) continue;
    const std::int64_t bits = config.integer("bits");
    const auto type = of_width(bits, false);
    if (!type && bits != 0) config.fault("bits", fmt::format("{} bits; expected 4 or 8", bits));
    return type;
  }
  if (!method.empty()) {
    config.fault(key, fmt::format("{} is not understood", quote(method)),
                 "understood are fp8, mxfp4, nvfp4, modelopt, awq, gptq, bitsandbytes and "
                 "compressed-tensors");
  }
  return std::nullopt;
}

}  // namespace

NumberType read_hf_checkpoint(JsonReader& inner, JsonReader& outer) {
  std::optional<NumberType> plain;
  std::optional<NumberType> quantised;
  for (JsonReader* config : {&outer, &inner}) {  // what the inner one says goes last, and holds
    for (const char* key : {"torch_dtype", "dtype"}) {
      const auto text = config->optional_text(key);
      if (!text) continue;
      const std::string_view name = *text;
      plain = find(plain_types, name.substr(name.starts_with("torch.") ? 6 : 0));
      if (!plain) {
        config->fault(key, fmt::format("{} is not understood", quote(name)),
                      "understood are bfloat16, float16, float32 and float8_e4m3fn");
      }
    }
    if (auto quantisation = config->optional_object("quantization_config")) {
      quantised = read_quantisation(*quantisation);
    }
    if (&inner == &outer) break;
  }
  return quantised.value_or(plain.value_or(NumberType::bf16));
}

}  // namespace infersim::detail
