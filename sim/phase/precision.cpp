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

/// Weights as they are stored, whose they are, and which of them are expanded in any case.
struct Stored {
  Checkpoint checkpoint;
  std::string whose;
};

/// What stored weights become on a device that nobody told otherwise.
Choice as_stored(const Device& device, const Stored& stored, NumberType own) {
  const bool expanded = stored.checkpoint.weight_only == own;
  if (multiplies(device, own) && !expanded) return {own, stored.whose};
  const NumberType wide = widest_choice(device);
  if (width(own) == 4 || expanded) {
    return {own, fmt::format("{}; weights only, products in {}", stored.whose, name(wide))};
  }
  if (const auto other = sibling(device, own)) {
    return {*other, fmt::format("{} has no {} units; {} is the nearest of the same width",
                                device.name, name(own), name(*other))};
  }
  return {wide, fmt::format("{} computes in no {}-bit type; {} instead of the checkpoint's {}",
                            device.name, width(own), name(wide), name(own))};
}

/// Whether weights are run as they are stored: a class's default gives way to a format that a user
/// has chosen by the file.
bool runs_as_stored(const Device& device, const Checkpoint& stored,
                    std::optional<NumberType> asked) {
  return !asked && (!device.default_weights || !stored.format.empty());
}

Choice choose_weights(const Device& device, const Stored& stored, NumberType own,
                      std::optional<NumberType> asked) {
  if (asked) return asked_for(device, *asked, "--dtype");
  if (runs_as_stored(device, stored.checkpoint, asked)) return as_stored(device, stored, own);
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

/// Bits of the checkpoint's weights, as far as they are run in its own types.
WeightBits own_bits(const PrecisionPlan& plan, const Checkpoint& own) {
  const auto kept = [](NumberType run, NumberType stored, double bits) {
    return run == stored ? bits : 0;
  };
  const WeightBits& bits = own.bits;
  return {.linear = kept(plan.weights, own.linear, bits.linear),
          .projections = kept(plan.projections, own.projections_type(), bits.projections),
          .experts = kept(plan.experts, own.experts_type(), bits.experts),
          .head = own.head ? kept(plan.head, *own.head, bits.head) : 0,
          .embedding = own.embedding ? kept(plan.embedding, *own.embedding, bits.embedding) : 0};
}

}  // namespace

PrecisionPlan choose_precision(const Device& device, const ModelSpec& model,
                               const std::optional<WeightChoice>& choice_of_weights,
                               std::optional<NumberType> kv, std::optional<NumberType> experts,
                               bool head_as_weights) {
  const auto* format = choice_of_weights ? std::get_if<WeightFormat>(&*choice_of_weights) : nullptr;
  const Stored from = format != nullptr ? Stored{stored_as(model, *format), "asked for"}
                                        : Stored{model.checkpoint, "the checkpoint's own"};
  std::optional<NumberType> weights;
  if (choice_of_weights && format == nullptr) weights = std::get<NumberType>(*choice_of_weights);
  const Checkpoint& stored = from.checkpoint;
  const Choice choice = choose_weights(device, from, stored.linear, weights);
  const NumberType wide = widest_choice(device);
  // 16-bit values follow 16-bit weights, else what the chip computes in.
  const NumberType own = stored.linear;
  const bool keeps_own = width(own) == 16 && computes_in(device, own);
  const NumberType sixteen = keeps_own ? own : width(wide) == 16 ? wide : NumberType::bf16;
  const auto products_of = [&](NumberType type) {
    const bool expanded = !weights && stored.weight_only == type;
    return multiplies(device, type) && !expanded ? type : keeps_own ? own : wide;
  };

  PrecisionPlan plan;
  plan.weights = choice.type;
  plan.compute = products_of(plan.weights);
  // Where the checkpoint's own types are run, those of its parts hold too.
  const bool own_types = runs_as_stored(device, stored, weights);
  const bool routed =
      std::any_of(model.layers.begin(), model.layers.end(),
                  [](const LayerGroup& group) { return experts_of(group) != nullptr; });
  const bool wide_projections = routed && width(plan.weights) == 4 && !is_edge(device.device_class);
  plan.projections = wide_projections ? sixteen : plan.weights;
  plan.reason = choice.reason;
  if (own_types && stored.projections) {
    const Choice part = as_stored(device, from, *stored.projections);
    plan.projections = part.type;
    if (part.type != choice.type) {
      plan.reason += fmt::format("; projections {}: {}", name(part.type), part.reason);
    }
  }
  plan.projection_compute = products_of(plan.projections);
  plan.experts = plan.weights;
  if (stored.experts || experts) {
    const Choice own_choice = experts ? asked_for(device, *experts, "--expert-dtype")
                                      : choose_weights(device, from, *stored.experts, weights);
    plan.experts = own_choice.type;
    if (own_choice.type != choice.type) {
      plan.reason += fmt::format("; experts {}: {}", name(own_choice.type), own_choice.reason);
    }
  }
  plan.expert_compute = products_of(plan.experts);
  // MXFP4 experts of a wider checkpoint (gpt-oss) keep activations of 8 bits where there are units.
  const bool mxfp4 = stored.experts == NumberType::fp4 && plan.experts == NumberType::fp4;
  if (mxfp4 && plan.expert_compute == NumberType::fp4 && computes_in(device, NumberType::fp8)) {
    plan.expert_compute = NumberType::fp8;
  }
  plan.block_scales = stored.block_scales && plan.weights == stored.linear;
  if (routed && weights == NumberType::fp8 && plan.weights != stored.linear) {
    plan.block_scales = true;
    plan.reason += "; scales of blocks of weights, as published mixtures in FP8 have them";
  }
  plan.activations = sixteen;
  plan.exchanged = width(plan.expert_compute) == 8 ? plan.expert_compute : plan.activations;
  plan.attention = keeps_own ? own : wide;
  plan.head = head_of(device, choice.type, head_as_weights, plan.activations);
  plan.embedding = plan.router = plan.head;
  if (own_types && stored.head) {
    plan.head = as_stored(device, from, *stored.head).type;
    plan.router = plan.activations;
  }
  if (own_types && stored.embedding) plan.embedding = *stored.embedding;
  if (own_types) {
    plan.bits = own_bits(plan, stored);
    plan.format = stored.format;
  }
  plan.kv = stored.kv.value_or(plan.activations);
  if (weights == NumberType::fp4 && stored.experts_type() != NumberType::fp4 && !stored.kv &&
      !is_edge(device.device_class) && computes_in(device, NumberType::fp8)) {
    plan.kv = NumberType::fp8;
    if (!kv) plan.reason += "; KV cache fp8, for which published checkpoints in fp4 have scales";
  }
  if (kv) plan.kv = *kv;
  return plan;
}

}  // namespace infersim
