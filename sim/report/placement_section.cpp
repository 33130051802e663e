#include "report/placement_section.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"
#include "infersim/report/places.hpp"
#include "report/figures.hpp"

namespace infersim::detail {
namespace {

using Json = nlohmann::ordered_json;

const MemoryLedger* ledger_of(const Answer& a, Place place) {
  for (const MemoryLedger& ledger : a.best().memory.elsewhere) {
    if (ledger.place == place) return &ledger;
  }
  return nullptr;
}

/// Caches of the sequences that are counted.
Bytes cache_of(const Answer& a, const MemoryLedger& ledger) {
  const double sequences = std::min(a.best().batch - a.best().queued(), a.best().max_sequences);
  return sequences / a.best().replicas *
         ledger.sequence_bytes(a.scenario.workload().sequence_tokens());
}

std::string device_text(const Answer& a) {
  const Placement& placement = a.scenario.offload->placement;
  const Count layers = a.scenario.model.layer_count();
  const Count own = gpu_layers(placement, a.scenario.model) - (placement.head_on_host ? 0 : 1);
  std::string text =
      fmt::format("{} of {} layers{}, {}", own, layers,
                  placement.head_on_host ? "" : " and the head", show(a.best().memory.weights));
  if (placement.expert_layers > layers - own) {
    text += fmt::format("; of {} without routed experts", placement.expert_layers - (layers - own));
  }
  return text;
}

std::string host_text(const Answer& a, const MemoryLedger& host) {
  const Offload& offload = *a.scenario.offload;
  std::vector<std::string> held;
  if (!offload.second_device()) held.emplace_back("embedding");
  const Placement& placement = offload.placement;
  if (placement.host_layers > 0) {
    held.push_back(plural(static_cast<double>(placement.host_layers), "layer"));
  }
  if (placement.head_on_host) held.emplace_back("head");
  if (placement.expert_layers > 0) {
    held.push_back(fmt::format("routed experts of layers up to {}", placement.expert_layers));
  }
  std::string text =
      fmt::format("{}, {} of the {} of {}'s {} at {}", join(held), show(host.weights),
                  show(host.capacity), offload.host->name, offload.host->main_memory().name,
                  show(offload.host->main_memory().bandwidth));
  if (const Bytes cache = cache_of(a, host); cache > Bytes{}) {
    text += fmt::format(", and KV cache, {}", show(cache));
  }
  return text;
}

/// What computes beside the device.
const char* other_name(const Offload& offload) {
  return offload.second_device() ? "second" : "host";
}

std::string times_text(const PlaceTimes& times, Seconds step, const char* other) {
  std::vector<std::string> parts;
  const auto add = [&](const char* what, Seconds time) {
    if (time <= 1e-6 * step) return;
    parts.push_back(fmt::format("{} {} {}", what, show(time), show_percent(time / step)));
  };
  add("device", times.device);
  add(other, times.host);
  add("link", times.link);
  add("flash", times.flash);
  add("software", times.software);
  return join(parts);
}

std::string options_text(const Scenario& scenario) {
  const Placement& placement = scenario.offload->placement;
  std::string text;
  if (scenario.offload->host) {
    text = fmt::format(" --gpu-layers {}", gpu_layers(placement, scenario.model));
  }
  if (placement.expert_layers > 0) {
    text += fmt::format(" --cpu-experts {}", placement.expert_layers);
  }
  if (placement.flash_layers > 0) text += fmt::format(" --flash-layers {}", placement.flash_layers);
  return text;
}

Json ms(Seconds time) { return number(time / millisecond); }

Json times_json(const PlaceTimes& times) {
  return {{"device", ms(times.device)},
          {"host", ms(times.host)},
          {"link", ms(times.link)},
          {"flash", ms(times.flash)},
          {"software", ms(times.software)}};
}

bool placed(const Answer& a) {
  const auto& offload = a.scenario.offload;
  return offload && (offload->placement.any() || offload->second_device());
}

}  // namespace

std::string placement_section(const Answer& a, const TextStyle& style) {
  if (!placed(a)) return {};
  const Offload& offload = *a.scenario.offload;
  std::string text = heading("Weights by place", style) + item("device", device_text(a), style);
  const MemoryLedger* host = ledger_of(a, Place::host);
  if (host != nullptr) text += item(other_name(offload), host_text(a, *host), style);
  if (host == nullptr && offload.second_device()) {
    text += item("second", fmt::format("{}: idle, the first holds all", offload.host->name), style);
  }
  if (const MemoryLedger* flash = ledger_of(a, Place::flash)) {
    text += item("flash",
                 fmt::format("{}, {}, read for every step at {}: {}",
                             plural(static_cast<double>(offload.placement.flash_layers), "layer"),
                             show(flash->weights), show(offload.flash.bandwidth),
                             source_text(offload.flash.provenance)),
                 style);
  }
  if (host != nullptr) {
    text +=
        item("link",
             fmt::format("{} each way, {} a hand-over: {}", show(offload.joined->link),
                         show(offload.joined->latency), source_text(offload.joined->provenance)),
             style);
  }
  text += paragraph("pinned by" + options_text(a.scenario), style);
  const auto add = [&](const char* what, const StepBreakdown& step) {
    text +=
        paragraph(fmt::format("{} step: {}", what,
                              times_text(place_times(step), step.cost.time, other_name(offload))),
                  style);
  };
  if (a.best().decode) add("decode", a.best().decode->steps);
  if (a.best().prefill) add("prefill", a.best().prefill->steps);
  if (host != nullptr) {
    text += paragraph(offload.second_device() ? "power is of both devices"
                                              : "power is of device and host's processor",
                      style);
  }
  return text;
}

Json placement_json(const Answer& a) {
  if (!placed(a)) return nullptr;
  const Offload& offload = *a.scenario.offload;
  const MemoryLedger* host = ledger_of(a, Place::host);
  const MemoryLedger* flash = ledger_of(a, Place::flash);
  Json document = {
      {"gpu_layers", gpu_layers(offload.placement, a.scenario.model)},
      {"host_layers", offload.placement.host_layers},
      {"cpu_experts", offload.placement.expert_layers},
      {"flash_layers", offload.placement.flash_layers},
      {"host", offload.host ? Json(offload.host->id) : Json()},
      {"host_weights_bytes", host != nullptr ? number(host->weights.base()) : Json()},
      {"host_kv_bytes", host != nullptr ? number(cache_of(a, *host).base()) : Json()},
      {"host_capacity_bytes", host != nullptr ? number(host->capacity.base()) : Json()},
      {"host_bytes_per_s",
       host != nullptr ? number(offload.others.host->memory_bandwidth.base()) : Json()},
      {"link_bytes_per_s", host != nullptr ? number(offload.others.link.base()) : Json()},
      {"flash_weights_bytes", flash != nullptr ? number(flash->weights.base()) : Json()},
      {"flash_bytes_per_s", number(offload.flash.bandwidth.base())},
      {"decode_ms", nullptr},
      {"prefill_ms", nullptr}};
  if (const auto& decode = a.best().decode) {
    document["decode_ms"] = times_json(place_times(decode->steps));
  }
  if (const auto& prefill = a.best().prefill) {
    document["prefill_ms"] = times_json(place_times(prefill->steps));
  }
  return document;
}

}  // namespace infersim::detail
