#include "infersim/validation/catalog_names.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"

namespace infersim {
namespace {

/// Forms of module that a chip is sold as, where it has one form only or one is usual.
constexpr std::array<std::string_view, 6> module_forms = {"sxm",  "sxm2", "sxm4",
                                                          "sxm5", "sxm6", "oam"};

/// What a checkpoint's name says of its number type.
constexpr std::array<std::string_view, 12> type_endings = {"fp8",  "fp4",  "nvfp4", "mxfp4",
                                                           "int8", "int4", "bf16",  "fp8block",
                                                           "awq",  "gptq", "w4a16", "w8a8"};

/// The part before the last separator and what is behind it.
std::pair<std::string_view, std::string_view> split_last(std::string_view name) {
  const std::size_t at = name.find_last_of("-_ ");
  if (at == std::string_view::npos) return {name, {}};
  return {name.substr(0, at), name.substr(at + 1)};
}

template <std::size_t count>
bool contains(const std::array<std::string_view, count>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), fold_name(word)) != words.end();
}

std::string_view without_publisher(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  if (slash != std::string_view::npos) return name.substr(slash + 1);
  const std::size_t dashes = name.rfind("--");
  return dashes == std::string_view::npos ? name : name.substr(dashes + 2);
}

std::vector<std::string> chip_spellings(std::string_view name) {
  std::vector<std::string> spellings = {std::string(name)};
  const auto [chip, form] = split_last(name);
  if (contains(module_forms, form)) spellings.emplace_back(chip);
  return spellings;
}

std::vector<std::string> model_spellings(std::string_view name) {
  const std::string_view plain = without_publisher(name);
  std::vector<std::string> spellings = {std::string(name), std::string(plain)};
  const auto [model, type] = split_last(plain);
  if (contains(type_endings, type)) spellings.emplace_back(model);
  return spellings;
}

/// Layers that hand requests to an engine, as tables join them to its name.
constexpr std::array<std::string_view, 2> routers = {"dynamo-", "mori-"};

std::string_view without_router(std::string_view framework) {
  for (const std::string_view router : routers) {
    if (framework.starts_with(router)) return framework.substr(router.size());
  }
  return framework;
}

MeasuredChip load_chip(const Catalog& catalog, const std::string& name, std::string_view labelled,
                       std::string_view source,
                       const std::map<std::string, std::string>& families) {
  Hardware hardware = find_hardware(catalog, name);
  const auto other = families.find(hardware.device.id);
  if (other != families.end()) hardware.device.family = other->second;
  const std::string own{without_router(labelled)};
  const Efficiency efficiency = find_efficiency(catalog, hardware.device, own);
  const bool serves = catalog.find(DescriptionKind::framework, own).has_value();
  const std::string server = serves ? own : efficiency.runtime.framework;
  Framework framework =
      find_framework(catalog, server, hardware.device.family, tuning_of(catalog, server, source));
  const auto machine = [&](const Engine& engine) {
    return make_machine(hardware.device, engine, hardware.system, efficiency);
  };
  Machine prefill = machine(hardware.device.prefill_engine());
  Machine decode = machine(hardware.device.decode_engine());
  Machine serving_prefill = within_steps(prefill, framework.steps);
  Machine serving_decode = within_steps(decode, framework.steps);
  prefill.timed_alone = decode.timed_alone = true;
  return {std::move(hardware.device), std::move(hardware.system), std::move(framework),
          std::move(prefill),         std::move(decode),          std::move(serving_prefill),
          std::move(serving_decode)};
}

/// A model whose id or alias is `name` behind some publisher.
std::optional<Description> by_any_publisher(const Catalog& catalog, std::string_view name) {
  const std::string wanted = fold_name(name);
  const auto is_it = [&](const std::string& other) {
    return fold_name(without_publisher(other)) == wanted;
  };
  for (Description& each : catalog.descriptions(DescriptionKind::model)) {
    if (is_it(each.id) || std::any_of(each.aliases.begin(), each.aliases.end(), is_it)) {
      return std::move(each);
    }
  }
  return std::nullopt;
}

/// What `find` finds; the first fault of a description that has some as the reason.
template <class Find>
auto or_fault(Find find, std::string_view what, std::string_view name) -> decltype(find()) {
  try {
    return find();
  } catch (const InputError& error) {
    std::string fault = format(error.faults().front());
    fault.resize(std::min(fault.find('\n'), fault.size()));
    return tl::unexpected(fmt::format("{} {}: {}", what, quote(name), fault));
  }
}

}  // namespace

void CatalogNames::count_as(std::string device, std::string family) {
  families_[std::move(device)] = std::move(family);
  chips_.clear();
}

const CatalogNames::Found<MeasuredChip>& CatalogNames::chip(std::string_view name,
                                                            std::string_view framework,
                                                            std::string_view source) {
  const std::string key = fmt::format("{}\n{}\n{}", name, framework, source);
  auto known = chips_.find(key);
  if (known != chips_.end()) return known->second;
  const auto find = [&]() -> Found<MeasuredChip> {
    for (const std::string& spelling : chip_spellings(name)) {
      if (catalog_.find(DescriptionKind::device, spelling) ||
          catalog_.find(DescriptionKind::system, spelling)) {
        return load_chip(catalog_, spelling, framework, source, families_);
      }
    }
    return tl::unexpected(fmt::format("chip {} is not in the catalogue", quote(name)));
  };
  return chips_.emplace(key, or_fault(find, "chip", name)).first->second;
}

const CatalogNames::Found<ModelSpec>& CatalogNames::model(std::string_view name) {
  auto known = models_.find(name);
  if (known != models_.end()) return known->second;
  const auto find = [&]() -> Found<ModelSpec> {
    const std::vector<std::string> spellings = model_spellings(name);
    for (const std::string& spelling : spellings) {
      if (const auto found = catalog_.find(DescriptionKind::model, spelling)) {
        return read_model(*found);
      }
    }
    for (const std::string& spelling : spellings) {
      if (const auto found = by_any_publisher(catalog_, spelling)) return read_model(*found);
    }
    return tl::unexpected(fmt::format("model {} is not in the catalogue", quote(name)));
  };
  return models_.emplace(std::string(name), or_fault(find, "model", name)).first->second;
}

}  // namespace infersim
