#pragma once

#include <string>

#include "infersim/report/text.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// All that is known of a model: shapes by kind of layer, parameters by part, what a sequence
/// keeps, bytes of its weights by number type with the checkpoint's own marked, source.
std::string model_card(const ModelSpec& model, const TextStyle& style);

/// The same as a JSON document (docs/json.md).
std::string model_json(const ModelSpec& model);

}  // namespace infersim
