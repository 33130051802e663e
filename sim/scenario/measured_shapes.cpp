#include "scenario/measured_shapes.hpp"

#include <algorithm>

#include "infersim/scenario/lookup.hpp"

namespace infersim::detail {

bool same_shapes(const ModelSpec& a, const ModelSpec& b) {
  Checkpoint formats = a.checkpoint;
  formats.bytes = b.checkpoint.bytes;  // of files, which may hold more than the decoder
  return a.hidden == b.hidden && a.vocab == b.vocab && a.tied_embeddings == b.tied_embeddings &&
         a.norm_bias == b.norm_bias && a.post_norms == b.post_norms && a.positions == b.positions &&
         a.streams == b.streams && a.laurel == b.laurel && a.per_layer == b.per_layer &&
         formats == b.checkpoint && a.layers == b.layers;
}

void count_equal_shapes(const Catalog& catalog, const ModelSpec& model, MeasuredPoints& points) {
  if (points.models.empty() || points.of_model(model.id)) return;
  const bool measured = std::ranges::any_of(points.models, [&](const std::string& id) {
    const auto found = catalog.find(DescriptionKind::model, id);
    return found && same_shapes(model, read_model(*found));
  });
  if (measured) points.models.push_back(model.id);
}

}  // namespace infersim::detail
