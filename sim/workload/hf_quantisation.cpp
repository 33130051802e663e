#include "workload/hf_quantisation.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim::detail {

namespace {

struct FormatName {
  std::string_view text;  ///< folded
  HfFormat format;
};

constexpr HfFormat weights_alone(NumberType type, bool blocks = false) {
  return {.type = type, .weight_only = true, .block_scales = blocks};
}

/// Methods whose name says the format, by `quant_method` or by ModelOpt's `quant_algo`.
constexpr FormatName formats[] = {{"fp8", {NumberType::fp8}},
                                  {"fp8blockscales", {NumberType::fp8, false, true}},
                                  {"fp8pbwo", weights_alone(NumberType::fp8, true)},
                                  {"fp8perchannelpertoken", {NumberType::fp8}},
                                  {"fbgemmfp8", {NumberType::fp8}},
                                  {"int8", {NumberType::int8}},
                                  {"modeloptfp4", {NumberType::fp4}},
                                  {"mxfp4", {NumberType::fp4}},
                                  {"mxfp8", {NumberType::fp8}},
                                  {"nvfp4", {NumberType::fp4}},
                                  {"nvfp4awq", {NumberType::fp4}},
                                  {"w4a16", weights_alone(NumberType::int4)},
                                  {"w4a16awq", weights_alone(NumberType::int4)},
                                  {"w4a16gptq", weights_alone(NumberType::int4)},
                                  {"w4a16mxfp4", weights_alone(NumberType::fp4)},
                                  {"w4a16nvfp4", weights_alone(NumberType::fp4)},
                                  {"w4a8awq", {NumberType::int4}},
                                  {"w4a8mxfp4fp8", {NumberType::fp4}},
                                  {"w4a8mxfp4mxfp8", {NumberType::fp4}},
                                  {"w4a8nvfp4fp8", {NumberType::fp4}},
                                  {"w8a16", weights_alone(NumberType::int8)},
                                  {"w8a8sqperchannel", {NumberType::int8}}};

constexpr std::string_view algorithms =
    "understood are FP8, NVFP4, MXFP4, INT8, W4A16, W4A16_AWQ, W4A8_AWQ, W8A16, MIXED_PRECISION "
    "and their kinds";

/// Methods of integers whose width is a key of its own.
constexpr std::string_view integer_methods[] = {"awq", "gptq", "autoround", "intelautoround",
                                                "compressedtensors"};

std::optional<HfFormat> find_format(std::string_view folded) {
  for (const FormatName& entry : formats) {
    if (entry.text == folded) return entry.format;
  }
  return std::nullopt;
}

std::optional<NumberType> of_width(std::int64_t bits, bool floating) {
  if (bits == 8) return floating ? NumberType::fp8 : NumberType::int8;
  if (bits == 4) return floating ? NumberType::fp4 : NumberType::int4;
  return std::nullopt;
}

/// How many modules of each part have which format.
class Votes {
 public:
  void add(HfPart part, const HfFormat& format) {
    auto& votes = votes_[static_cast<std::size_t>(part)];
    const auto found = std::find_if(votes.begin(), votes.end(),
                                    [&](const auto& vote) { return vote.first == format; });
    if (found == votes.end()) {
      votes.emplace_back(format, 1);
    } else {
      ++found->second;
    }
  }
  [[nodiscard]] std::optional<HfFormat> most(HfPart part) const {
    const auto& votes = votes_[static_cast<std::size_t>(part)];
    const auto best =
        std::max_element(votes.begin(), votes.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    return best == votes.end() ? std::nullopt : std::optional(best->first);
  }

 private:
  std::array<std::vector<std::pair<HfFormat, int>>, hf_part_count> votes_;
};

/// The format of an object's `quant_algo`; a fault if it is not known.
std::optional<HfFormat> read_algorithm(HfObject& config, const std::string& key) {
  const auto text = config.text(key);
  if (!text) {
    if (!config.has(key)) config.fault(key, "missing required key");
    return std::nullopt;
  }
  const auto format = find_format(fold_name(*text));
  if (!format) {
    config.fault(key, fmt::format("{} is not understood", quote(*text)), std::string(algorithms));
  }
  return format;
}

/// ModelOpt's formats by the names of single modules.
Votes read_named(HfObject& config) {
  Votes votes;
  auto modules = config.object("quantized_layers");
  if (!modules) {
    config.fault("quantized_layers", "missing required key",
                 "MIXED_PRECISION gives each module a quant_algo there");
    return votes;
  }
  for (const std::string& name : modules->keys()) {
    auto module = modules->object(name);
    if (!module) continue;
    if (const auto format = read_algorithm(*module, "quant_algo")) {
      votes.add(hf_part_of(name), *format);
    }
  }
  return votes;
}

/// A group of compressed-tensors: how weights and activations are quantised, and which modules'.
void read_group(HfObject& group, Votes& named, std::optional<HfFormat>& all) {
  auto weights = group.object("weights");
  if (!weights) return;
  const bool floating = weights->text("type").value_or("int") == "float";
  const Count bits = weights->required({"num_bits"});
  const auto type = of_width(bits, floating);
  if (!type && bits != 0) {
    weights->fault("num_bits", fmt::format("{} bits; expected 4 or 8", bits));
  }
  const HfFormat format{.type = type.value_or(NumberType::bf16),
                        .weight_only = !group.has("input_activations"),
                        .block_scales = floating && weights->text("strategy") == "block"};
  bool parts = false;
  for (const std::string& target : group.texts("targets").value_or(std::vector<std::string>{})) {
    // `Linear` is a class of modules, not one of them.
    if (target.find('.') == std::string::npos && target.find('*') == std::string::npos &&
        hf_part_of(target) == HfPart::other) {
      continue;
    }
    named.add(hf_part_of(target), format);
    parts = true;
  }
  if (!parts && !all) all = format;
}

/// The formats of a quantisation before what it leaves out.
struct Formats {
  std::optional<HfFormat> all;  ///< of what no name says
  Votes named;
};

void read_groups(HfObject& groups, Formats& read) {
  bool any = false;
  for (const std::string& key : groups.keys()) {
    auto group = groups.object(key);
    if (!group || !group->has("weights")) continue;
    any = true;
    read_group(*group, read.named, read.all);
  }
  if (!any) groups.fault("", "no group has weights");
}

void refuse_method(HfObject& config, const std::string& key, const std::string& method) {
  if (method.empty()) return;
  config.fault(key, fmt::format("{} is not understood", quote(method)),
               "understood are fp8, mxfp4, nvfp4, modelopt, awq, gptq, bitsandbytes and "
               "compressed-tensors");
}

Formats read_by_method(HfObject& config) {
  Formats read;
  const std::string key = config.found({"quant_method", "quant_algo"});
  if (!config.has(key)) {
    config.fault("quant_method", "missing required key");
    return read;
  }
  const std::string method = config.text(key).value_or("");
  std::string folded = fold_name(method);
  const std::string algorithm = fold_name(config.text("quant_algo").value_or(""));
  if (algorithm == "mixedprecision") {
    read.named = read_named(config);
    return read;
  }
  auto groups = config.object("config_groups");
  if (folded.starts_with("modelopt") && !algorithm.empty()) folded = algorithm;
  if (const auto format = find_format(folded)) {
    read.all = format;
    if (config.has("weight_block_size")) read.all->block_scales = format->type == NumberType::fp8;
    return read;
  }
  if (folded == "bitsandbytes") {
    const bool four = config.any_flag({"load_in_4bit", "_load_in_4bit"});
    read.all = weights_alone(four ? NumberType::int4 : NumberType::int8);
    return read;
  }
  if (groups) {
    read_groups(*groups, read);
    return read;
  }
  for (const std::string_view known : integer_methods) {
    if (folded != known) continue;
    const Count bits = config.required({"bits", "w_bit"});
    const auto type = of_width(bits, false);
    if (!type && bits != 0) config.fault("bits", fmt::format("{} bits; expected 4 or 8", bits));
    if (type) read.all = weights_alone(*type);
    return read;
  }
  refuse_method(config, key, method);
  return read;
}

Formats read_by_algorithm(HfObject& config) {
  Formats read;
  if (!config.has("quant_algo")) return read;  // of the KV cache alone
  const std::string folded = fold_name(config.text("quant_algo").value_or(""));
  if (folded == "mixedprecision") {
    read.named = read_named(config);
  } else {
    read.all = read_algorithm(config, "quant_algo");
  }
  return read;
}

/// `kv_cache_scheme` of compressed-tensors, or ModelOpt's `kv_cache_quant_algo`.
std::optional<NumberType> read_cache(HfObject& config) {
  if (auto scheme = config.object("kv_cache_scheme")) {
    const bool floating = scheme->text("type").value_or("float") == "float";
    const Count bits = scheme->required({"num_bits"});
    const auto type = of_width(bits, floating);
    if (!type && bits != 0) {
      scheme->fault("num_bits", fmt::format("{} bits; expected 4 or 8", bits));
    }
    return type;
  }
  const auto algorithm = config.text("kv_cache_quant_algo");
  if (!algorithm) return std::nullopt;
  const std::string folded = fold_name(*algorithm);
  if (folded == "fp8") return NumberType::fp8;
  if (folded == "int8") return NumberType::int8;
  if (folded == "nvfp4") return NumberType::fp4;
  config.fault("kv_cache_quant_algo", fmt::format("{} is not understood", quote(*algorithm)),
               "understood are FP8, INT8 and NVFP4");
  return std::nullopt;
}

std::vector<std::string> read_left_out(HfObject& config) {
  std::vector<std::string> names;
  for (const char* key :
       {"modules_to_not_convert", "ignore", "ignored_layers", "exclude_modules"}) {
    for (std::string& name : config.texts(key).value_or(std::vector<std::string>{}))
      names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

HfQuantisation read_hf_quantisation(HfObject& config, Count layers, bool by_algorithm) {
  const Formats read = by_algorithm ? read_by_algorithm(config) : read_by_method(config);
  const std::vector<std::string> left_out = read_left_out(config);
  HfQuantisation quantisation;
  for (const HfPart part :
       {HfPart::attention, HfPart::network, HfPart::experts, HfPart::head, HfPart::embedding}) {
    auto& format = quantisation.parts[static_cast<std::size_t>(part)];
    format = read.named.most(part);
    // Embedding and head are in 16 bits unless they are named.
    const bool follows = part != HfPart::head && part != HfPart::embedding;
    if (!format && follows && !hf_leaves_out(left_out, part, layers)) format = read.all;
  }
  quantisation.kv = read_cache(config);
  return quantisation;
}

}  // namespace infersim::detail
