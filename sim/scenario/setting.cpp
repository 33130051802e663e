#include "infersim/scenario/setting.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/core/toml_edit.hpp"
#include "infersim/scenario/lookup.hpp"
#include "infersim/scenario/offload.hpp"
#include "infersim/scenario/question.hpp"
#include "infersim/scenario/second_device.hpp"

namespace infersim {
namespace {

constexpr std::array settable = {DescriptionKind::device, DescriptionKind::system,
                                 DescriptionKind::site,   DescriptionKind::framework,
                                 DescriptionKind::model,  DescriptionKind::traffic};

/// Tables of a chip or system that no time and no joule depends on.
constexpr std::array<std::string_view, 5> beside_physics = {"price", "rental", "carbon", "die",
                                                            "server"};

/// Paths that begin so are of the processor beside the device.
constexpr std::string_view host_key = "host.";

std::string host_of(const Catalog& catalog, const Question& question) {
  const Hardware hardware = find_hardware(catalog, first_device(question.hw));
  const std::string id = host_of(question.offload, hardware.device, hardware.system);
  return id.empty() ? id : find_hardware(catalog, id).device.id;
}

InputError wrong(const Setting& setting, const std::string& what, std::string hint) {
  return InputError(fmt::format("--set {}={}: {}", setting.key, setting.value, what),
                    std::move(hint));
}

/// The kind that a key begins with, and the path behind it.
std::pair<DescriptionKind, std::string> split_key(const Setting& setting) {
  const std::size_t dot = setting.key.find('.');
  const std::string first = setting.key.substr(0, dot);
  std::vector<std::string> names;
  for (const DescriptionKind kind : settable) {
    if (name(kind) == first && dot != std::string::npos) return {kind, setting.key.substr(dot + 1)};
    names.emplace_back(name(kind));
  }
  throw wrong(setting, quote(first) + " is not a kind of description",
              "paths begin with one of: " + join(names) + ", for example device.memory.bandwidth");
}

bool moves_physics(DescriptionKind kind, std::string_view path) {
  if (kind != DescriptionKind::device && kind != DescriptionKind::system) return false;
  return std::none_of(beside_physics.begin(), beside_physics.end(), [&](std::string_view table) {
    return path.starts_with(table) && path.substr(table.size()).starts_with('.');
  });
}

}  // namespace

std::map<DescriptionKind, std::string> subjects_of(const Catalog& catalog,
                                                   const Question& question) {
  const Hardware hardware = find_hardware(catalog, first_device(question.hw));
  const Efficiency efficiency =
      find_efficiency(catalog, hardware.device, question.framework.value_or(""));
  std::map<DescriptionKind, std::string> ids;
  ids[DescriptionKind::device] = hardware.device.id;
  ids[DescriptionKind::system] = hardware.system.id;
  ids[DescriptionKind::site] = question.site.value_or(hardware.system.site);
  const std::string framework = question.framework.value_or(efficiency.runtime.framework);
  if (!framework.empty()) {
    ids[DescriptionKind::framework] = find_framework(catalog, framework, hardware.device.family,
                                                     question.tuning.value_or(Tuning::tuned))
                                          .description;
  }
  ids[DescriptionKind::model] = question.model;
  if (question.traffic) ids[DescriptionKind::traffic] = *question.traffic;
  return ids;
}

BentCatalog bend(const Catalog& catalog, const Question& question) {
  BentCatalog bent{catalog, {}};
  if (question.set.empty()) return bent;
  const auto subjects = subjects_of(catalog, question);
  bool physics = false;
  const auto replace = [&](DescriptionKind kind, Description description, std::string text) {
    description.text = std::move(text);
    bent.catalog.put(kind, std::move(description));
  };
  for (const Setting& setting : question.set) {
    const bool of_host = setting.key.starts_with(host_key);
    const auto [kind, path] =
        of_host ? std::pair(DescriptionKind::device, setting.key.substr(host_key.size()))
                : split_key(setting);
    auto beside = subjects;
    if (of_host) beside[kind] = host_of(catalog, question);
    const auto subject = beside.find(kind);
    if (of_host && subject->second.empty()) {
      throw wrong(setting, "the device shares its memory with its processor",
                  "set device.memory instead");
    }
    if (subject == beside.end()) {
      throw wrong(setting, fmt::format("the question names no {}", name(kind)),
                  fmt::format("add --{} NAME", name(kind)));
    }
    const auto found = bent.catalog.find(kind, subject->second);
    if (!found) {
      throw wrong(setting, fmt::format("{} is no description of the catalogue", subject->second),
                  "`infersim import` writes one from a config.json");
    }
    EditedToml edited = [&] {
      try {
        return with_value(found->text, found->path, path, setting.value);
      } catch (const InputError& error) {
        throw wrong(setting, error.faults().front().message, error.faults().front().hint);
      }
    }();
    const bool moved = !of_host && moves_physics(kind, path);
    physics = physics || moved;
    bent.applied.push_back({fmt::format("{}.{}", of_host ? "host" : name(kind), edited.key),
                            setting.value, std::move(edited.was), moved});
    replace(kind, *found, std::move(edited.text));
  }
  if (physics) {
    const auto device =
        bent.catalog.get(DescriptionKind::device, subjects.at(DescriptionKind::device));
    replace(DescriptionKind::device, device,
            with_value(device.text, device.path, "concept", "true").text);
  }
  return bent;
}

}  // namespace infersim
