#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "infersim/workload/model.hpp"

namespace infersim::detail {

/// The layers of a model by kind, in the order in which each first comes: interleaved layers make
/// one group a kind.
std::vector<LayerGroup> layer_kinds(const ModelSpec& model);

/// `MLA, 128 heads, query latent 1536, KV latent 512, 128 + 64 values a key, 128 a value`.
std::string shape(const Attention& attention);
/// `256 experts of 2048, 8 a token, shared 2048`.
std::string shape(const Ffn& ffn);

/// Shapes under the keys that descriptions have them under.
nlohmann::ordered_json shape_json(const Attention& attention);
nlohmann::ordered_json shape_json(const Ffn& ffn);

/// Parameters of one part of a model.
struct Part {
  std::string_view key;    ///< `routed_experts`
  std::string_view label;  ///< `routed experts`
  double total = 0;
  double active = 0;  ///< of those, that one token passes
};

/// The parts of a model; totals add up to its parameters, active ones to its active parameters.
std::vector<Part> parts(const ModelSpec& model);

}  // namespace infersim::detail
