#include "infersim/report/listing.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"
#include "infersim/report/table.hpp"
#include "infersim/workload/layer_cache.hpp"
#include "infersim/workload/parameters.hpp"
#include "report/entries.hpp"
#include "report/figures.hpp"

namespace infersim {

namespace {

/// A name may be cut to so many columns before it is left out.
constexpr int least_name = 12;
const TableColumn id_column{"id", false, 0};
const TableColumn name_column{"name", false, least_name};

template <class Thing>
std::vector<std::string> names_of(const Thing& thing) {
  std::vector<std::string> names = {thing.id, thing.name};
  names.insert(names.end(), thing.aliases.begin(), thing.aliases.end());
  return names;
}

/// Four digits, without zeros at the end.
std::string compact(double value) {
  const double leading = std::pow(10, 3 - std::floor(std::log10(value)));
  return detail::exact(std::round(value * leading) / leading);
}

std::string known(double value) { return value > 0 ? compact(value) : "-"; }

/// The higher of the dense peaks of two types, in TFLOP/s.
double peak(const Engine& engine, NumberType a, NumberType b) {
  return max(engine.dense_peak[index(a)], engine.dense_peak[index(b)]).base() / 1e12;
}

/// `1.03T`, `37.6B`, `494M`.
std::string short_count(double count) {
  if (count >= 0.9995e12) return digits(count / 1e12) + "T";
  if (count >= 0.9995e9) return digits(count / 1e9) + "B";
  return digits(count / 1e6) + "M";
}

std::string whole(double value) { return digits(value, 1); }

/// `128k`, in units of 1024 tokens.
std::string context(Count tokens) {
  constexpr double k = 1024;
  const double count = static_cast<double>(tokens);
  return count < k ? whole(count) : compact(std::round(count / k)) + "k";
}

std::string milliseconds(const std::optional<Seconds>& time) {
  return time ? known(*time / millisecond) : "-";
}

/// The name, without its vendor where room is short.
std::string short_name(const Device& device, const TextStyle& style) {
  constexpr int roomy = 100;
  const bool led_by_vendor = device.name.starts_with(device.vendor + " ");
  if (style.width >= roomy || !led_by_vendor) return device.name;
  return device.name.substr(device.vendor.size() + 1);
}

std::vector<std::string> device_row(const Device& device, const TextStyle& style) {
  const Engine& engine = device.prefill_engine();
  return {device.id,
          short_name(device, style),
          device.released > 0 ? fmt::format("{}", device.released) : "-",
          known(device.main_memory().capacity.base() / 1e9),
          known(device.main_memory().bandwidth.base() / 1e12),
          known(peak(engine, NumberType::bf16, NumberType::fp16)),
          known(peak(engine, NumberType::fp8, NumberType::int8)),
          known(device.power.limit.base())};
}

template <class Things>
std::string json_array(const Things& things) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& thing : things)
    list.push_back(detail::entry(thing));
  return detail::dumped(list);
}

}  // namespace

std::vector<std::string> searched(const Device& device) {
  std::vector<std::string> names = names_of(device);
  for (const std::string_view more : {std::string_view(device.vendor),
                                      std::string_view(device.family), name(device.device_class)}) {
    names.emplace_back(more);
  }
  return names;
}

std::vector<std::string> searched(const System& system) {
  std::vector<std::string> names = names_of(system);
  names.push_back(system.device);
  return names;
}

std::vector<std::string> searched(const ModelSpec& model) { return names_of(model); }
std::vector<std::string> searched(const Site& site) { return names_of(site); }
std::vector<std::string> searched(const TrafficPreset& traffic) { return names_of(traffic); }
std::vector<std::string> searched(const Framework& framework) { return names_of(framework); }

bool matches(std::string_view filter, const std::vector<std::string>& names) {
  const std::string wanted = fold_name(filter);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return fold_name(name).find(wanted) != std::string::npos;
  });
}

std::string listing(const std::vector<Device>& devices, const TextStyle& style) {
  // One table, so that its columns are aligned throughout, with the class as a line of its own.
  Table table;
  table.columns = {id_column,      name_column,      {"year", true},  {"GB", true},
                   {"TB/s", true}, {"16-bit", true}, {"8-bit", true}, {"W", true}};
  std::vector<std::string_view> headings;  // of the rows, where one begins
  for (const DeviceClass each :
       {DeviceClass::datacenter, DeviceClass::pc, DeviceClass::phone, DeviceClass::embedded}) {
    bool first = true;
    for (const Device& device : devices) {
      if (device.device_class != each) continue;
      table.rows.push_back(device_row(device, style));
      headings.push_back(first ? name(each) : std::string_view{});
      first = false;
    }
  }
  const std::string lines = table.text(style);
  std::string text = lines.substr(0, lines.find('\n') + 1);
  std::size_t at = text.size();
  for (const std::string_view title : headings) {
    if (!title.empty()) text += heading(title, style);
    const std::size_t end = lines.find('\n', at) + 1;
    text += lines.substr(at, end - at);
    at = end;
  }
  return text + "\n  " +
         wrap(
             "GB, TB/s: main memory. 16-bit, 8-bit: dense TFLOP/s or TOP/s of the engine that "
             "runs prefill. W: sustained limit. `infersim show NAME` has the sources.",
             style.width, 2) +
         '\n';
}

