#pragma once

#include <optional>

#include "infersim/hardware/device.hpp"
#include "infersim/serving/framework.hpp"

namespace infersim {

/// The engines of a device that run a question's phases: those asked for; else, where a framework
/// is asked for that runs on some kinds, the first of these that the device has; else none, which
/// leaves the device's own. `framework` is null where none is asked for. Throws InputError for an
/// engine that the device lacks or the framework does not run on, naming those that there are.
std::optional<EnginePair> choose_engines(const Device& device,
                                         const std::optional<EnginePair>& asked,
                                         const Framework* framework);

}  // namespace infersim
