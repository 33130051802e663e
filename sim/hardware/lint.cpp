#include "infersim/hardware/lint.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "hardware/neighbours.hpp"
#include "infersim/core/text.hpp"

namespace infersim {
namespace {

using hardware::DeviceRefs;
using hardware::half_peak;
using hardware::memory_kind;

constexpr double most_step = 3.2;          ///< of a rate from one width to the next
constexpr double most_of_relatives = 1.6;  ///< a unit's rate, or a mm2's
constexpr double least_double = 1.9;       ///< what is about twice another
constexpr double most_double = 2.1;
constexpr double most_link_share = 0.265;  ///< of the bandwidth of HBM

/// What is suspected, each figure once: the first rule that finds a fault with it has the word.
class Findings {
 public:
  void add(std::string key, std::string message, std::string hint) {
    const bool known =
        std::ranges::any_of(found_, [&](const Suspicion& each) { return each.key == key; });
    if (!known) found_.push_back({std::move(key), std::move(message), std::move(hint)});
  }
  std::vector<Suspicion> take() { return std::move(found_); }

 private:
  std::vector<Suspicion> found_;
};

std::string tera(FlopRate rate) { return fmt::format("{:.4g} TFLOP/s", rate / 1.0_TFLOPps); }
std::string giga(Bandwidth rate) { return fmt::format("{:.4g} GB/s", rate / 1.0_GBps); }
std::string giga(Bytes data) { return fmt::format("{:.4g} GB", data / 1.0_GB); }

constexpr Area mm2{1e-6};
constexpr const char* dense_hint =
    "peaks are dense: data sheets often count 2:4 sparsity, which is twice as much";

std::string engine_key(const Device& device, const Engine& engine, std::string_view key) {
  return fmt::format("engine[{}].{}", &engine - device.engines.data(), key);
}

std::string peak_key(const Device& device, const Engine& engine, NumberType type) {
  return engine_key(device, engine, fmt::format("dense.{}", name(type)));
}

// --- peaks ------------------------------------------------------------------------------------

/// The rates of the types of a width that the engine computes in: slowest and fastest; 0: none.
std::pair<FlopRate, FlopRate> range_of(const Engine& engine, int bits) {
  FlopRate slowest;
  FlopRate fastest;
  for (const NumberType type : all_number_types) {
    const FlopRate peak = engine.dense_peak[index(type)];
    if (width(type) != bits || peak == FlopRate{}) continue;
    slowest = slowest == FlopRate{} ? peak : std::min(slowest, peak);
    fastest = std::max(fastest, peak);
  }
  return {slowest, fastest};
}

/// The types of a width against the next wider ones: honest steps double, sparse figures beside
/// dense ones are four times. Where one type of the width is in proportion, the others stand for
/// another way to add up (GeForce: INT8 beside FP8 with FP32 sums).
void check_steps(const Device& device, const Engine& engine, Findings& findings) {
  for (const NumberType type : all_number_types) {
    const FlopRate peak = engine.dense_peak[index(type)];
    if (peak == FlopRate{} || width(type) > 8) continue;
    const int wider = 2 * width(type);
    const FlopRate base = range_of(engine, wider).second;
    if (base == FlopRate{} || range_of(engine, width(type)).first <= most_step * base) continue;
    findings.add(peak_key(device, engine, type),
                 fmt::format("{} of {} are {:.2g} x the {} of {} bits; half the width is mostly "
                             "twice the rate",
                             tera(peak), name(type), peak / base, tera(base), wider),
                 dense_hint);
  }
}

/// The rate that two relatives can be compared by: a unit's, or the whole if they have the same
/// memory.
struct Comparable {
  double mine = 0;
  double other = 0;
  bool per_unit = false;
};

bool about(double a, double b) { return a <= 1.01 * b && b <= 1.01 * a; }

std::optional<Comparable> comparable(const Device& device, const Device& other, NumberType type) {
  const Engine& mine = device.prefill_engine();
  const Engine& its = other.prefill_engine();
  const double peak = mine.dense_peak[index(type)].base();
  const double other_peak = its.dense_peak[index(type)].base();
  if (other_peak == 0 || mine.kind != its.kind) return std::nullopt;
  if (mine.units.value_or(1) > 1 && its.units.value_or(1) > 1)
    return Comparable{peak / *mine.units, other_peak / *its.units, true};
  const MemoryLevel& memory = device.main_memory();
  const MemoryLevel& other_memory = other.main_memory();
  const bool same_memory = about(memory.capacity.base(), other_memory.capacity.base()) &&
                           about(memory.bandwidth.base(), other_memory.bandwidth.base());
  if (!same_memory) return std::nullopt;
  return Comparable{peak, other_peak, false};
}

/// Returns whether there was a relative to compare the 16-bit peak with.
bool check_relatives(const Device& device, const DeviceRefs& kin, Findings& findings) {
  bool compared = false;
  const Engine& engine = device.prefill_engine();
  for (const NumberType type : all_number_types) {
    if (!engine.computes_in(type)) continue;
    double least = 0;  // of what this is over its relatives
    const Device* nearest = nullptr;
    bool per_unit = false;
    for (const Device& other : kin) {
      const auto pair = comparable(device, other, type);
      if (!pair) continue;
      compared = compared || width(type) == 16;
      if (nearest != nullptr && pair->mine / pair->other >= least) continue;
      least = pair->mine / pair->other;
      nearest = &other;
      per_unit = pair->per_unit;
    }
    // Where only the memory is the same, relatives may differ; what is twice as much is odd.
    const bool odd = per_unit ? least > most_of_relatives : least > 1.9 && least < 2.1;
    if (nearest == nullptr || !odd) continue;
    const Engine& its = nearest->prefill_engine();
    std::string basis = "the same memory";
    if (per_unit && engine.units == its.units) basis = fmt::format("{} units too", *its.units);
    if (per_unit && engine.units != its.units)
      basis = fmt::format("{} units to {} here", *its.units, *engine.units);
    findings.add(peak_key(device, engine, type),
                 fmt::format("{} of {} are {:.2g} x what `{}` of the same family has ({}, {})",
                             tera(engine.dense_peak[index(type)]), name(type), least, nearest->id,
                             tera(its.dense_peak[index(type)]), basis),
                 dense_hint);
  }
  return compared;
}

double density(const Device& device) {
  return half_peak(device) / 1.0_TFLOPps / (device.die->area / mm2);
}

bool has_area(const Device& device) { return device.die && device.die->area > Area{}; }

/// Flops of a mm2 against chips of the same process and about the same area.
void check_density(const Device& device, std::span<const Device> others, Findings& findings) {
  const int node = hardware::process_node(device);
  if (!has_area(device) || node == 0 || half_peak(device) == FlopRate{}) return;
  std::map<std::string, double> densest;  // of a family
  std::vector<std::string> shown;
  for (const Device& other : hardware::peers(device, others)) {
    if (!has_area(other) || hardware::process_node(other) != node) continue;
    if (other.prefill_engine().kind != device.prefill_engine().kind) continue;
    const double ratio = other.die->area / device.die->area;
    if (ratio < 2.0 / 3 || ratio > 1.5 || half_peak(other) == FlopRate{}) continue;
    double& best = densest[other.family];
    best = std::max(best, density(other));
    if (shown.size() < 4) shown.push_back(fmt::format("`{}` {:.2g}", other.id, density(other)));
  }
  if (densest.empty()) return;
  std::vector<double> values;
  for (const auto& [family, value] : densest)
    values.push_back(value);
  const double usual = hardware::quantile(values, 0.5);
  if (density(device) <= most_of_relatives * usual) return;
  const Engine& engine = device.prefill_engine();
  const NumberType type =
      engine.computes_in(NumberType::bf16) ? NumberType::bf16 : NumberType::fp16;
  findings.add(peak_key(device, engine, type),
               fmt::format("{:.2g} TFLOP/s of 16 bits for each mm2 of die; chips of this process "
                           "and size have {:.2g} ({})",
                           density(device), usual, join(shown)),
               dense_hint);
}

/// A count that is missing where a model runs: answers then know of no tiles.
void check_units(const Device& device, Findings& findings) {
  for (const Engine& engine : device.engines) {
    if (engine.units || !(engine.runs_prefill || engine.runs_decode)) continue;
    if (!engine.provenance.unusual.empty()) continue;
    findings.add(engine_key(device, engine, "units"),
                 fmt::format("how many processors `{}` has is not said: work is taken to divide "
                             "evenly, without tiles",
                             engine.name),
                 "count what a kernel's tiles are spread over (SMs, CUs, cores); where nobody "
                 "published it, say so in `unusual`");
  }
}

void check_peaks(const Device& device, std::span<const Device> others, Findings& findings) {
  for (const Engine& engine : device.engines) {
    if (engine.dense_provenance.unusual.empty()) check_steps(device, engine, findings);
  }
  if (!device.prefill_engine().dense_provenance.unusual.empty()) return;
  if (!check_relatives(device, hardware::relatives(device, others), findings)) {
    check_density(device, others, findings);
  }
}

// --- memory -----------------------------------------------------------------------------------

constexpr std::size_t fewest_peers = 5;
constexpr double far_out = 3.0;  ///< Tukey's fences, in widths of the middle half

double flops_per_byte(const Device& device) {
  return half_peak(device).base() / device.main_memory().bandwidth.base();
}

/// Whether peak and bandwidth are in a proportion that chips of this kind have.
void check_balance(const Device& device, std::span<const Device> others, Findings& findings) {
  if (half_peak(device) == FlopRate{} || memory_kind(device) == "other") return;
  std::vector<double> logs;
  for (const Device& other : hardware::peers(device, others)) {
    if (half_peak(other) > FlopRate{}) logs.push_back(std::log(flops_per_byte(other)));
  }
  if (logs.size() < fewest_peers) return;
  const double low = hardware::quantile(logs, 0.25);
  const double high = hardware::quantile(logs, 0.75);
  const double margin = std::max(far_out * (high - low), std::log(4.0));
  const double here = std::log(flops_per_byte(device));
  if (here >= low - margin && here <= high + margin) return;
  findings.add(
      "memory[0].bandwidth",
      fmt::format("{:.3g} flops of 16 bits for each byte of memory traffic ({} and {}); "
                  "the middle half of {} {} chips with {} has {:.3g} to {:.3g}",
                  flops_per_byte(device), tera(half_peak(device)),
                  giga(device.main_memory().bandwidth), logs.size(), name(device.device_class),
                  memory_kind(device), std::exp(low), std::exp(high)),
      "look at the units of both: TB/s or GB/s, TFLOP/s or GFLOP/s");
}

constexpr std::array<double, 6> stack_sizes = {4, 8, 16, 24, 36, 48};  // GB in data sheets, GiB
constexpr double gib_of_gb = 1.073741824;
constexpr std::array<int, 9> stack_counts = {1, 2, 3, 4, 5, 6, 8, 12, 16};

/// Whether one of the stacks made yields this: as data sheets round it, at most 7 % of it kept
/// back, or as a driver counts the bytes, at most 4 % kept back.
bool is_stack(double gigabytes) {
  return std::ranges::any_of(stack_sizes, [&](double size) {
    const double of_sheet = gigabytes / size;
    const double of_driver = of_sheet / gib_of_gb;
    return (of_sheet <= 1.003 && of_sheet >= 0.93) || (of_driver <= 1.003 && of_driver >= 0.96);
  });
}

void check_stacks(const MemoryLevel& memory, Findings& findings) {
  const double capacity = memory.capacity / 1.0_GB;
  const char* sizes =
      "stacks have 4, 8, 16, 24, 36 or 48 GB or GiB, of which up to 7 % may be kept back";
  if (memory.stacks > 0) {
    const double each = capacity / memory.stacks;
    if (is_stack(each)) return;
    findings.add("memory[0].capacity",
                 fmt::format("{} in {} stacks are {:.4g} GB each, which no stack has",
                             giga(memory.capacity), memory.stacks, each),
                 sizes);
  } else if (std::ranges::none_of(stack_counts, [&](int n) { return is_stack(capacity / n); })) {
    findings.add("memory[0].capacity",
                 fmt::format("{} are no number of stacks", giga(memory.capacity)), sizes);
  }
}

struct StackSpeed {
  std::string_view name;
  double most;  ///< GB/s that one stack of the kind reaches, with a twentieth to spare
};

// JEDEC's fastest or what vendors ship: 1024 bits at 2.4, 3.6, 6.4 and 9.8 Gb/s; HBM4 2048 bits at
// 11 Gb/s.
constexpr std::array<StackSpeed, 5> stack_speeds = {
    {{"hbm2", 323}, {"hbm2e", 484}, {"hbm3", 860}, {"hbm3e", 1320}, {"hbm4", 2960}}};

void check_stack_speed(const MemoryLevel& memory, Findings& findings) {
  const std::string kind = fold_name(memory.name);
  const auto speed = std::ranges::find(stack_speeds, std::string_view(kind), &StackSpeed::name);
  if (speed == stack_speeds.end() || memory.stacks == 0) return;
  const Bandwidth each = memory.bandwidth / static_cast<double>(memory.stacks);
  if (each <= speed->most * 1.0_GBps) return;
  findings.add("memory[0].bandwidth",
               fmt::format("{} from each of {} stacks; {} has no more than about {:.3g} GB/s",
                           giga(each), memory.stacks, memory.name, speed->most),
               "look at the number of stacks, and whether the figure is of one device");
}

void check_memory(const Device& device, std::span<const Device> others, Findings& findings) {
  const MemoryLevel& memory = device.main_memory();
  if (!memory.provenance.unusual.empty()) return;
  if (memory_kind(device) == "HBM") {
    check_stacks(memory, findings);
    check_stack_speed(memory, findings);
  }
  check_balance(device, others, findings);
}

// --- links ------------------------------------------------------------------------------------

constexpr const char* link_hint =
    "one direction counts: data sheets add both, which is twice as much";

/// What 16 lanes of the PCIe generation that a link is called after carry in one direction; 0 if it
/// is called after none.
Bandwidth pcie_x16(const std::string& link) {
  const std::string name = fold_name(link);
  if (!name.starts_with("pcie")) return {};
  const std::size_t digit = name.find_first_of("34567");
  if (digit == std::string::npos) return {};
  return std::ldexp(16.0, name[digit] - '3') * 1.0_GBps;
}

/// What one of a package's dies has, as links of single dies are compared with it.
Bandwidth link_of_die(const Device& device) {
  return device.scale_up->per_direction / static_cast<double>(device.ranks);
}

/// Against the fastest other link of that name and vendor: twice as much is both directions.
void check_other_links(const Device& device, std::span<const Device> others, Findings& findings) {
  const Link& link = *device.scale_up;
  const Device* fastest = nullptr;
  for (const Device& other : others) {
    if (other.id == device.id || !other.scale_up) continue;
    if (fold_name(other.scale_up->name) != fold_name(link.name)) continue;
    if (fold_name(other.vendor) != fold_name(device.vendor)) continue;
    if (fastest == nullptr || link_of_die(other) > link_of_die(*fastest)) fastest = &other;
  }
  if (fastest == nullptr) return;
  // Dies may also share the package's link.
  const double ratio = std::min(link_of_die(device) / link_of_die(*fastest),
                                link.per_direction / fastest->scale_up->per_direction);
  if (ratio < least_double || ratio > most_double) return;
  findings.add("scale_up.per_direction",
               fmt::format("{} over {} are {:.2g} x those of `{}` ({})", giga(link.per_direction),
                           link.name, link.per_direction / fastest->scale_up->per_direction,
                           fastest->id, giga(fastest->scale_up->per_direction)),
               link_hint);
}

void check_link(const Device& device, std::span<const Device> others, Findings& findings) {
  if (!device.scale_up || !device.scale_up->provenance.unusual.empty()) return;
  const Link& link = *device.scale_up;
  const Bandwidth lanes = pcie_x16(link.name);
  if (lanes > Bandwidth{} && link.per_direction > 1.2 * lanes) {
    findings.add("scale_up.per_direction",
                 fmt::format("{} over {}; 16 lanes of it carry {} one way",
                             giga(link.per_direction), link.name, giga(lanes)),
                 link_hint);
  }
  check_other_links(device, others, findings);
  const Bandwidth memory = device.main_memory().bandwidth;
  const double share = link.per_direction / memory;
  if (memory_kind(device) != "HBM" || share <= most_link_share) return;
  findings.add("scale_up.per_direction",
               fmt::format("{} over {} are {:.2g} of the memory's {}; links of chips with HBM have "
                           "up to a quarter",
                           giga(link.per_direction), link.name, share, giga(memory)),
               link_hint);
}

void check_money(const std::string& table, const Provenance& provenance, Findings& findings) {
  // What is assumed without a source is of no date.
  const bool undated = provenance.date.empty() && !provenance.source.empty();
  if (!undated || !provenance.unusual.empty()) return;
  findings.add(table + ".source",
               fmt::format("no source of the {} has a date: {}", table, provenance.source),
               "money has its place in time: add `date` to the [sources.*] table");
}

}  // namespace

std::vector<Suspicion> suspicions(const Device& device, std::span<const Device> others) {
  Findings findings;
  check_units(device, findings);
  check_peaks(device, others, findings);
  check_memory(device, others, findings);
  check_link(device, others, findings);
  if (device.price) check_money("price", device.price->provenance, findings);
  for (const Rental& rental : device.rentals)
    check_money("rental", rental.provenance, findings);
  return findings.take();
}

}  // namespace infersim