std::string listing(const std::vector<System>& systems, const TextStyle& style) {
  Table table;
  table.columns = {id_column,    name_column,      {"device"},        {"devices", true},
                   {"topology"}, {"domain", true}, {"NIC GB/s", true}};
  for (const System& system : systems) {
    table.rows.push_back(
        {system.id, system.name, system.device, fmt::format("{}", system.devices_per_node),
         std::string(name(system.scale_up.topology)), fmt::format("{}", system.scale_up.domain),
         known(system.scale_out.per_direction.base() / 1e9)});
  }
  return table.text(style) + "\n  " +
         wrap(
             "devices: of a node. domain: devices joined by their own links. NIC: share of one "
             "device, each way.",
             style.width, 2) +
         '\n';
}

std::string listing(const std::vector<ModelSpec>& models, const TextStyle& style) {
  Table table;
  table.columns = {id_column,
                   name_column,
                   {"total", true},
                   {"active", true},
                   {"attention", false, 10},
                   {"KV B/tok", true},
                   {"context", true}};
  for (const ModelSpec& model : models) {
    const ModelParameters parameters = count_parameters(model);
    table.rows.push_back({model.id, model.name, short_count(parameters.total),
                          short_count(parameters.active), detail::attention_summary(model),
                          whole(kv_bytes_per_token(model, NumberType::bf16).base()),
                          context(model.max_context)});
  }
  return table.text(style) + "\n  " +
         wrap(
             "total, active: parameters. KV B/tok: bytes in BF16 of a further token beyond every "
             "window. context: k is 1024 tokens.",
             style.width, 2) +
         '\n';
}

std::string listing(const std::vector<Site>& sites, const TextStyle& style) {
  Table table;
  table.columns = {id_column,     name_column,        {"USD/kWh", true},
                   {"PUE", true}, {"gCO2/kWh", true}, {"hosting USD/kW/month", true}};
  for (const Site& site : sites) {
    table.rows.push_back({site.id, site.name, known(detail::usd_per_kwh(site)), known(site.pue),
                          known(detail::grams_per_kwh(site)),
                          known(detail::usd_per_kw_month(site))});
  }
  return table.text(style);
}

std::string listing(const std::vector<TrafficPreset>& traffic, const TextStyle& style) {
  Table table;
  table.columns = {id_column,     name_column,       {"isl", true},
                   {"osl", true}, {"TTFT ms", true}, {"TPOT ms", true}};
  for (const TrafficPreset& each : traffic) {
    table.rows.push_back({each.id, each.name, whole(each.lengths.isl), whole(each.lengths.osl),
                          milliseconds(each.ttft), milliseconds(each.tpot)});
  }
  return table.text(style) + "\n  " +
         wrap("isl, osl: tokens of prompt and answer. TTFT, TPOT: objectives that come with it.",
              style.width, 2) +
         '\n';
}

std::string listing(const std::vector<Framework>& frameworks, const TextStyle& style) {
  Table table;
  table.columns = {id_column,
                   name_column,
                   {"prefill"},
                   {"split"},
                   {"budget", true},
                   {"front ms", true},
                   {"launch ms/layer", true}};
  for (const Framework& each : frameworks) {
    const Scheduler usual = each.scheduler({}, 0.0);
    table.rows.push_back({each.id, each.name, usual.mixed ? "mixed" : "exclusive",
                          usual.split ? "yes" : "no", known(usual.budget),
                          known(usual.front_latency / millisecond),
                          known(each.per_layer_launch / millisecond)});
  }
  return table.text(style) + "\n  " +
         wrap(
             "budget: new tokens of a step (-: as the chip's class has it). front: of each "
             "request. launch: least time of a layer in steps with prompts.",
             style.width, 2) +
         '\n';
}

std::string json_listing(const std::vector<Device>& devices) { return json_array(devices); }
std::string json_listing(const std::vector<System>& systems) { return json_array(systems); }
std::string json_listing(const std::vector<ModelSpec>& models) { return json_array(models); }
std::string json_listing(const std::vector<Site>& sites) { return json_array(sites); }
std::string json_listing(const std::vector<TrafficPreset>& traffic) { return json_array(traffic); }
std::string json_listing(const std::vector<Framework>& frameworks) {
  return json_array(frameworks);
}

}  // namespace infersim
