#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "infersim/hardware/device.hpp"
#include "infersim/hardware/site.hpp"
#include "infersim/hardware/system.hpp"
#include "infersim/report/text.hpp"
#include "infersim/serving/framework.hpp"
#include "infersim/workload/model.hpp"
#include "infersim/workload/traffic.hpp"

namespace infersim {

/// By what a filter finds a thing: its id, aliases and name, of devices vendor, family and class
/// too, of systems their device.
std::vector<std::string> searched(const Device& device);
std::vector<std::string> searched(const System& system);
std::vector<std::string> searched(const ModelSpec& model);
std::vector<std::string> searched(const Site& site);
std::vector<std::string> searched(const TrafficPreset& traffic);
std::vector<std::string> searched(const Framework& framework);

/// Whether one of `names` contains `filter`, compared as look-up compares names: without case and
/// - _ . / and spaces.
bool matches(std::string_view filter, const std::vector<std::string>& names);

/// Tables with a line for each; devices by class.
std::string listing(const std::vector<Device>& devices, const TextStyle& style);
std::string listing(const std::vector<System>& systems, const TextStyle& style);
std::string listing(const std::vector<ModelSpec>& models, const TextStyle& style);
std::string listing(const std::vector<Site>& sites, const TextStyle& style);
std::string listing(const std::vector<TrafficPreset>& traffic, const TextStyle& style);
std::string listing(const std::vector<Framework>& frameworks, const TextStyle& style);

/// The same as a JSON array of objects (docs/json.md).
std::string json_listing(const std::vector<Device>& devices);
std::string json_listing(const std::vector<System>& systems);
std::string json_listing(const std::vector<ModelSpec>& models);
std::string json_listing(const std::vector<Site>& sites);
std::string json_listing(const std::vector<TrafficPreset>& traffic);
std::string json_listing(const std::vector<Framework>& frameworks);

}  // namespace infersim
