#pragma once

#include "infersim/core/catalog.hpp"
#include "infersim/serving/residual.hpp"
#include "infersim/workload/model.hpp"

namespace infersim::detail {

/// Whether two models take the same memory and time for each token: equal layers, widths and
/// formats. Names, longest context and a vision tower may differ (Llama 3.3 and 3.1 of 70 B).
bool same_shapes(const ModelSpec& a, const ModelSpec& b);

/// A model with the shapes of one that a framework was measured with counts as measured: its id
/// joins `points.models`, so that what was found of the one is said of the other.
void count_equal_shapes(const Catalog& catalog, const ModelSpec& model, MeasuredPoints& points);

}  // namespace infersim::detail
