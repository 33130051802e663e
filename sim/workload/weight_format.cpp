#include "infersim/workload/weight_format.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "infersim/core/text.hpp"
#include "infersim/workload/gguf_type.hpp"
#include "infersim/workload/parameters.hpp"
#include "workload/gguf_checkpoint.hpp"
#include "workload/weight_recipes.hpp"

namespace infersim {

namespace {

using namespace detail;

double real(Count count) { return static_cast<double>(count); }

/// A type or format by another name.
struct Alias {
  std::string_view name;
  WeightChoice choice;
};

constexpr Alias aliases[] = {
    {"f32", NumberType::fp32},  {"f16", NumberType::fp16},      {"float16", NumberType::fp16},
    {"half", NumberType::fp16}, {"bfloat16", NumberType::bf16}, {"w8a8", NumberType::int8},
    {"nvfp4", NumberType::fp4}, {"q4f16_1", NumberType::int4},  {"int6", WeightFormat{"q6_k"}}};

/// All linear layers in one type beside an embedding and a head of 16 bits.
struct Method {
  std::string_view name;
  NumberType type;
  double bits;  ///< of a weight, with its scales
  bool block_scales = false;
};

// Groups of 128 of a row, or of as many as the name says, with a scale of 16 bits and, of awq and
// gptq, a zero point of 4; fp8_block has a scale of 32 for 128 x 128.
constexpr Method methods[] = {{"awq", NumberType::int4, 4 + 20.0 / 128},
                              {"gptq", NumberType::int4, 4 + 20.0 / 128},
                              {"w4a16", NumberType::int4, 4 + 16.0 / 128},
                              {"int4_g32", NumberType::int4, 4 + 16.0 / 32},
                              {"int4_g64", NumberType::int4, 4 + 16.0 / 64},
                              {"int4_g128", NumberType::int4, 4 + 16.0 / 128},
                              {"w8a16", NumberType::int8, 8 + 16.0 / 128},
                              {"fp8_block", NumberType::fp8, 8 + 32.0 / (128 * 128), true}};

/// MXFP4 (OCP Microscaling Formats 1.0): a scale of 8 bits for 32 values. llama.cpp gives it to
/// experts alone, beside 8 bits for all else; a model without experts has it in all linear layers.
constexpr std::string_view microscaled = "mxfp4";
constexpr Recipe microscaled_experts = {
    .name = microscaled, .usual = "q8_0", .head = "q8_0", .experts = "mxfp4"};
constexpr Method microscaled_layers = {microscaled, NumberType::fp4, 4.25};

const Recipe* find_recipe(std::string_view name) {
  const auto all = recipes();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [name](const Recipe& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const Method* find_method(std::string_view name) {
  const auto* found = std::find_if(std::begin(methods), std::end(methods),
                                   [name](const Method& each) { return each.name == name; });
  return found == std::end(methods) ? nullptr : found;
}

Checkpoint stored_by(const ModelSpec& model, const Method& method) {
  Checkpoint stored;
  stored.linear = method.type;
  if (experts_of(model) != nullptr) stored.experts = method.type;
  stored.projections = method.type;
  stored.bits = {.linear = method.bits, .projections = method.bits, .experts = method.bits};
  stored.head = stored.embedding = NumberType::bf16;
  if (method.type == NumberType::int8) stored.weight_only = method.type;
  stored.block_scales = method.block_scales;
  stored.format = method.name;
  return stored;
}

/// Gives the tensors of a model their types.
class Quantiser {
 public:
  Quantiser(const ModelSpec& model, const Recipe& recipe)
      : model_(model), recipe_(recipe), layers_(model.layer_count()) {
    if (const MoeFfn* moe = experts_of(model)) eight_experts_ = moe->experts == 8;
  }

  Checkpoint stored() {
    const double rows = real(model_.vocab) * real(model_.hidden);
    const std::string_view embedding = model_.tied_embeddings ? recipe_.head : recipe_.embedding;
    add(parts_.embedding, {embedding}, model_.hidden, rows);
    if (!model_.tied_embeddings) add(parts_.head, {recipe_.head}, model_.hidden, rows);
    for (const LayerGroup& group : model_.layers) {
      count_ = real(group.count);
      std::visit([this](const auto& a) { attention(a); }, group.attention);
      std::visit([this](const auto& ffn) { network(ffn); }, group.ffn);
    }
    Checkpoint checkpoint = settle_gguf(parts_);
    checkpoint.format = recipe_.name;
    return checkpoint;
  }

 private:
  /// `values` weights in rows of `columns`, in each layer of the group or once.
  void add(GgufShare& part, const Place& place, Count columns, double values) {
    const std::string_view usual = place.type.empty() ? recipe_.usual : place.type;
    const double share = share_of(place.where, layers_);
    add_type(part, usual, columns, (1 - share) * values);
    if (share > 0) add_type(part, place.there, columns, share * values);
  }

  static void add_type(GgufShare& part, std::string_view name, Count columns, double values) {
    const GgufType* type = find_gguf_type(name);
    while (type->block > 1 && columns % type->block != 0)
      type = find_gguf_type(fallback(type->name));
    part.add(*type, values);
  }

  void attention(const GroupedQueryAttention& a) {
    const double hidden = count_ * real(model_.hidden);
    const Count width = a.heads * a.value_dim;
    Place value = recipe_.value;
    const bool grouped = a.kv_heads > 0 && a.heads / a.kv_heads >= 4;
    if (grouped && !recipe_.grouped_value.empty()) value = {recipe_.grouped_value};
    // Of the 70 B of Llama, whose values are an eighth of its queries.
    const std::string_view plain = value.type.empty() ? recipe_.usual : value.type;
    const bool raised = layers_ == 80 && grouped && (plain == "q3_k" || plain == "q4_k");
    if (raised) value.type = "q5_k";
    Place other = {recipe_.query_and_key};
    Place output = {recipe_.output};
    if (eight_experts_) {  // Mixtral: next to its experts they are little
      value = {"q8_0"};
      other = {"q8_0"};
      output = {"q5_k"};
    }
    const double q = real(a.heads * a.head_dim + (a.output_gate ? width : 0));
    add(parts_.attention, {recipe_.query_and_key}, model_.hidden, hidden * q);
    if (!a.shared_kv) {
      add(parts_.attention, other, model_.hidden, hidden * real(a.kv_heads * a.head_dim));
      const Count values = a.keys_as_values ? 0 : a.kv_heads * a.value_dim;
      add(parts_.attention, value, model_.hidden, hidden * real(values));
    }
    add(parts_.attention, output, width, hidden * real(width));
  }

  void attention(const ParallelMixers& a) {
    attention(a.attention);
    attention(a.recurrence);
  }

  void attention(const None&) {}

  /// What has no tensors of its own kind in the recipes.
  template <class Mixer>
  void attention(const Mixer& mixer) {
    const LayerGroup alone{.count = 1, .attention = mixer, .ffn = None{}};
    add(parts_.attention, {}, model_.hidden, count_ * layer_parameters(model_, alone).attention);
  }

  void matrices(GgufShare& part, Count width, Count intermediate, bool gated, double networks) {
    const double one = count_ * networks * real(width) * real(intermediate);
    add(part, recipe_.up, width, (gated ? 2 : 1) * one);
    add(part, recipe_.down, intermediate, one);
  }

  void network(const DenseFfn& ffn) {
    matrices(parts_.network, model_.hidden, ffn.intermediate, ffn.gated, 1);
  }

  void network(const MoeFfn& ffn) {
    const Count width = ffn.latent > 0 ? ffn.latent : model_.hidden;
    const double experts = real(ffn.experts);
    if (recipe_.experts.empty()) {
      matrices(parts_.experts, width, ffn.intermediate, ffn.gated, experts);
    } else {
      const double matrix = count_ * experts * real(width) * real(ffn.intermediate);
      add(parts_.experts, {recipe_.experts}, width, (ffn.gated ? 2 : 1) * matrix);
      add(parts_.experts, {recipe_.experts}, ffn.intermediate, matrix);
    }
    matrices(parts_.network, model_.hidden, ffn.shared_intermediate, ffn.gated, 1);
    add(parts_.network, {}, model_.hidden, 2 * count_ * real(model_.hidden) * real(ffn.latent));
  }

  void network(const None&) {}

  const ModelSpec& model_;
  const Recipe& recipe_;
  Count layers_;
  bool eight_experts_ = false;
  double count_ = 0;  ///< layers of the group
  GgufParts parts_;
};

}  // namespace

std::optional<WeightChoice> parse_weights(std::string_view text) {
  if (const auto type = parse_number_type(text)) return WeightChoice{*type};
  const std::string folded = fold_name(text);
  for (const Alias& alias : aliases) {
    if (fold_name(alias.name) == folded) return alias.choice;
  }
  for (const Recipe& recipe : recipes()) {
    if (fold_name(recipe.name) == folded) return WeightChoice{WeightFormat{recipe.name}};
  }
  for (const Method& method : methods) {
    if (fold_name(method.name) == folded) return WeightChoice{WeightFormat{method.name}};
  }
  if (folded == microscaled) return WeightChoice{WeightFormat{microscaled}};
  return std::nullopt;
}

std::vector<std::string> weight_names() {
  std::vector<std::string> names;
  for (const NumberType type : all_number_types)
    names.emplace_back(name(type));
  for (const Alias& alias : aliases)
    names.emplace_back(alias.name);
  for (const Recipe& recipe : recipes())
    names.emplace_back(recipe.name);
  for (const Method& method : methods)
    names.emplace_back(method.name);
  names.emplace_back(microscaled);
  return names;
}

Checkpoint stored_as(const ModelSpec& model, const WeightFormat& format) {
  if (const Method* method = find_method(format.name)) return stored_by(model, *method);
  if (const Recipe* recipe = find_recipe(format.name)) return Quantiser(model, *recipe).stored();
  if (experts_of(model) == nullptr) return stored_by(model, microscaled_layers);
  return Quantiser(model, microscaled_experts).stored();
}

}  // namespace infersim
