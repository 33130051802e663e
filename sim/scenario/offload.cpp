#include "infersim/scenario/offload.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/phase/step_effects.hpp"
#include "infersim/scenario/assemble.hpp"
#include "infersim/scenario/evaluate.hpp"
#include "infersim/scenario/lookup.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim {
namespace {

/// The first number from `low` to `high` for which `holds`, which does for all after it; none if it
/// does not for the last.
std::optional<Count> first_that(Count low, Count high, const std::function<bool(Count)>& holds) {
  if (low > high || !holds(high)) return std::nullopt;
  while (low < high) {
    const Count middle = low + (high - low) / 2;
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

ParallelPlan one_device(const Question& question) {
  ParallelPlan plan;
  plan.mtp = question.mtp.value_or(0);
  plan.acceptance = question.acceptance.value_or(0.0);
  return plan;
}

/// Looks for placements of one scenario.
class PlacementSearch {
 public:
  explicit PlacementSearch(const Scenario& scenario)
      : scenario_(scenario),
        asked_(scenario.question.offload),
        layers_(scenario.model.layer_count()),
        plan_(one_device(scenario.question)) {
    experts_ = experts_of(scenario.model) != nullptr;
  }

  Placement best() {
    if (scenario_.offload->second_device()) return two_devices();
    const bool flash = asked_.flash_automatic || (asked_.automatic && !asked_.flash_layers);
    const Count least = std::min<Count>(asked_.flash_layers.value_or(0), layers_);
    const auto found = first_that(least, flash ? layers_ : least,
                                  [&](Count on_flash) { return fits(with_flash(on_flash), true); });
    return with_flash(found.value_or(flash ? layers_ : least));
  }

 private:
  /// Time grows evenly with the layers of the slower device: one of them holds as many as it can.
  [[nodiscard]] Placement two_devices() const {
    const Count all = layers_ + 1;
    if (asked_.gpu_layers) return placement(std::clamp<Count>(*asked_.gpu_layers, 1, all), 0, 0);
    const auto away = first_that(
        0, layers_, [&](Count moved) { return fits(placement(all - moved, 0, 0), false); });
    const Placement most = placement(all - away.value_or(layers_), 0, 0);
    if (!away || !fits(most, true)) return most;
    // Of those that the first holds, the fewest that leave the second what it holds.
    const auto own = first_that(
        1, all - *away, [&](Count on_device) { return fits(placement(on_device, 0, 0), true); });
    const Placement least = placement(own.value_or(all), 0, 0);
    return rate(least) > rate(most) ? least : most;
  }

  [[nodiscard]] bool has_host() const { return scenario_.offload->host.has_value(); }
  /// With so many layers on the device, the head counted as one of them.
  [[nodiscard]] Placement placement(Count on_device, Count experts, Count flash) const {
    Placement placement;
    placement.flash_layers = flash;
    if (!has_host()) return placement;
    placement.head_on_host = on_device == 0;
    const Count layers = std::max<Count>(on_device - 1, 0);
    placement.host_layers = std::max<Count>(layers_ - layers - flash, 0);
    placement.expert_layers = experts_ ? experts : 0;
    return placement;
  }

  [[nodiscard]] Scenario with(const Placement& placement) const {
    Scenario scenario = scenario_;
    scenario.offload->placement = placement;
    return scenario;
  }

  /// `host`: whether what the host holds is to fit too.
  [[nodiscard]] bool fits(const Placement& placement, bool host) const {
    Scenario scenario = with(placement);
    auto& machine = scenario.offload->others.host;
    if (!host && machine) machine->memory_capacity = Bytes{1e18};
    return assemble(scenario.workload(), scenario.pool(plan_)).has_value();
  }

  [[nodiscard]] double rate(const Placement& placement) const {
    const auto answer = evaluate(with(placement), plan_, scenario_.pinned_batch().value_or(1.0));
    return answer ? answer->headline.tokens.base() : 0.0;
  }

  /// As many layers on the device as it holds, unless they are pinned.
  [[nodiscard]] Placement most_layers(Count experts, Count flash) const {
    const Count all = layers_ + 1;
    if (asked_.gpu_layers) {
      return placement(std::min<Count>(*asked_.gpu_layers, all), experts, flash);
    }
    if (!asked_.automatic) return placement(all, experts, flash);
    const auto less = first_that(
        0, all, [&](Count away) { return fits(placement(all - away, experts, flash), false); });
    return placement(all - less.value_or(all), experts, flash);
  }

  [[nodiscard]] Placement with_flash(Count flash) const {
    if (!has_host()) return placement(0, 0, flash);
    if (asked_.cpu_experts) {
      return most_layers(std::min<Count>(*asked_.cpu_experts, layers_), flash);
    }
    const Placement whole = most_layers(0, flash);
    if (!asked_.automatic || !experts_ || asked_.gpu_layers) return whole;
    const Count all = layers_ + 1;
    const auto fewest = first_that(
        0, layers_, [&](Count experts) { return fits(placement(all, experts, flash), false); });
    const Placement apart = fewest ? placement(all, *fewest, flash) : most_layers(layers_, flash);
    if (apart == whole || !fits(apart, true)) return whole;
    return !fits(whole, true) || rate(apart) > rate(whole) ? apart : whole;
  }

  const Scenario& scenario_;
  const AskedOffload& asked_;
  Count layers_;
  ParallelPlan plan_;
  bool experts_ = false;
};

}  // namespace

std::string host_of(const AskedOffload& asked, const Device& device, const System& system) {
  if (asked.host) return *asked.host;
  if (system.host) return system.host->device;
  const auto usual = usual_host(device);
  return usual ? usual->device : "";
}

Offload find_offload(const Catalog& catalog, const AskedOffload& asked, const Device& device,
                     const System& system) {
  Offload offload;
  offload.flash = system.flash.value_or(usual_flash(device));
  offload.others.flash = offload.flash.bandwidth;
  if (device.ranks > 1) {
    throw InputError(fmt::format("--offload: {} is {} ranks", device.name, device.ranks),
                     "weights outside the device's memory are modelled for devices of one rank");
  }
  if (shares_memory(device) && !system.host) {
    const char* option = asked.host          ? "--host"
                         : asked.gpu_layers  ? "--gpu-layers"
                         : asked.cpu_experts ? "--cpu-experts"
                                             : nullptr;
    if (option != nullptr) {
      throw InputError(
          fmt::format("{}: {} shares one memory with its processor", option, device.name),
          "only flash is another place: --flash-layers N, or auto");
    }
    return offload;
  }
  offload.joined = system.host ? system.host : usual_host(device);
  const std::string name = host_of(asked, device, system);
  Hardware host = [&] {
    try {
      return find_hardware(catalog, name);
    } catch (const InputError& error) {
      throw InputError("--host: no processor is called " + quote(name),
                       "name one of `infersim list hw cpu`, for example epyc-9755, xeon-6980p, "
                       "ryzen-9-9950x");
    }
  }();
  const Engine* cores = host.device.engine_of(EngineKind::cpu);
  if (cores == nullptr) {
    throw InputError(fmt::format("--host: {} has no processor that runs programs", name),
                     "name one of `infersim list hw cpu`, for example epyc-9755, xeon-6980p, "
                     "ryzen-9-9950x");
  }
  const Device cpu = with_engines(host.device, {EngineKind::cpu, EngineKind::cpu});
  const Efficiency efficiency = find_efficiency(catalog, cpu, {}, EngineKind::cpu);
  offload.others.host =
      within_steps(make_machine(cpu, cpu.decode_engine(), host.system, efficiency), {});
  offload.others.link = offload.joined->link;
  offload.others.latency = offload.joined->latency;
  offload.host = cpu;
  return offload;
}

Placement choose_placement(const Scenario& scenario) { return PlacementSearch(scenario).best(); }

}  // namespace infersim
