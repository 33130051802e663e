#include "workload/hf_checkpoint.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "workload/hf_quantisation.hpp"

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

std::optional<NumberType> read_plain(HfObject& config, const char* key) {
  const auto text = config.text(key);
  if (!text) return std::nullopt;
  std::string_view name = *text;
  if (name.starts_with("torch.")) name.remove_prefix(6);
  for (const TypeName& entry : plain_types) {
    if (entry.text == name) return entry.type;
  }
  config.fault(key, fmt::format("{} is not understood", quote(*text)),
               "understood are bfloat16, float16, float32 and float8_e4m3fn");
  return std::nullopt;
}

/// DeepSeek-V4 says apart that experts are in 4 bits.
std::optional<NumberType> read_expert_type(HfObject& config) {
  const auto text = config.text("expert_dtype");
  if (!text) return std::nullopt;
  const auto type = parse_number_type(*text);
  if (!type) {
    config.fault("expert_dtype", fmt::format("{} is not understood", quote(*text)),
                 "understood are fp4 and fp8");
  }
  return type;
}

/// The formats of all parts, one of which the checkpoint is called after.
Checkpoint settle(const HfQuantisation& quantisation, NumberType plain,
                  const HfContents& contents) {
  const auto format = [&](HfPart part) { return quantisation.of(part).value_or(HfFormat{plain}); };
  const HfFormat attention = format(HfPart::attention);
  const HfFormat network = contents.network ? format(HfPart::network) : attention;
  const HfFormat experts = contents.experts ? format(HfPart::experts) : network;
  Checkpoint stored;
  stored.linear = network.type;
  if (attention.type != stored.linear) stored.projections = attention.type;
  if (experts.type != stored.linear) stored.experts = experts.type;
  if (const auto& head = quantisation.of(HfPart::head)) stored.head = head->type;
  if (const auto& rows = quantisation.of(HfPart::embedding)) stored.embedding = rows->type;
  for (const HfFormat& each : {attention, network, experts}) {
    stored.block_scales = stored.block_scales || each.block_scales;
    // Integers of 4 bits are expanded in any case.
    if (each.weight_only && each.type != NumberType::int4) stored.weight_only = each.type;
  }
  stored.kv = quantisation.kv;
  return stored;
}

}  // namespace

Checkpoint read_hf_checkpoint(HfObject& inner, HfObject& outer, HfObject* beside,
                              const HfContents& contents) {
  std::optional<NumberType> plain;
  std::optional<HfQuantisation> quantised;
  std::optional<NumberType> experts;
  if (beside != nullptr) quantised = read_hf_quantisation(*beside, contents.layers, true);
  const std::optional<NumberType> cache = quantised ? quantised->kv : std::nullopt;
  for (HfObject* config : {&outer, &inner}) {  // what the inner one says goes last, and holds
    for (const char* key : {"torch_dtype", "dtype"}) {
      if (const auto type = read_plain(*config, key)) plain = type;
    }
    if (auto object = config->object("quantization_config")) {
      quantised = read_hf_quantisation(*object, contents.layers, false);
    }
    if (const auto type = read_expert_type(*config)) experts = type;
    if (&inner == &outer) break;
  }
  Checkpoint stored =
      settle(quantised.value_or(HfQuantisation{}), plain.value_or(NumberType::bf16), contents);
  if (!stored.kv) stored.kv = cache;
  if (experts && contents.experts) {
    stored.experts = *experts == stored.linear ? std::nullopt : experts;
  }
  return stored;
}

}  // namespace infersim::detail
