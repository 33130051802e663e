#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "infersim/workload/model.hpp"

// What the names of modules in a quantisation mean.
namespace infersim::detail {

/// The part of a model that a module belongs to. `network` is a dense feed-forward network or the
/// shared experts; `other` is what is next to nothing (norms, routers, convolutions) or counted
/// apart (towers, MTP).
enum class HfPart { attention, network, experts, head, embedding, other };

inline constexpr std::size_t hf_part_count = 6;

/// By what the names of all families have in common: `model.layers.3.mlp.experts`, `*self_attn*`,
/// `re:.*q_proj`.
HfPart hf_part_of(std::string_view module);

/// Whether names that are left out take in `part` of most of `layers`: as a whole or by the
/// projection that it begins with, for a layer that a name numbers or (`layers.*`) for all.
bool hf_leaves_out(const std::vector<std::string>& names, HfPart part, Count layers);

}  // namespace infersim::detail
