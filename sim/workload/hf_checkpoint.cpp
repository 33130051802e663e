#include "workload/hf_checkpoint.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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
constexpr TypeName quantised_types[] = {
    {"fp8", NumberType::fp8},         {"fbgemmfp8", NumberType::fp8}, {"mxfp8", NumberType::fp8},
    {"modeloptfp4", NumberType::fp4}, {"mxfp4", NumberType::fp4},     {"nvfp4", NumberType::fp4},
    {"w4a16awq", NumberType::int4}};

/// Methods of integers whose width is a key of its own.
constexpr std::string_view integer_methods[] = {"awq", "gptq", "autoround", "intelautoround",
                                                "compressedtensors"};

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
std::optional<NumberType> read_groups(HfObject& groups) {
  for (const std::string& key : groups.keys()) {
    auto group = groups.object(key);
    auto weights = group ? group->object("weights") : std::nullopt;
    if (!weights) continue;
    const bool floating = weights->text("type").value_or("int") == "float";
    const Count bits = weights->required({"num_bits"});
    const auto type = of_width(bits, floating);
    if (!type) weights->fault("num_bits", fmt::format("{} bits; expected 4 or 8", bits));
    return type;
  }
  groups.fault("", "no group has weights");
  return std::nullopt;
}

std::optional<NumberType> read_quantisation(HfObject& config) {
  const std::string key = config.found({"quant_method", "quant_algo"});
  if (!config.has(key)) {
    config.fault("quant_method", "missing required key");
    return std::nullopt;
  }
  const std::string method = config.text(key).value_or("");
  std::string folded = fold_name(method);
  if (folded == "modelopt") folded = fold_name(config.text("quant_algo").value_or(""));
  if (const auto type = find(quantised_types, folded)) return type;
  if (folded == "bitsandbytes") {
    const bool four = config.any_flag({"load_in_4bit", "_load_in_4bit"});
    return four ? NumberType::int4 : NumberType::int8;
  }
  if (auto groups = config.object("config_groups")) return read_groups(*groups);
  for (const std::string_view known : integer_methods) {
    if (folded != known) continue;
    const Count bits = config.required({"bits", "w_bit"});
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

/// Whether a name of modules stands for whole attention blocks (`model.layers.*.self_attn`,
/// `re:.*self_attn.*`) or their projections.
bool is_attention(std::string_view name) {
  while (!name.empty() && std::string_view(".*$").find(name.back()) != std::string_view::npos) {
    name.remove_suffix(1);
  }
  const bool whole = name.ends_with("attn") || name.ends_with("attention");
  const bool projection = name.ends_with("q_proj") || name.ends_with("qkv_proj") ||
                          name.ends_with("q_a_proj") || name.ends_with("query_key_value");
  return whole || projection;
}

/// Whether what is not quantised takes in the attention of most layers.
bool leaves_out_attention(HfObject& config, Count layers) {
  std::set<std::string> numbered;
  for (const char* key :
       {"modules_to_not_convert", "ignore", "ignored_layers", "exclude_modules"}) {
    for (const std::string& name : config.texts(key).value_or(std::vector<std::string>{})) {
      if (!is_attention(name)) continue;
      const std::size_t at = name.find("layers.");
      const std::size_t digit = at == std::string::npos ? at : at + 7;
      if (digit >= name.size() || std::isdigit(static_cast<unsigned char>(name[digit])) == 0) {
        return true;
      }
      numbered.insert(name.substr(digit, name.find_first_not_of("0123456789", digit) - digit));
    }
  }
  return static_cast<Count>(2 * numbered.size()) > layers;
}

}  // namespace

HfCheckpoint read_hf_checkpoint(HfObject& inner, HfObject& outer, Count layers, bool has_experts) {
  std::optional<NumberType> plain;
  std::optional<NumberType> quantised;
  bool experts_alone = false;
  bool blocks = false;
  for (HfObject* config : {&outer, &inner}) {  // what the inner one says goes last, and holds
    for (const char* key : {"torch_dtype", "dtype"}) {
      const auto text = config->text(key);
      if (!text) continue;
      const std::string_view name = *text;
      plain = find(plain_types, name.substr(name.starts_with("torch.") ? 6 : 0));
      if (!plain) {
        config->fault(key, fmt::format("{} is not understood", quote(name)),
                      "understood are bfloat16, float16, float32 and float8_e4m3fn");
      }
    }
    if (auto quantisation = config->object("quantization_config")) {
      quantised = read_quantisation(*quantisation);
      experts_alone = leaves_out_attention(*quantisation, layers);
      blocks = quantisation->has("weight_block_size");
    }
    if (&inner == &outer) break;
  }
  const NumberType type = plain.value_or(NumberType::bf16);
  if (!quantised) return {.linear = type, .experts = {}};
  if (experts_alone && has_experts) return {.linear = type, .experts = quantised};
  const bool block_scales = blocks && *quantised == NumberType::fp8;
  return {.linear = *quantised, .experts = {}, .block_scales = block_scales};
}

}  // namespace infersim::detail
