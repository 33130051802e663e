#include "cli/calibrate/sources.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "infersim/cost/machine.hpp"

namespace infersim::cli {
namespace {

EfficiencyText text_of_found(const std::optional<Description>& found) {
  return found ? EfficiencyText{found->text, found->path} : EfficiencyText{};
}

}  // namespace

CalibrationSources Sources::functions() {
  return {[this](std::string_view name) { return chip(name); },
          [this](const std::string& its_family, const std::string& framework) {
            return kernels(its_family, framework);
          },
          [this](const CalibrationChip& of, const std::string& framework,
                 const LinkTarget& target) { return links(of, framework, target); },
          [this](const CalibrationChip& of, const std::string& framework, bool decode) {
            return fitted(of, framework, decode);
          },
          [this](const std::string& id) { return family(id); }};
}

tl::expected<const CalibrationChip*, std::string> Sources::chip(std::string_view name) {
  const auto known = chips_.find(name);
  if (known != chips_.end()) return &known->second;
  const auto& found = names_.chip(name, "");
  if (!found) return tl::unexpected(found.error());
  const Device& device = found->device;
  const EfficiencyText base = text_of(device.device_class);
  const Efficiency efficiency = load_efficiency(base, family_text(device.family), device.id);
  const auto machine = [&](const Engine& engine) {
    Machine alone = make_machine(device, engine, found->system, efficiency);
    alone.timed_alone = true;
    return alone;
  };
  // A device without a family is one of its own.
  CalibrationChip chip{device.id, device.family.empty() ? device.id : device.family,
                       machine(device.prefill_engine()), machine(device.decode_engine())};
  bases_[chip.family] = base;
  return &chips_.emplace(name, std::move(chip)).first->second;
}

std::optional<KernelDescription> Sources::kernels(const std::string& family,
                                                  const std::string& framework) {
  const EfficiencyText own = kernels_text(family, framework);
  if (own.toml.empty()) return std::nullopt;
  const auto base = bases_.find(family);
  return load_kernel_description(
      base != bases_.end() ? base->second : text_of(DeviceClass::datacenter), family_text(family),
      own);
}

LinkTables Sources::links(const CalibrationChip& chip, const std::string& framework,
                          const LinkTarget& target) {
  std::vector<EfficiencyText> texts = {bases_.at(chip.family), family_text(chip.family)};
  if (!target.operation) texts.push_back(kernels_text(chip.family, framework));
  return load_link_tables(texts, target, chip.prefill.fabric.in_network_reduction);
}

Machine Sources::fitted(const CalibrationChip& chip, const std::string& framework,
                        bool decode) const {
  Machine machine = decode ? chip.decode : chip.prefill;
  const EfficiencyText own = kernels_text(chip.family, framework);
  if (own.toml.empty()) return machine;
  const Efficiency beneath =
      load_efficiency(bases_.at(chip.family), family_text(chip.family), chip.id);
  machine.efficiency = with_kernels(beneath, own, chip.id);
  return machine;
}

std::string Sources::family(const std::string& id) const {
  const EfficiencyText text = family_text(id);
  return text.toml.empty() ? fmt::format("id   = \"{0}\"\nname = \"{0}\"\n\n", id) : text.toml;
}

EfficiencyText Sources::text_of(DeviceClass device_class) const {
  return text_of_found(catalog_.get(DescriptionKind::efficiency, name(device_class)));
}

EfficiencyText Sources::family_text(const std::string& family) const {
  return text_of_found(catalog_.find(DescriptionKind::efficiency, family));
}

EfficiencyText Sources::kernels_text(const std::string& family,
                                     const std::string& framework) const {
  return text_of_found(catalog_.find(DescriptionKind::kernels, family + "-" + framework));
}

}  // namespace infersim::cli
