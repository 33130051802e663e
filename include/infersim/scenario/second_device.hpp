#pragma once

#include <string>

#include "infersim/core/catalog.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/system.hpp"
#include "infersim/scenario/offload.hpp"
#include "infersim/serving/framework.hpp"

namespace infersim {

/// The device that a name like `rtx-5090+rtx-3090` begins with; the whole name where there is but
/// one.
std::string first_device(const std::string& hw);
/// The one after it; empty if there is none.
std::string second_device(const std::string& hw);

/// A second device beside the first in one computer, layers of the model on it. `framework`: as
/// asked for. Throws InputError where either is no card, of several ranks, or there is a third.
Offload find_second(const Catalog& catalog, const std::string& second, const Device& device,
                    const System& system, const Framework& framework);

/// What both cost and are called, as one device.
void add_second(Device& device, const Device& second);

}  // namespace infersim
