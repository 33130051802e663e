#include "workload/layer_list.hpp"

#include <utility>

namespace infersim::detail {

void append_layer(std::vector<LayerGroup>& layers, LayerGroup group) {
  if (!layers.empty() && layers.back().ffn == group.ffn &&
      layers.back().attention == group.attention) {
    layers.back().count += group.count;
  } else {
    layers.push_back(std::move(group));
  }
}

}  // namespace infersim::detail
