#include "report/entries.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/workload/layer_cache.hpp"
#include "infersim/workload/parameters.hpp"
#include "report/figures.hpp"

namespace infersim::detail {

namespace {

using Json = nlohmann::ordered_json;

constexpr double seconds_per_month = 365.25 * 86400 / 12;

std::string short_name(const GroupedQueryAttention& a) {
  if (a.indexer) return "sparse GQA";
  if (a.reach == Reach::window) return "SWA";
  if (a.reach == Reach::chunk) return "chunked";
  if (a.kv_heads == a.heads) return "MHA";
  return a.kv_heads == 1 ? "MQA" : "GQA";
}

std::string short_name(const LatentAttention& a) { return a.indexer ? "MLA+DSA" : "MLA"; }

std::string short_name(const LinearAttention& a) {
  switch (a.kind) {
    case LinearKind::lightning: return "linear";
    case LinearKind::mamba1: return "Mamba";
    case LinearKind::mamba2: return "Mamba-2";
    case LinearKind::gated_delta: return "GDN";
    case LinearKind::kimi_delta: return "KDA";
    case LinearKind::rwkv7: return "RWKV-7";
  }
  return {};
}

std::string short_name(const CompressedAttention& a) {
  if (a.ratio == 0) return "SWA";
  return a.indexer ? "CSA" : "HCA";
}

std::string short_name(const ParallelMixers& a) {
  return short_name(a.attention) + "|" + short_name(a.recurrence);
}

std::string short_name(const GatedConvolution&) { return "conv"; }

std::string short_name(const None&) { return {}; }

}  // namespace

std::string attention_summary(const ModelSpec& model) {
  std::vector<std::pair<std::string, Count>> kinds;
  for (const LayerGroup& group : model.layers) {
    const std::string kind =
        std::visit([](const auto& a) { return short_name(a); }, group.attention);
    if (kind.empty()) continue;  // a feed-forward layer by itself
    auto found = kinds.begin();
    while (found != kinds.end() && found->first != kind)
      ++found;
    if (found == kinds.end()) found = kinds.insert(found, {kind, 0});
    found->second += group.count;
  }
  std::string text;
  for (const auto& [kind, count] : kinds)
    text += fmt::format("{}{} {}", text.empty() ? "" : "+", count, kind);
  return text;
}

Json peaks_json(const Engine& engine) {
  Json peaks = Json::object();
  for (const NumberType type : all_number_types) {
    if (engine.computes_in(type)) {
      peaks[std::string(name(type))] = number(engine.dense_peak[index(type)].base());
    }
  }
  return peaks;
}

Json entry(const Device& device) {
  return {{"id", device.id},
          {"aliases", device.aliases},
          {"name", device.name},
          {"class", name(device.device_class)},
          {"vendor", device.vendor},
          {"family", device.family},
          {"year", known_number(device.released)},
          {"system", device.system},
          {"ranks", device.ranks},
          {"memory_bytes", number(device.main_memory().capacity.base())},
          {"bandwidth_bytes_per_s", number(device.main_memory().bandwidth.base())},
          {"peaks_flop_per_s", peaks_json(device.prefill_engine())},
          {"power_w", number(device.power.limit.base())},
          {"prefill_engine", device.prefill_engine().name},
          {"decode_engine", device.decode_engine().name}};
}

Json entry(const System& system) {
  return {{"id", system.id},
          {"aliases", system.aliases},
          {"name", system.name},
          {"device", system.device},
          {"site", system.site},
          {"devices_per_node", system.devices_per_node},
          {"max_nodes", system.max_nodes},
          {"topology", name(system.scale_up.topology)},
          {"domain", system.scale_up.domain},
          {"nic_bytes_per_s", known_number(system.scale_out.per_direction.base())}};
}

Json entry(const ModelSpec& model) {
  const ModelParameters parameters = count_parameters(model);
  return {{"id", model.id},
          {"aliases", model.aliases},
          {"name", model.name},
          {"total_params", number(parameters.total)},
          {"active_params", number(parameters.active)},
          {"kv_bytes_per_token", number(kv_bytes_per_token(model, NumberType::bf16).base())},
          {"state_bytes", number(state_bytes(model, NumberType::bf16).base())},
          {"layers", model.layer_count()},
          {"attention", attention_summary(model)},
          {"max_context", model.max_context},
          {"checkpoint", name(model.checkpoint.linear)}};
}

double usd_per_kwh(const Site& site) { return (site.electricity * kilowatt_hour).base(); }

double grams_per_kwh(const Site& site) { return (site.grid_carbon * kilowatt_hour).base(); }

double usd_per_kw_month(const Site& site) { return site.hosting.base() * 1e3 * seconds_per_month; }

Json entry(const Site& site) {
  return {{"id", site.id},
          {"aliases", site.aliases},
          {"name", site.name},
          {"usd_per_kwh", number(usd_per_kwh(site))},
          {"pue", number(site.pue)},
          {"gco2_per_kwh", number(grams_per_kwh(site))},
          {"hosting_usd_per_kw_month", number(usd_per_kw_month(site))}};
}

Json entry(const TrafficPreset& traffic) {
  const auto objective = [](const std::optional<Seconds>& time) {
    return time ? number(*time / millisecond) : Json(nullptr);
  };
  return {{"id", traffic.id},
          {"aliases", traffic.aliases},
          {"name", traffic.name},
          {"isl_tokens", number(traffic.lengths.isl)},
          {"osl_tokens", number(traffic.lengths.osl)},
          {"ttft_ms", objective(traffic.ttft)},
          {"tpot_ms", objective(traffic.tpot)}};
}

Json entry(const Framework& framework) {
  const Scheduler usual = framework.scheduler({}, 0.0);
  return {{"id", framework.id},
          {"aliases", framework.aliases},
          {"name", framework.name},
          {"prefill", usual.mixed ? "mixed" : "exclusive"},
          {"split", usual.split},
          {"budget_tokens", known_number(usual.budget)},
          {"front_latency_ms", number(usual.front_latency / millisecond)},
          {"per_layer_launch_ms", number(framework.per_layer_launch / millisecond)}};
}

}  // namespace infersim::detail
