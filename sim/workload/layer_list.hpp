#pragma once

#include <vector>

#include "infersim/workload/model.hpp"

namespace infersim::detail {

/// Puts layers behind others: into their group if they are equal.
void append_layer(std::vector<LayerGroup>& layers, LayerGroup group);

}  // namespace infersim::detail
