#include "workload/hf_modules.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <set>

namespace infersim::detail {

namespace {

using Words = std::initializer_list<std::string_view>;

bool has(std::string_view name, Words words) {
  return std::any_of(words.begin(), words.end(), [name](std::string_view word) {
    return name.find(word) != std::string_view::npos;
  });
}

bool ends(std::string_view name, Words words) {
  return std::any_of(words.begin(), words.end(),
                     [name](std::string_view word) { return name.ends_with(word); });
}

/// Without the signs of patterns at its end.
std::string_view trimmed(std::string_view name) {
  while (!name.empty() && std::string_view(".*$").find(name.back()) != std::string_view::npos)
    name.remove_suffix(1);
  return name;
}

/// Whether a name stands for a part as a whole, or for the projection that it begins with.
bool stands_for(std::string_view name, HfPart part) {
  switch (part) {
    case HfPart::attention:
      return ends(name, {"attn", "attention", "q_proj", "qkv_proj", "q_a_proj", "query_key_value",
                         "in_proj_qkv", "in_proj_qkvz", "mixer.in_proj"});
    case HfPart::network:
      return ends(name, {"mlp", "feed_forward", "ffn", "gate_proj", "up_proj", "gate_up_proj",
                         "shared_expert", "shared_experts", "shared_mlp", ")_proj"}) &&
             hf_part_of(name) == HfPart::network;
    case HfPart::experts:
      return ends(name, {"experts", "mlp", "block_sparse_moe"}) && !ends(name, {"shared_experts"});
    case HfPart::head:
    case HfPart::embedding:
    case HfPart::other: break;
  }
  return hf_part_of(name) == part;
}

/// The number of the layer that a name says; empty if it says none.
std::string layer_number(std::string_view name) {
  constexpr std::string_view mark = "layers.";
  const std::size_t at = name.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = name.substr(at + mark.size());
  const auto digits =
      std::find_if(rest.begin(), rest.end(), [](unsigned char c) { return std::isdigit(c) == 0; });
  return {rest.begin(), digits};
}

}  // namespace

HfPart hf_part_of(std::string_view module) {
  const std::string_view name = trimmed(module);
  if (has(name, {"vision", "visual", "audio", "multi_modal", "mtp", "norm", "conv1d"})) {
    return HfPart::other;
  }
  if (has(name, {"shared_expert", "shared_mlp"})) {
    return ends(name, {"expert_gate"}) ? HfPart::other : HfPart::network;
  }
  if (has(name, {"experts"})) return HfPart::experts;
  if (has(name, {"router"}) || ends(name, {".gate"})) return HfPart::other;
  if (has(name, {"lm_head"})) return HfPart::head;
  if (has(name, {"embed", "wte"})) return HfPart::embedding;
  if (has(name,
          {"mlp", "feed_forward", "ffn", "up_proj", "down_proj", "gate_proj", "fc1", "fc2"})) {
    return HfPart::network;
  }
  if (has(name, {"attn", "attention", "mixer", "mamba", "q_proj", "k_proj", "v_proj", "o_proj",
                 "qkv", "kv_"})) {
    return HfPart::attention;
  }
  return HfPart::other;
}

bool hf_leaves_out(const std::vector<std::string>& names, HfPart part, Count layers) {
  std::set<std::string> numbered;
  for (const std::string& each : names) {
    const std::string_view name = trimmed(each);
    if (!stands_for(name, part)) continue;
    const std::string number = layer_number(name);
    if (number.empty()) return true;
    numbered.insert(number);
  }
  return static_cast<Count>(2 * numbered.size()) > layers;
}

}  // namespace infersim::detail
