#include "infersim/report/device_card.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"
#include "infersim/workload/parameters.hpp"
#include "report/efficiency_lines.hpp"
#include "report/entries.hpp"
#include "report/figures.hpp"
#include "report/kernel_lines.hpp"
#include "report/system_sections.hpp"

namespace infersim {

namespace {

using detail::figure;
using detail::from;
using Json = nlohmann::ordered_json;

std::string phases_of(const Device& device, const Engine& engine) {
  const bool prefill = &device.prefill_engine() == &engine;
  const bool decode = &device.decode_engine() == &engine;
  if (prefill && decode) return "runs prefill and decode";
  if (prefill) return "runs prefill";
  if (decode) return "runs decode";
  return "runs neither by default";
}

CardSection engine_section(const Device& device, const Engine& engine) {
  CardSection section;
  section.title =
      fmt::format("Engine: {} ({}), {}", engine.name, name(engine.kind), phases_of(device, engine));
  const std::string key = "engine." + engine.name;
  if (engine.units) {
    section.figures.push_back(from(
        figure(key + ".units", "units", static_cast<double>(*engine.units)), engine.provenance));
  }
  if (engine.exponentials > FlopRate{}) {
    section.figures.push_back(from(
        figure(key + ".exponentials", "exponentials", engine.exponentials), engine.provenance));
  }
  if (engine.vector_peak > FlopRate{}) {
    section.figures.push_back(from(
        figure(key + ".vector_peak", "element-wise FP32", engine.vector_peak), engine.provenance));
  }
  if (engine.active > Watts{}) {
    section.figures.push_back(
        from(figure(key + ".active", "kernels running", engine.active), engine.provenance));
  }
  for (const NumberType type : all_number_types) {
    if (!engine.computes_in(type)) continue;
    Figure peak = figure(fmt::format("{}.dense.{}", key, name(type)),
                         fmt::format("dense {}", name(type)), engine.dense_peak[index(type)]);
    const bool whole_numbers = type == NumberType::int8 || type == NumberType::int4;
    if (whole_numbers) peak.text = detail::exact(peak.value / 1e12) + " TOP/s";
    section.figures.push_back(from(std::move(peak), engine.peak_provenance(type)));
  }
  return section;
}

CardSection memory_section(const MemoryLevel& level, bool main) {
  CardSection section;
  section.title =
      fmt::format("Memory: {}{}", level.name, main ? ", holds weights and KV cache" : "");
  const std::string key = "memory." + level.name;
  const auto add = [&](Figure each) {
    section.figures.push_back(from(std::move(each), level.provenance));
  };
  add(figure(key + ".capacity", "capacity", level.capacity));
  if (level.bandwidth > Bandwidth{}) add(figure(key + ".bandwidth", "bandwidth", level.bandwidth));
  if (level.reserved > Bytes{}) {
    add(figure(key + ".reserved", "kept by the system", level.reserved));
  }
  if (level.stacks > 0) {
    add(figure(key + ".stacks", "stacks", static_cast<double>(level.stacks)));
  }
  add(figure(key + ".energy", "energy", level.energy));
  return section;
}

CardSection power_section(const PowerModel& power) {
  CardSection section;
  section.title = "Power";
  const auto add = [&](Figure each) {
    section.figures.push_back(from(std::move(each), power.provenance));
  };
  add(figure("power.idle", "idle", power.idle));
  add(figure("power.active", "active", power.active));
  add(figure("power.limit", "sustained limit", power.limit));
  if (power.transport > JoulesPerByte{}) {
    add(figure("power.transport", "memory to engines", power.transport));
  }
  for (const NumberType type : all_number_types) {
    const JoulesPerFlop energy = power.flop_energy[index(type)];
    if (!(energy > JoulesPerFlop{})) continue;
    section.figures.push_back(from(figure(fmt::format("power.flop_energy.{}", name(type)),
                                          fmt::format("a flop in {}", name(type)), energy),
                                   power.flop_energy_provenance));
  }
  return section;
}

CardSection money_section(const Device& device) {
  CardSection section;
  section.title = "Price";
  if (device.price) {
    section.figures.push_back(
        from(figure("price.capital", "bought", device.price->capital), device.price->provenance));
    section.notes.push_back("that buys: " + device.price->covers);
  }
  for (const Rental& rental : device.rentals) {
    section.figures.push_back(
        from(figure(fmt::format("rental.{}.rate", name(rental.term)),
                    fmt::format("rented, {}", name(rental.term)), rental.rate),
             rental.provenance));
  }
  if (!device.price_reason.empty()) section.notes.push_back("none: " + device.price_reason);
  return section;
}

std::vector<CardSection> described(const Device& device) {
  std::vector<CardSection> sections;
  if (device.die) {
    CardSection die;
    die.title = "Silicon: " + device.die->process;
    if (device.die->area > Area{}) {
      die.figures.push_back(
          from(figure("die.area", "area", device.die->area), device.die->provenance));
    } else {
      die.notes.push_back(provenance_text(device.die->provenance));
    }
    sections.push_back(std::move(die));
  }
  for (const Engine& engine : device.engines)
    sections.push_back(engine_section(device, engine));
  for (const MemoryLevel& level : device.memory)
    sections.push_back(memory_section(level, &level == &device.memory.front()));
  if (device.scale_up) {
    const Link& link = *device.scale_up;
    sections.push_back(
        {"Links: " + link.name,
         {from(figure("scale_up.per_direction", "each way", link.per_direction), link.provenance),
          from(figure("scale_up.energy", "energy", link.energy), link.provenance)},
         {}});
  }
  sections.push_back(power_section(device.power));
  sections.push_back(money_section(device));
  return sections;
}

/// The engines that a run uses, each once.
std::vector<const Engine*> engines_in_use(const Device& device) {
  std::vector<const Engine*> engines = {&device.prefill_engine()};
  if (&device.decode_engine() != engines.front()) engines.push_back(&device.decode_engine());
  return engines;
}

double ridge(const Engine& engine, NumberType type, const MemoryLevel& memory) {
  return (engine.dense_peak[index(type)] / memory.bandwidth).base();
}

CardSection derived_section(const DeviceFacts& facts) {
  const Device& device = facts.device;
  const MemoryLevel& memory = device.main_memory();
  CardSection section;
  section.title = "What follows";
  const auto engines = engines_in_use(device);
  for (const Engine* engine : engines) {
    const std::string of = engines.size() > 1 ? fmt::format(", {}", engine->name) : "";
    for (const NumberType type : all_number_types) {
      if (!engine->computes_in(type)) continue;
      const double flops = ridge(*engine, type, memory);
      section.figures.push_back(
          {"", fmt::format("ridge point {}{}", name(type), of),
           fmt::format("{} flop/B, {} B/flop", digits(flops), digits(1 / flops)), flops, "FLOP/B",
           std::nullopt});
    }
  }
  const Bytes read = single_user_bytes(facts.small_model);
  const double rate = (memory.bandwidth / read).base();
  section.figures.push_back(
      {"", "tokens/s at batch 1, at most", digits(rate), rate, "1/s", std::nullopt});
  const ModelParameters parameters = count_parameters(facts.small_model);
  const double wide = parameters.embedding;
  section.notes.push_back(fmt::format(
      "ridge point: dense peak / bandwidth of {}; work with fewer flops to the byte is bound by "
      "memory",
      memory.name));
  section.notes.push_back(
      fmt::format("batch 1: {} / {}, which each token of {} in INT4 reads: {} weights of {} B and "
                  "{} of the head "
                  "of 2 B; nothing else is counted",
                  show(memory.bandwidth), show(read), facts.small_model.name,
                  fmt::format("{} B", digits((parameters.active - wide) / 1e9)),
                  storage_size(NumberType::int4).base(), fmt::format("{} B", digits(wide / 1e9))));
  return section;
}

std::string kernel_text(const KernelEfficiency& kernel) {
  return fmt::format("{} of peak, {} of bandwidth, {}", show_percent(kernel.compute),
                     show_percent(kernel.bandwidth), show(kernel.latency));
}

std::string parameters_text(const detail::EfficiencyLine& line, const Efficiency& efficiency) {
  if (line.kernel != nullptr) return kernel_text(*line.kernel);
  if (line.parameter == "links") {
    return fmt::format("{} of its links, {} of NICs", show_percent(efficiency.links.scale_up),
                       show_percent(efficiency.links.scale_out));
  }
  if (line.parameter == "framework") return efficiency.runtime.framework;
  if (std::string text = detail::link_text(efficiency.links, line.parameter); !text.empty()) {
    return text;
  }
  return fmt::format("{} a step, {} of free memory kept", show(efficiency.runtime.step_overhead),
                     show_percent(efficiency.runtime.memory_reserve));
}

CardSection efficiency_section(const DeviceFacts& facts) {
  CardSection section;
  section.title = "Efficiency in use, and what it was fitted on";
  for (const auto& line : detail::efficiency_lines(facts.efficiency)) {
    Provenance provenance = line.scope->provenance;
    const std::string cited = provenance.source.empty() ? "" : ": " + provenance.source;
    provenance.source =
        fmt::format("{} {}{}", line.scope->inherited ? "inherited from the class" : "family",
                    line.scope->file_id, cited);
    section.figures.push_back({"", line.parameter, parameters_text(line, facts.efficiency), 0, "",
                               std::move(provenance)});
  }
  section.notes.emplace_back(
      "kernels: most of the dense peak and of the bandwidth of main memory that they reach, and "
      "the time that a launch takes. runtime: time of the host in each step, share of free "
      "memory that is not given to the cache.");
  return section;
}

Json kernels_json(const DeviceFacts& facts) {
  Json list = Json::array();
  for (const detail::KernelLine& line : detail::kernel_lines(facts)) {
    Json formats = Json::array();
    for (const KernelFormat format : line.formats)
      formats.push_back(name(format));
    const KernelScope& from = line.from;
    list.push_back({{"framework", line.framework},
                    {"kernel", name(line.kernel)},
                    {"formats", std::move(formats)},
                    {"from", from.file},
                    {"of_framework", from.framework.empty() ? Json() : Json(from.framework)},
                    {"of_family", from.family.empty() ? Json() : Json(from.family)},
                    {"regime", name(line.regime)},
                    {"basis", name(from.basis)}});
  }
  return list;
}

}  // namespace

Bytes single_user_bytes(const ModelSpec& model) {
  const double embedding = count_parameters(model).embedding;
  const Bytes looked_up =
      model.tied_embeddings ? Bytes{} : embedding * storage_size(NumberType::bf16);
  return weight_bytes(model, NumberType::int4, NumberType::int4) - looked_up;
}

Card device_card(const DeviceFacts& facts) {
  const Device& device = facts.device;
  Card card;
  card.title = fmt::format("{} ({})", device.name, device.id);
  std::string what =
      fmt::format("{}, {}, family {}", name(device.device_class), device.vendor, device.family);
  if (device.released > 0) what += fmt::format(", {}", device.released);
  if (device.ranks > 1) {
    what += fmt::format("; one device of {} dies that software sees apart", device.ranks);
  }
  card.facts.push_back(what);
  if (device.engines.size() > 1) {
    card.facts.push_back(fmt::format("prefill runs on the {}, decode on the {}",
                                     device.prefill_engine().name, device.decode_engine().name));
  }
  if (!device.aliases.empty()) card.facts.push_back("also: " + join(device.aliases));
  card.sections = described(device);
  card.sections.push_back(derived_section(facts));
  card.sections.push_back(efficiency_section(facts));
  if (!facts.frameworks.empty()) card.sections.push_back(detail::kernel_section(facts));
  for (CardSection& section : detail::system_sections(facts.system))
    card.sections.push_back(std::move(section));
  return card;
}

std::string device_json(const DeviceFacts& facts) {
  const Device& device = facts.device;
  Json document = {{"kind", "hardware"}};
  document.update(detail::entry(device));
  document["engines"] = Json::array();
  for (const Engine& engine : device.engines) {
    document["engines"].push_back({{"name", engine.name},
                                   {"kind", name(engine.kind)},
                                   {"prefill", &engine == &device.prefill_engine()},
                                   {"decode", &engine == &device.decode_engine()},
                                   {"peaks_flop_per_s", detail::peaks_json(engine)}});
  }
  Json ridges = Json::object();
  Json bytes = Json::object();
  const Engine& engine = device.prefill_engine();
  for (const NumberType type : all_number_types) {
    if (!engine.computes_in(type)) continue;
    const double flops = ridge(engine, type, device.main_memory());
    ridges[std::string(name(type))] = flops;
    bytes[std::string(name(type))] = 1 / flops;
  }
  const Bytes read = single_user_bytes(facts.small_model);
  document["derived"] = {
      {"ridge_flop_per_byte", std::move(ridges)},
      {"bytes_per_flop", std::move(bytes)},
      {"single_user_model", facts.small_model.id},
      {"single_user_bytes", detail::number(read.base())},
      {"single_user_tokens_per_s", (device.main_memory().bandwidth / read).base()}};
  document["price_usd"] = device.price ? detail::number(device.price->capital.base()) : Json();
  const Rental* on_demand = device.rental(PriceBasis::on_demand);
  document["rental_usd_per_h"] =
      on_demand != nullptr ? detail::number((on_demand->rate * hour).base()) : Json();
  document["rentals"] = Json::array();
  for (const Rental& rental : device.rentals) {
    document["rentals"].push_back(
        {{"term", name(rental.term)}, {"usd_per_h", detail::number((rental.rate * hour).base())}});
  }
  document["price_reason"] = device.price_reason.empty() ? Json() : Json(device.price_reason);
  Card card{"", {}, described(device)};
  document["figures"] = detail::figures_json(card);
  document["efficiency"] = Json::array();
  for (const auto& line : detail::efficiency_lines(facts.efficiency)) {
    const Provenance& p = line.scope->provenance;
    document["efficiency"].push_back({{"parameter", line.parameter},
                                      {"from", line.scope->file_id},
                                      {"inherited", line.scope->inherited},
                                      {"text", parameters_text(line, facts.efficiency)},
                                      {"basis", name(p.basis)},
                                      {"source", p.source},
                                      {"date", p.date},
                                      {"note", p.note}});
  }
  document["kernels"] = kernels_json(facts);
  document["ships_in"] = detail::system_document(facts.system);
  return detail::dumped(document);
}

}  // namespace infersim
