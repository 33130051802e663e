#pragma once

#include <string>

#include "infersim/hardware/site.hpp"
#include "infersim/hardware/system.hpp"
#include "infersim/report/card.hpp"
#include "infersim/workload/traffic.hpp"

namespace infersim {

/// Every figure of a system, a site or traffic with its basis and source.
Card system_card(const System& system);
Card site_card(const Site& site);
Card traffic_card(const TrafficPreset& traffic);

/// The same as JSON documents (docs/json.md).
std::string system_json(const System& system);
std::string site_json(const Site& site);
std::string traffic_json(const TrafficPreset& traffic);

}  // namespace infersim
