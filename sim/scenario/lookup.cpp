#include "infersim/scenario/lookup.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/core/toml_place.hpp"
#include "infersim/hardware/missing_link.hpp"
#include "infersim/scenario/gguf_files.hpp"
#include "infersim/scenario/local_models.hpp"
#include "infersim/workload/hf_config.hpp"

namespace infersim {

namespace {

/// Whose residuals stand for those of frameworks that were not measured.
constexpr const char* generic_framework = "generic";

EfficiencyText as_text(const Description& description) {
  return {description.text, description.path};
}

/// A device in a system that has the links it needs.
Hardware joined(Device device, const Description& description) {
  System system = load_system(description.text, description.path);
  if (const auto missing = missing_link(system, device)) {
    throw InputError({{place_of(description.text, description.path, missing->key),
                       missing->key + ": " + missing->message, missing->hint}});
  }
  return {std::move(device), std::move(system)};
}

bool is_path(std::string_view name) {
  return name.find('/') != std::string_view::npos || name.ends_with(".toml");
}

}  // namespace

Hardware find_hardware(const Catalog& catalog, const std::string& name) {
  if (auto found = catalog.find(DescriptionKind::device, name)) {
    Device device = load_device(found->text, found->path);
    const Description system = catalog.get(DescriptionKind::system, device.system);
    return joined(std::move(device), system);
  }
  if (auto found = catalog.find(DescriptionKind::system, name)) {
    const System system = load_system(found->text, found->path);
    const Description device = catalog.get(DescriptionKind::device, system.device);
    return joined(load_device(device.text, device.path), *found);
  }
  const std::string message = "--hw: no device or system is called " + quote(name);
  if (is_path(name)) {
    throw InputError(message,
                     "a file is named by its id, and found in a catalogue directory: --catalog DIR "
                     "--hw NAME reads DIR/hardware/devices/NAME.toml");
  }
  std::vector<std::string> names = catalog.ids(DescriptionKind::device);
  const std::vector<std::string> systems = catalog.ids(DescriptionKind::system);
  names.insert(names.end(), systems.begin(), systems.end());
  const std::string near = did_you_mean(name, names, offered_names);
  throw InputError(message, near.empty() ? "`infersim list hw` shows the devices" : near);
}

System find_system(const Catalog& catalog, const std::string& name) {
  const Description found = catalog.get(DescriptionKind::system, name);
  return load_system(found.text, found.path);
}

Site find_site(const Catalog& catalog, const std::string& name) {
  const Description found = catalog.get(DescriptionKind::site, name);
  return load_site(found.text, found.path);
}

std::vector<PriceList> find_price_lists(const Catalog& catalog) {
  std::vector<PriceList> lists;
  for (const Description& each : catalog.descriptions(DescriptionKind::prices))
    lists.push_back(load_price_list(each.text, each.path));
  return lists;
}

TrafficPreset find_traffic(const Catalog& catalog, const std::string& name) {
  const Description found = catalog.get(DescriptionKind::traffic, name);
  return load_traffic(found.text, found.path);
}

namespace {

/// The description of a framework apart: on a family, or as it is launched.
std::optional<Framework> find_variant(const Catalog& catalog, const std::string& framework,
                                      std::string_view variant) {
  if (variant.empty()) return std::nullopt;
  const auto there =
      catalog.find(DescriptionKind::framework, fmt::format("{}-{}", framework, variant));
  if (!there) return std::nullopt;
  Framework own = load_framework(there->text, there->path);
  // Of that name, but a framework of its own: `vllm-ascend` is no vLLM on a family `ascend`.
  if (own.family != variant && own.tuning == Tuning::tuned) return std::nullopt;
  return own;
}

}  // namespace

Framework find_framework(const Catalog& catalog, const std::string& name, const std::string& family,
                         Tuning tuning) {
  const Description found = catalog.get(DescriptionKind::framework, name);
  Framework framework = load_framework(found.text, found.path);
  const auto stand_behind = [&](const Framework& other) {
    framework.residuals.insert(framework.residuals.end(), other.residuals.begin(),
                               other.residuals.end());
    framework.widenings.insert(framework.widenings.end(), other.widenings.begin(),
                               other.widenings.end());
  };
  const bool plain = tuning == Tuning::plain;
  auto own = find_variant(catalog, found.id, plain ? infersim::name(tuning) : family);
  if (plain && !own) {
    throw InputError(fmt::format("no plain launch of {} was measured", framework.name),
                     "leave out --tuning");
  }
  if (own) {
    own->id = framework.id;
    if (!own->memory) own->memory = framework.memory;
    own->name = framework.name;
    std::swap(framework, *own);
    stand_behind(*own);
  }
  const auto generic = catalog.find(DescriptionKind::framework, generic_framework);
  if (generic && generic->id != found.id) {
    stand_behind(load_framework(generic->text, generic->path));
  }
  return framework;
}

Tuning tuning_of(const Catalog& catalog, const std::string& framework, std::string_view source) {
  const auto found = catalog.find(DescriptionKind::framework, framework);
  if (!found || source.empty()) return Tuning::tuned;
  const auto plain = find_variant(catalog, found->id, name(Tuning::plain));
  if (!plain) return Tuning::tuned;
  const auto& sources = plain->launched_by;
  return std::find(sources.begin(), sources.end(), source) == sources.end() ? Tuning::tuned
                                                                            : Tuning::plain;
}

Efficiency find_efficiency(const Catalog& catalog, const Device& device,
                           const std::string& framework, std::optional<EngineKind> engine) {
  const bool own_kind = !engine || device.own_engines.has(*engine);
  const bool other = engine && (!own_kind || device.running() != device.own_engines);
  const std::string suffix = other ? fmt::format("-{}", name(*engine)) : "";
  const Description base = catalog.get(DescriptionKind::efficiency, name(device.device_class));
  auto family = catalog.find(DescriptionKind::efficiency, device.family + suffix);
  if (!family && other) {
    family = catalog.find(DescriptionKind::efficiency,
                          own_kind ? device.family : std::string(base.id) + suffix);
  }
  Efficiency efficiency =
      load_efficiency(as_text(base), family ? as_text(*family) : EfficiencyText{}, device.id);
  const std::string own = framework.empty() ? efficiency.runtime.framework : framework;
  const std::string usual = efficiency.usual_kernels;
  std::vector<std::string> families = efficiency.kernels_of;
  families.push_back(other && family ? family->id : device.family);
  for (const std::string& each : families) {
    for (const std::string& library : usual == own ? std::vector{own} : std::vector{usual, own}) {
      const auto kernels = catalog.find(DescriptionKind::kernels, each + "-" + library);
      if (kernels) efficiency = with_kernels(std::move(efficiency), as_text(*kernels), device.id);
    }
  }
  return efficiency;
}

ModelSpec find_model(const Catalog& catalog, const std::string& name_or_path,
                     const std::vector<std::string>& accept) {
  if (is_model_path(name_or_path)) return read_model(read_description(name_or_path), accept);
  const auto known = catalog.find(DescriptionKind::model, name_or_path);
  if (known) return read_model(*known, accept);
  if (const auto local = find_local_model(name_or_path)) {
    return read_model(read_local_model(*local), accept);
  }
  return read_model(catalog.get(DescriptionKind::model, name_or_path), accept);
}

Description read_local_model(const LocalModel& local) {
  Description description = read_description(local.path);
  description.id = local.id;
  return description;
}

ModelSpec read_model(const Description& description, const std::vector<std::string>& accept) {
  const std::string& path = description.path;
  const bool gguf = path.ends_with(".gguf");
  if (!gguf && !path.ends_with(".json")) return load_model(description.text, path);
  ModelSpec model =
      gguf ? read_gguf(path) : load_hf_config(description.text, path, accept, files_beside(path));
  // What it was found by, not the folder of a snapshot.
  if (!description.id.empty()) model.id = model.name = description.id;
  return model;
}

Description read_description(const std::string& path) {
  if (path.ends_with(".gguf")) return {"", {}, path, {}};
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw InputError(path + ": cannot be read", "check the path");
  return {"", {}, path, std::move(text).str()};
}

}  // namespace infersim
