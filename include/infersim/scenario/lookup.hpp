#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/cost/efficiency.hpp"
#include "infersim/economics/api_price.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/site.hpp"
#include "infersim/hardware/system.hpp"
#include "infersim/scenario/local_models.hpp"
#include "infersim/serving/framework.hpp"
#include "infersim/workload/model.hpp"
#include "infersim/workload/traffic.hpp"

namespace infersim {

// What names mean. Each throws InputError with the nearest valid names, or with the faults of the
// description that it finds.

/// A device with the system it ships in.
struct Hardware {
  Device device;
  System system;
};

/// A device with its system, or a system with its device, by the name of either.
Hardware find_hardware(const Catalog& catalog, const std::string& name);

System find_system(const Catalog& catalog, const std::string& name);
Site find_site(const Catalog& catalog, const std::string& name);
/// Every price list there is.
std::vector<PriceList> find_price_lists(const Catalog& catalog);
TrafficPreset find_traffic(const Catalog& catalog, const std::string& name);
/// A framework on chips of a family, where it is described apart (`<framework>-<family>`), or as it
/// is launched (`<framework>-plain`), with the residuals of the framework elsewhere and of the
/// generic one after its own. Throws InputError where no plain launch of it is described.
Framework find_framework(const Catalog& catalog, const std::string& name,
                         const std::string& family = "", Tuning tuning = Tuning::tuned);

/// How a framework's servers are launched that a source of measurements tells of.
Tuning tuning_of(const Catalog& catalog, const std::string& framework, std::string_view source);

/// The efficiency parameters of a device: those of a framework's kernels on its family where they
/// were fitted, else its family's, else its class's. No framework: the one that is usual there.
/// Where other engines run the phases than the device's own, that of `engine` is what is described
/// of the family's of that kind (`hexagon-gpu`), else the family's if the engine is one of its own,
/// else what is of the class's (`phone-gpu`).
Efficiency find_efficiency(const Catalog& catalog, const Device& device,
                           const std::string& framework = {},
                           std::optional<EngineKind> engine = std::nullopt);

/// A model by name, or by the path of a TOML, a Hugging Face config.json or a folder with one, or
/// by its name on the Hub where the local cache has it. Keys of a configuration in `accept` are
/// passed over where they are not understood.
ModelSpec find_model(const Catalog& catalog, const std::string& name_or_path,
                     const std::vector<std::string>& accept = {});

/// The description of a model on this machine, called as it was asked for.
Description read_local_model(const LocalModel& local);

/// The same of a description that was found, with the files beside it.
ModelSpec read_model(const Description& description, const std::vector<std::string>& accept = {});

/// The description in a file, of a GGUF file its path alone: its header is read from there. Throws
/// InputError if it cannot be read.
Description read_description(const std::string& path);

}  // namespace infersim
