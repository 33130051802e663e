#include "workload/gguf_checkpoint.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <string_view>

#include "infersim/workload/gguf.hpp"

namespace infersim {

namespace {

struct Mixture {
  Count file_type;
  std::string_view name;
};

// llama_ftype of llama.h (github.com/ggml-org/llama.cpp).
constexpr Mixture mixtures[] = {
    {0, "f32"},      {1, "f16"},      {2, "q4_0"},    {3, "q4_1"},    {7, "q8_0"},
    {8, "q5_0"},     {9, "q5_1"},     {10, "q2_k"},   {11, "q3_k_s"}, {12, "q3_k_m"},
    {13, "q3_k_l"},  {14, "q4_k_s"},  {15, "q4_k_m"}, {16, "q5_k_s"}, {17, "q5_k_m"},
    {18, "q6_k"},    {19, "iq2_xxs"}, {20, "iq2_xs"}, {21, "q2_k_s"}, {22, "iq3_xs"},
    {23, "iq3_xxs"}, {24, "iq1_s"},   {25, "iq4_nl"}, {26, "iq3_s"},  {27, "iq3_m"},
    {28, "iq2_s"},   {29, "iq2_m"},   {30, "iq4_xs"}, {31, "iq1_m"},  {32, "bf16"},
    {36, "tq1_0"},   {37, "tq2_0"},   {38, "mxfp4"},  {39, "nvfp4"}};

}  // namespace

std::string_view gguf_mixture(Count file_type) {
  for (const Mixture& each : mixtures) {
    if (each.file_type == file_type) return each.name;
  }
  return {};
}

}  // namespace infersim

namespace infersim::detail {

namespace {

bool has(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [name](std::string_view word) {
    return name.find(word) != std::string_view::npos;
  });
}

/// The part that a tensor belongs to; none for what is next to nothing.
GgufShare* part_of(const GgufTensor& tensor, GgufParts& parts) {
  const std::string_view name = tensor.name;
  if (tensor.shape[1] < 2 || !name.ends_with(".weight")) return nullptr;
  if (has(name, {"norm", "ffn_gate_inp", "conv1d", "shortconv.conv", "rope_"})) return nullptr;
  if (has(name, {"_exps"})) return &parts.experts;
  if (has(name, {"token_embd", "position_embd"})) return &parts.embedding;
  if (name == "output.weight") return &parts.head;
  if (has(name, {"ffn_"})) return &parts.network;
  return has(name, {"attn", "ssm", "shortconv", "indexer"}) ? &parts.attention : nullptr;
}

}  // namespace

Checkpoint settle_gguf(const GgufParts& parts) {
  const GgufShare& named = !parts.network.empty()   ? parts.network
                           : !parts.experts.empty() ? parts.experts
                                                    : parts.attention;
  const GgufShare& head = parts.head.empty() ? parts.embedding : parts.head;
  Checkpoint stored;
  stored.linear = named.type().value_or(NumberType::bf16);
  stored.projections = parts.attention.type();
  stored.experts = parts.experts.type();
  stored.head = head.type();
  stored.embedding = parts.embedding.type();
  stored.bits = {.linear = named.bits(),
                 .projections = parts.attention.bits(),
                 .experts = parts.experts.bits(),
                 .head = head.bits(),
                 .embedding = parts.embedding.bits()};
  // Integers of 8 bits have a scale for each 16 or 32 of a row, as those of 4 have.
  for (const auto& type :
       {std::optional(stored.linear), stored.projections, stored.experts, stored.head}) {
    if (type == NumberType::int8) stored.weight_only = type;
  }
  return stored;
}

Checkpoint read_gguf_checkpoint(const GgufModel& model) {
  GgufParts parts;
  std::map<std::string_view, double> types;  // of all linear layers, by name
  Count bytes = 0;
  for (const GgufTensor* tensor : model.tensors()) {
    bytes += static_cast<Count>(tensor->bytes());
    GgufShare* part = part_of(*tensor, parts);
    if (part == nullptr) continue;
    const auto values = static_cast<double>(tensor->elements());
    part->add(*tensor->type, values);
    if (part != &parts.head && part != &parts.embedding) types[tensor->type->name] += values;
  }
  Checkpoint stored = settle_gguf(parts);
  stored.bytes = bytes;
  stored.format = gguf_mixture(model.general("general.file_type").value_or(-1));
  if (stored.format.empty() && !types.empty()) {
    stored.format = std::max_element(types.begin(), types.end(), [](const auto& a, const auto& b) {
                      return a.second < b.second;
                    })->first;
  }
  return stored;
}

}  // namespace infersim::detail
