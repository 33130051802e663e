#include "infersim/phase/precision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"

namespace infersim {
namespace {

bool computes_in(const Device& device, NumberType type) {
  return device.prefill_engine().computes_in(type) && device.decode_engine().computes_in(type);
}

/// Storage formats that are expanded to a wider type on the way to any tensor unit.
bool can_be_weight_only(NumberType type) {
  return type == NumberType::int4 || type == NumberType::fp4 || type == NumberType::int8;
}

/// Whether weights of `type` are multiplied as they are. 4-bit integers are not, also where a chip
/// could: nothing quantises activations to them, and the accuracy of models would not survive it.
bool multiplies(const Device& device, NumberType type) {
  return type != NumberType::int4 && computes_in(device, type);
}

/// The first type that both engines compute in, 16 bits preferred.
NumberType widest_choice(const Device& device) {
  constexpr std::array preference = {NumberType::bf16, NumberType::fp16, NumberType::int8,
                                     NumberType::fp8,  NumberType::tf32, NumberType::fp32};
  const auto* found = std::find_if(preference.begin(), preference.end(),
                                   [&](NumberType t) { return computes_in(device, t); });
  return found == preference.end() ? NumberType::bf16 : *found;
}

/// Another type of equal width that both engines compute in.
std::optional<NumberType> sibling(const Device& device, NumberType type) {
  for (NumberType t : all_number_types) {
    if (t != type && width(t) == width(type) && computes_in(device, t)) return t;
  }
  return std::nullopt;
}

struct Choice {
  NumberType type;
  std::string reason;
};

Choice asked_for(const Device& device, NumberType asked, const char* option) {
  if (multiplies(device, asked)) return {asked, "asked for"};
  if (can_be_weight_only(asked)) {
    return {asked,
            fmt::format("asked for; weights only, products in {}", name(widest_choice(device)))};
  }
  std::vector<std::string> valid;
  for (NumberType t : all_number_types) {
    if (computes_in(device, t) || can_be_weight_only(t)) valid.emplace_back(name(t));
  }
  throw InputError(
      fmt::format("{} {}: {} does not compute in it", option, name(asked), device.name),
      "it runs " + join(valid));
}

/// What a checkpoint's weights become on a device that nobody told otherwise.
Choice as_published(const Device& device, NumberType own) {
  if (multiplies(device, own)) return {own, "the checkpoint's own"};
  const NumberType wide = widest_choice(device);
  if (width(own) == 4) {
    return {own, fmt::format("the checkpoint's own; weights only, products in {}", name(wide))};
  }
  if (const auto other = sibling(device, own)) {
    return {*other, fmt::format("{} has no {} units; {} is the nearest of the same width",
                                device.name, name(own), name(*other))};
  }
  return {wide, fmt::format("{} computes in no {}-bit type; {} instead of the checkpoint's {}",
                            device.name, width(own), name(wide), name(own))};
}

Choice choose_weights(const Device& device, NumberType own, std::optional<NumberType> asked) {
  if (asked) return asked_for(device, *asked, "--dtype");
  if (!device.default_weights) return as_published(device, own);
  const NumberType type = *device.default_weights;
  return {type, fmt::format("{} weights by default on a {}: one user's speed is bound by the "
                            "bytes of weights read for each token",
                            name(type), name(device.device_class))};
}

/// Quantised checkpoints leave embedding and head in 16 bits; those of small devices, whose weights
/// are integers, take them to 8 bits.
NumberType head_of(const Device& device, NumberType weights, bool as_weights, NumberType wide) {
  const bool integers =
      weights == NumberType::int4 || (weights == NumberType::int8 && is_edge(device.device_class));
  if (!integers) return wide;
  return as_weights ? weights : NumberType::int8;
}

}  // namespace

PrecisionPlan choose_precision(const Device& device, const ModelSpec& model,
                               std::optional<NumberType> weights, std::optional<NumberType> kv,
                               std::optional<NumberType> experts, bool head_as_weights) {
  const Choice choice = choose_weights(device, model.checkpoint, weights);
  const NumberType wide = widest_choice(device);
  // 16-bit values follow 16-bit weights, else what the chip computes in.
  const NumberType own = model.checkpoint;
  const bool keeps_own = width(own) == 16 && computes_in(device, own);
  const NumberType sixteen = keeps_own ? own : width(wide) == 16 ? wide : NumberType::bf16;
  const auto products_of = [&](NumberType stored) {
    return multiplies(device, stored) ? stored : keeps_own ? own : wide;
  };

  PrecisionPlan plan;
  plan.weights = choice.type;
  plan.compute = products_of(plan.weights);
  const bool routed =
      std::any_of(model.layers.begin(), model.layers.end(),
                  [](const LayerGroup& group) { return experts_of(group) != nullptr; });
  const bool wide_projections = routed && width(plan.weights) == 4 && !is_edge(device.device_class);
  plan.projections = wide_projections ? sixteen : plan.weights;
  plan.projection_compute = products_of(plan.projections);
  plan.experts = plan.weights;
  plan.reason = choice.reason;
  if (model.experts_checkpoint || experts) {
    const Choice own_choice = experts ? asked_for(device, *experts, "--expert-dtype")
                                      : choose_weights(device, *model.experts_checkpoint, weights);
    plan.experts = own_choice.type;
    if (own_choice.type != choice.type) {
      plan.reason += fmt::format("; experts {}: {}", name(own_choice.type), own_choice.reason);
    }
  }
  plan.expert_compute = products_of(plan.experts);
  // MXFP4 experts of a wider checkpoint (gpt-oss) keep activations of 8 bits where there are units.
  const bool mxfp4 = model.experts_checkpoint == NumberType::fp4 && plan.experts == NumberType::fp4;
  if (mxfp4 && plan.expert_compute == NumberType::fp4 && computes_in(device, NumberType::fp8)) {
    plan.expert_compute = NumberType::fp8;
  }
  plan.block_scales = model.block_scales && plan.weights == model.checkpoint;
  if (routed && weights == NumberType::fp8 && plan.weights != model.checkpoint) {
    plan.block_scales = true;
    plan.reason += "; scales of blocks of weights, as published mixtures in FP8 have them";
  }
  plan.activations = sixteen;
  plan.exchanged = width(plan.expert_compute) == 8 ? plan.expert_compute : plan.activations;
  plan.attention = keeps_own ? own : wide;
  plan.head = head_of(device, choice.type, head_as_weights, plan.activations);
  plan.kv = kv.value_or(plan.activations);
  return plan;
}

}  // namespace infersim
