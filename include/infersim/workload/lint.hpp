#pragma once

#include <vector>

#include "infersim/core/suspicion.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// Shapes of a model that are legal and that no published model has: fewer than 1000 tokens in the
/// vocabulary, a hidden size that 16 does not divide, heads of fewer than 16 or more than 1024
/// values, a feed-forward network narrower than an eighth of the hidden size (an expert: a
/// thirty-second), every expert routed to, a window beyond the context; and total or active
/// parameters more than 1.5 x away from what `70b`, `235b-a22b` or `1.8t` in id or name says
/// (some are called after their active ones alone).
std::vector<Suspicion> suspicions(const ModelSpec& model);

}  // namespace infersim
