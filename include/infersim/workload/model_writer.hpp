#pragma once

#include <string>

#include "infersim/workload/model.hpp"

namespace infersim {

/// The description of a model that `load_model` reads back to the same shapes: `[[layers]]` for at
/// most six groups of equal layers, else a `pattern` of characters with a table for each kind of
/// layer. Its one source is the model's provenance.
std::string write_model(const ModelSpec& model);

}  // namespace infersim
