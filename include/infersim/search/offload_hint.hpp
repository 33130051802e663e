#pragma once

#include <string>

#include "infersim/core/catalog.hpp"
#include "infersim/core/infeasible.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim {

/// A refusal for want of memory, with what `--offload auto` would make of it added to its hint:
/// where one device was asked for or is all there is, and weights were to stay in its memory.
/// Nothing is added where that would not run either.
Infeasible with_offload_hint(const Catalog& catalog, const Scenario& scenario, Infeasible refusal);

}  // namespace infersim
