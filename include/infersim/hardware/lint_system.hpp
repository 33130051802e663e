#pragma once

#include <vector>

#include "infersim/core/suspicion.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/site.hpp"
#include "infersim/hardware/system.hpp"

namespace infersim {

/// Figures of a system that are legal and odd beside the device that it holds: a capacity of the
/// device that it is not sold with, more sustained power than the device's limit, links between
/// domains faster than those inside. Links that are missing are faults: missing_link.hpp.
std::vector<Suspicion> suspicions(const System& system, const Device& device);

/// Figures of a site outside of what the world has: electricity beyond 0.01 to 0.6 USD/kWh, PUE
/// over 2, more than 1300 g CO2 a kWh (lignite has 1200), prices without a date.
std::vector<Suspicion> suspicions(const Site& site);

}  // namespace infersim
