#pragma once

#include "infersim/core/toml_reader.hpp"
#include "infersim/workload/model.hpp"

// How a model description writes down its layers.
namespace infersim::detail {

/// Reads `[layers.attention]` and `[layers.ffn]` of a table into `layer`; what is left out stays as
/// it is, or is a missing table if `required`.
void read_blocks(TableReader& table, bool required, LayerGroup& layer);

/// Reads the layers of a model from its root: `[[layers]]`, or `pattern` and `[kinds.*]`.
std::vector<LayerGroup> read_layers(TableReader& root);

}  // namespace infersim::detail
