#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "infersim/core/number_type.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/site.hpp"
#include "infersim/hardware/system.hpp"
#include "infersim/serving/framework.hpp"
#include "infersim/workload/model.hpp"
#include "infersim/workload/traffic.hpp"

namespace infersim::detail {

// What a list says of each thing, as JSON; the document of one of them begins with the same.
nlohmann::ordered_json entry(const Device& device);
nlohmann::ordered_json entry(const System& system);
nlohmann::ordered_json entry(const ModelSpec& model);
nlohmann::ordered_json entry(const Site& site);
nlohmann::ordered_json entry(const TrafficPreset& traffic);
nlohmann::ordered_json entry(const Framework& framework);

/// Dense peaks of an engine by type, of those it computes in.
nlohmann::ordered_json peaks_json(const Engine& engine);

/// The layers of a model by kind of attention, `15 GQA+45 GDN`.
std::string attention_summary(const ModelSpec& model);

/// Where electricity is priced and carbon weighed.
double usd_per_kwh(const Site& site);
double grams_per_kwh(const Site& site);
double usd_per_kw_month(const Site& site);

}  // namespace infersim::detail
