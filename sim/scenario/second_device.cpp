#include "infersim/scenario/second_device.hpp"

#include <vector>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/phase/step_effects.hpp"
#include "infersim/scenario/lookup.hpp"

namespace infersim {
namespace {

void check_card(const Device& device, const System& system) {
  const bool card = device.device_class == DeviceClass::pc && !shares_memory(device);
  if (!card || device.ranks > 1) {
    throw InputError(
        fmt::format("--hw: {} is no card that shares a computer with another", device.name),
        "name two cards of PCs, for example rtx-5090+rtx-3090; equal ones are "
        "--devices 2");
  }
  if (system.devices_per_node > 1) {
    throw InputError(fmt::format("--hw: {} has several devices already", system.name),
                     "name cards, not systems of several");
  }
}

}  // namespace

std::string first_device(const std::string& hw) {
  return second_device(hw).empty() ? hw : hw.substr(0, hw.find('+'));
}

std::string second_device(const std::string& hw) {
  const std::size_t plus = hw.find('+');
  return plus == std::string::npos ? "" : hw.substr(plus + 1);
}

Offload find_second(const Catalog& catalog, const std::string& second, const Device& device,
                    const System& system, const Framework& framework) {
  const Hardware other = find_hardware(catalog, second);
  check_card(device, system);
  check_card(other.device, other.system);
  const auto host_link = [](const Device& card, const System& around) {
    return around.host ? *around.host : *usual_host(card);
  };
  Offload offload;
  offload.joined = host_link(device, system);
  offload.joined->link = min(offload.joined->link, host_link(other.device, other.system).link);
  offload.joined->provenance.note = "PCIe, from card to card by way of the host's memory";
  offload.flash = usual_flash(device);
  const Engine& engine = other.device.decode_engine();
  const Efficiency efficiency = find_efficiency(catalog, other.device, framework.id, engine.kind);
  offload.others.host =
      within_steps(make_machine(other.device, engine, other.system, efficiency), framework.steps);
  offload.others.second_device = true;
  offload.others.link = offload.joined->link;
  offload.others.latency = offload.joined->latency;
  offload.others.flash = offload.flash.bandwidth;
  offload.host = other.device;
  return offload;
}

void add_second(Device& device, const Device& second) {
  device.name = fmt::format("{} + {}", device.name, second.name);
  if (device.price && second.price) {
    device.price->capital += second.price->capital;
    device.price->covers = "both cards";
  } else {
    device.price.reset();
    device.price_reason = "one of both cards has no price";
  }
  std::erase_if(device.rentals, [&](Rental& rental) {
    const Rental* other = second.rental(rental.term);
    if (other != nullptr) rental.rate += other->rate;
    return other == nullptr;
  });
}

}  // namespace infersim
