#pragma once

#include "workload/hf_object.hpp"

namespace infersim::detail {

/// Parameters of the vision tower that a `vision_config` of `outer` describes, with the projector
/// to a language model of `hidden`; 0 if there is none or its keys do not say. An estimate for the
/// record, as nothing else counts it: with d the tower's width and f that of its network,
///
///     layers (4 d^2 + 2 d f + 9 d + f) + (3 patch^2 frames + positions) d + m^2 + m hidden
///
/// m being the width of the patches that the projector merges; 3 d f where the network is gated.
Count read_hf_vision(HfObject& outer, Count hidden);

}  // namespace infersim::detail
