#pragma once

#include <optional>

#include "infersim/core/suspicion.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/system.hpp"

namespace infersim {

/// What is wrong with a system that joins devices over links of their own where its device has
/// none, or with one whose device has ranks and nothing between them. Nothing that spans ranks can
/// then be answered: a link that is not described has no speed. Nothing: all that is needed is
/// there. The key is the system's.
std::optional<Suspicion> missing_link(const System& system, const Device& device);

}  // namespace infersim
