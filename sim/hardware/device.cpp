#include "infersim/hardware/device.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include <fmt/format.h>

#include "hardware/reading.hpp"
#include "infersim/core/text.hpp"

namespace infersim {
namespace {

using hardware::read_one_of;
using hardware::read_optional_positive;
using hardware::read_positive;
using hardware::Spelling;

constexpr std::array<Spelling<DeviceClass>, 4> device_classes = {{
    {DeviceClass::datacenter, "datacenter"},
    {DeviceClass::pc, "pc"},
    {DeviceClass::phone, "phone"},
    {DeviceClass::embedded, "embedded"},
}};

constexpr std::array<Spelling<EngineKind>, 3> engine_kinds = {{
    {EngineKind::gpu, "gpu"},
    {EngineKind::npu, "npu"},
    {EngineKind::cpu, "cpu"},
}};

/// Share of the board power that arithmetic takes at full rate; see PowerModel::flop_energy.
constexpr double arithmetic_share = 0.55;

/// Where board power stands between idle and limit when kernels run that do next to nothing, if the
/// description does not say; see PowerModel::active.
constexpr double active_share = 0.15;

Watts active_between(Watts idle, Watts limit) { return idle + active_share * (limit - idle); }

std::vector<std::string> number_type_names() {
  std::vector<std::string> names;
  for (const NumberType type : all_number_types)
    names.emplace_back(name(type));
  return names;
}

void read_dense_peaks(TableReader table, Engine& engine, const Diagnostics& faults) {
  engine.dense_provenance = table.provenance(&engine.provenance);
  bool any = false;
  for (const NumberType type : all_number_types) {
    engine.dense_peak[index(type)] = read_optional_positive<FlopRate>(table, name(type), faults);
    any = any || table.has(name(type));
  }
  if (!any) {
    table.fault("bf16", "no peak of any number type",
                "give at least one of " + join(number_type_names()));
  }
  for (const std::string& text : table.optional_texts("estimates")) {
    const auto type = parse_number_type(text);
    if (!type || !table.has(name(*type))) {
      table.fault("estimates", "`" + text + "` is no peak of this table",
                  did_you_mean(text, table.keys()));
      continue;
    }
    engine.estimated[index(*type)] = true;
  }
  table.finish();
}

void read_phases(TableReader& table, Engine& engine) {
  if (!table.has("phases")) return;
  const std::vector<std::string> phases = table.optional_texts("phases");
  engine.runs_prefill = std::ranges::count(phases, "prefill") > 0;
  engine.runs_decode = std::ranges::count(phases, "decode") > 0;
  for (const std::string& phase : phases) {
    if (phase == "prefill" || phase == "decode") continue;
    table.fault("phases", "`" + phase + "` is no phase",
                "phases are `prefill` and `decode`; leave the key out for both");
  }
}

Engine read_engine(TableReader table, const Diagnostics& faults) {
  Engine engine;
  engine.name = table.text("name");
  engine.kind = read_one_of<EngineKind>(table, "kind", engine_kinds, EngineKind::gpu);
  if (const auto units = table.optional_integer("units", {1, 100'000})) {
    engine.units = static_cast<int>(*units);
  }
  engine.vector_peak = read_optional_positive<FlopRate>(table, "vector_peak", faults);
  engine.exponentials = read_optional_positive<FlopRate>(table, "exponentials", faults);
  engine.active = read_optional_positive<Watts>(table, "active", faults);
  engine.provenance = table.provenance();
  read_phases(table, engine);
  read_dense_peaks(table.table("dense"), engine, faults);
  table.finish();
  return engine;
}

MemoryLevel read_memory(TableReader table, bool main, const Diagnostics& faults) {
  MemoryLevel level;
  level.name = table.text("name");
  level.capacity = read_positive<Bytes>(table, "capacity", faults);
  level.bandwidth = main ? read_positive<Bandwidth>(table, "bandwidth", faults)
                         : read_optional_positive<Bandwidth>(table, "bandwidth", faults);
  level.energy = read_positive<JoulesPerByte>(table, "energy", faults);
  level.reserved = table.optional_quantity<Bytes>("reserved").value_or(Bytes{});
  if (level.reserved > Bytes{} && level.reserved >= level.capacity) {
    table.fault("reserved", "leaves nothing of the capacity for a model");
  }
  level.stacks = static_cast<int>(table.optional_integer("stacks", {1, 64}).value_or(0));
  level.provenance = table.provenance();
  table.finish();
  return level;
}

Die read_die(TableReader table, const Diagnostics& faults) {
  Die die;
  die.process = table.text("process");
  die.area = read_optional_positive<Area>(table, "area", faults);
  die.provenance = table.provenance();
  table.finish();
  return die;
}

Link read_link(TableReader table, const Diagnostics& faults) {
  Link link;
  link.name = table.text("name");
  link.per_direction = read_positive<Bandwidth>(table, "per_direction", faults);
  link.energy = read_positive<JoulesPerByte>(table, "energy", faults);
  link.provenance = table.provenance();
  table.finish();
  return link;
}

/// The peak in a type of the first engine that computes in it: the one that would be used.
FlopRate first_peak(const std::vector<Engine>& engines, NumberType type) {
  for (const Engine& engine : engines) {
    if (engine.computes_in(type)) return engine.dense_peak[index(type)];
  }
  return {};
}

/// Fills in what the description does not give; returns for which types, and by what rule.
std::string derive_flop_energy(const std::vector<Engine>& engines, PowerModel& power) {
  std::vector<std::string> derived;
  for (const NumberType type : all_number_types) {
    JoulesPerFlop& energy = power.flop_energy[index(type)];
    const FlopRate peak = first_peak(engines, type);
    if (energy > JoulesPerFlop{} || peak == FlopRate{}) continue;
    energy = arithmetic_share * power.limit / peak;
    power.flop_energy_derived[index(type)] = true;
    derived.emplace_back(name(type));
  }
  return derived.empty() ? std::string{} : "0.55 x limit / peak for " + join(derived);
}

void read_flop_energy(std::optional<TableReader> table, const std::vector<Engine>& engines,
                      PowerModel& power, const Diagnostics& faults) {
  Provenance& from = power.flop_energy_provenance;
  from = {Basis::estimate, "rule of thumb: arithmetic at full rate takes 0.5 to 0.6 of board power",
          "", ""};
  if (table) {
    from = table->provenance(&power.provenance);
    for (const NumberType type : all_number_types) {
      power.flop_energy[index(type)] =
          read_optional_positive<JoulesPerFlop>(*table, name(type), faults);
    }
    table->finish();
  }
  const std::string rule = derive_flop_energy(engines, power);
  if (!rule.empty()) from.note += (from.note.empty() ? "" : "; ") + rule;
}

PowerModel read_power(TableReader table, const std::vector<Engine>& engines,
                      const Diagnostics& faults) {
  PowerModel power;
  power.idle = table.quantity<Watts>("idle");
  power.limit = read_positive<Watts>(table, "limit", faults);
  if (power.limit > Watts{} && power.idle >= power.limit) {
    table.fault("idle", "must be below the limit");
  }
  const auto active = table.optional_quantity<Watts>("active");
  power.active = active.value_or(active_between(power.idle, power.limit));
  power.active_derived = !active;
  if (active && (power.active < power.idle || power.active > power.limit)) {
    table.fault("active", "must lie between idle and limit");
  }
  power.transport = table.optional_quantity<JoulesPerByte>("transport").value_or(JoulesPerByte{});
  power.provenance = table.provenance();
  if (!active) {
    std::string& note = power.provenance.note;
    note +=
        (note.empty() ? "" : "; ") + std::string{"active: idle + 0.15 x (limit - idle), estimate"};
  }
  read_flop_energy(table.optional_table("flop_energy"), engines, power, faults);
  table.finish();
  return power;
}

Price read_price(TableReader table, DeviceClass device_class, const Diagnostics& faults) {
  Price price;
  price.capital = read_positive<Dollars>(table, "capital", faults);
  // A chip is bought as such; what the price of a phone or a PC covers must be said.
  if (is_edge(device_class)) {
    price.covers = table.text("covers");
  } else {
    price.covers = table.optional_text("covers").value_or("one device");
  }
  price.provenance = table.provenance();
  table.finish();
  return price;
}

Rental read_rental(TableReader& table, const Diagnostics& faults) {
  Rental rental;
  if (table.has("term")) {
    rental.term =
        parse_price_basis(table.one_of("term", {"on demand", "spot", "1 year", "3 years"}))
            .value_or(PriceBasis::on_demand);
  }
  rental.rate = read_positive<DollarRate>(table, "rate", faults);
  rental.provenance = table.provenance();
  table.finish();
  return rental;
}

void read_money(TableReader& root, Device& device, const Diagnostics& faults) {
  if (auto table = root.optional_table("price")) {
    device.price = read_price(std::move(*table), device.device_class, faults);
  }
  for (TableReader& table : root.tables_or_one("rental")) {
    Rental rental = read_rental(table, faults);
    if (device.rental(rental.term) != nullptr) {
      table.fault("term", fmt::format("a second [[rental]] `{}`", name(rental.term)),
                  "give one rate for each term");
      continue;
    }
    device.rentals.push_back(std::move(rental));
  }
  std::ranges::sort(device.rentals, {}, &Rental::term);
  device.price_reason = root.optional_text("price_reason").value_or("");
  if (!device.price && device.rentals.empty() && device.price_reason.empty()) {
    root.fault("price_reason", "missing, and there is neither [price] nor [rental]",
               "say why nobody published a price");
  }
}

void check_phases(TableReader& root, const std::vector<Engine>& engines) {
  if (engines.empty()) return;  // reported by the reader
  if (std::ranges::none_of(engines, &Engine::runs_prefill)) {
    root.fault("engine", "no engine runs prefill", "add `prefill` to the `phases` of one");
  }
  if (std::ranges::none_of(engines, &Engine::runs_decode)) {
    root.fault("engine", "no engine runs decode", "add `decode` to the `phases` of one");
  }
}

/// Of the engines that run the phases; of the first where none does, which is a fault.
EnginePair own_engines(const std::vector<Engine>& engines) {
  if (engines.empty()) return {};
  const auto kind_of = [&](auto runs) {
    const auto found = std::ranges::find_if(engines, runs);
    return found == engines.end() ? engines.front().kind : found->kind;
  };
  return {kind_of(&Engine::runs_prefill), kind_of(&Engine::runs_decode)};
}

}  // namespace

std::string_view name(DeviceClass device_class) {
  return hardware::spelt<DeviceClass>(device_classes, device_class);
}

std::string_view name(EngineKind kind) { return hardware::spelt<EngineKind>(engine_kinds, kind); }

std::string name(EnginePair engines) {
  std::string text{name(engines.decode)};
  return engines.prefill == engines.decode ? text : std::string(name(engines.prefill)) + "," + text;
}

Provenance Engine::peak_provenance(NumberType type) const {
  Provenance from = dense_provenance;
  if (estimated[index(type)]) from.basis = Basis::estimate;
  return from;
}

PowerModel PowerModel::within(Watts sustained) const {
  PowerModel held = *this;
  held.limit = min(limit, sustained);
  if (active_derived) held.active = active_between(min(idle, held.limit), held.limit);
  for (const NumberType type : all_number_types) {
    if (flop_energy_derived[index(type)]) held.flop_energy[index(type)] *= held.limit / limit;
  }
  return held;
}

const Engine& Device::prefill_engine() const {
  const auto found = std::ranges::find_if(engines, &Engine::runs_prefill);
  assert(found != engines.end());
  return *found;
}

const Engine& Device::decode_engine() const {
  const auto found = std::ranges::find_if(engines, &Engine::runs_decode);
  assert(found != engines.end());
  return *found;
}

EnginePair Device::running() const { return {prefill_engine().kind, decode_engine().kind}; }

const Rental* Device::rental(PriceBasis term) const {
  const auto found = std::ranges::find(rentals, term, &Rental::term);
  return found == rentals.end() ? nullptr : &*found;
}

bool Device::has_price(PriceBasis basis) const {
  return basis == PriceBasis::own ? price.has_value() : rental(basis) != nullptr;
}

const Engine* Device::engine_of(EngineKind kind) const {
  const auto found =
      std::ranges::find_if(engines, [&](const Engine& engine) { return engine.kind == kind; });
  return found == engines.end() ? nullptr : &*found;
}

Device with_engines(Device device, EnginePair engines) {
  const auto is_first = [&](const Engine& engine) {
    return &engine == device.engine_of(engine.kind);
  };
  for (Engine& engine : device.engines) {
    engine.runs_prefill = engine.kind == engines.prefill && is_first(engine);
    engine.runs_decode = engine.kind == engines.decode && is_first(engine);
  }
  std::stable_partition(device.engines.begin(), device.engines.end(),
                        [](const Engine& each) { return each.runs_prefill || each.runs_decode; });
  for (const NumberType type : all_number_types) {
    if (device.power.flop_energy_derived[index(type)]) device.power.flop_energy[index(type)] = {};
  }
  derive_flop_energy(device.engines, device.power);
  return device;
}

Device load_device(std::string_view toml, const std::string& path) {
  Diagnostics faults;
  TomlDocument document(toml, path, faults);
  TableReader root = document.root();

  Device device;
  device.path = path;
  device.id = root.text("id");
  device.aliases = root.optional_texts("aliases");
  device.name = root.text("name");
  device.vendor = root.text("vendor");
  device.family = root.text("family");
  device.device_class =
      read_one_of<DeviceClass>(root, "class", device_classes, DeviceClass::datacenter);
  device.ranks = static_cast<int>(root.optional_integer("ranks", {1, 64}).value_or(1));
  device.released = static_cast<int>(root.optional_integer("released", {1990, 2100}).value_or(0));
  device.is_concept = root.optional_boolean("concept").value_or(false);
  if (auto table = root.optional_table("die")) device.die = read_die(std::move(*table), faults);
  device.system = root.text("system");
  device.default_weights = root.optional_number_type("default_weights");

  for (TableReader& table : root.tables("engine", 1)) {
    device.engines.push_back(read_engine(std::move(table), faults));
  }
  check_phases(root, device.engines);
  device.own_engines = own_engines(device.engines);
  for (TableReader& table : root.tables("memory", 1)) {
    const bool main = device.memory.empty();
    device.memory.push_back(read_memory(std::move(table), main, faults));
  }
  if (auto table = root.optional_table("scale_up"))
    device.scale_up = read_link(std::move(*table), faults);
  device.power = read_power(root.table("power"), device.engines, faults);
  read_money(root, device, faults);

  root.finish();
  faults.throw_if_any();
  return device;
}

}  // namespace infersim
