#include "infersim/cost/efficiency.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "infersim/core/text.hpp"
#include "infersim/core/toml_reader.hpp"

namespace infersim {
namespace {

constexpr std::array<KernelClass, kernel_class_count> all_kernels = {KernelClass::gemm,
                                                                     KernelClass::batched_gemm,
                                                                     KernelClass::grouped_gemm,
                                                                     KernelClass::attention_prefill,
                                                                     KernelClass::attention_decode,
                                                                     KernelClass::mla_prefill,
                                                                     KernelClass::mla_decode,
                                                                     KernelClass::linear_attention,
                                                                     KernelClass::elementwise};

constexpr std::array<std::string_view, 5> tile_sets = {"fixed", "split", "single", "rows64",
                                                       "rows16"};

/// The format of which a format is a variant: what it is where a description does not name it.
std::optional<KernelFormat> general_form(KernelFormat format) {
  if (format == KernelFormat::fp8_block) return KernelFormat::fp8;
  if (format == KernelFormat::int8_wo) return KernelFormat::int8;
  return std::nullopt;
}

struct TuningNumber {
  std::string_view key;
  double GemmTuning::*member;
  double most;
};

struct TuningTime {
  std::string_view key;
  Seconds GemmTuning::*member;
};

constexpr TuningNumber tuning_numbers[] = {{"side", &GemmTuning::side, 1000},
                                           {"widen", &GemmTuning::widen, 1000},
                                           {"wave", &GemmTuning::wave, 1},
                                           {"write", &GemmTuning::write, 100},
                                           {"sustain", &GemmTuning::sustain, 10},
                                           {"split_traffic", &GemmTuning::split_traffic, 100},
                                           {"unit_bandwidth", &GemmTuning::unit_bandwidth, 1000},
                                           {"quantise", &GemmTuning::quantise, 100},
                                           {"quantise_rows", &GemmTuning::quantise_rows, 1e6}};

constexpr TuningTime tuning_times[] = {{"k_latency", &GemmTuning::k_latency},
                                       {"split_latency", &GemmTuning::split_latency},
                                       {"split_step", &GemmTuning::split_step},
                                       {"quantise_row", &GemmTuning::quantise_row},
                                       {"quantise_fill", &GemmTuning::quantise_fill}};

/// What a table says of GEMMs alone. One that names its tiles, by set or by size, is a fit of its
/// own: nothing of the tuning beneath it is kept.
void read_tuning(TableReader& table, GemmTuning& tuning) {
  if (table.has("tiles") || table.has("tile_rows")) tuning = {};
  if (table.has("tiles")) {
    const std::string text = table.one_of("tiles", {tile_sets.begin(), tile_sets.end()});
    const auto found = std::find(tile_sets.begin(), tile_sets.end(), text);
    if (found != tile_sets.end()) tuning.tiles = static_cast<TileSet>(found - tile_sets.begin());
  }
  for (const TuningNumber& number : tuning_numbers) {
    if (table.has(number.key)) tuning.*number.member = table.number(number.key, 0, number.most);
  }
  for (const TuningTime& time : tuning_times) {
    if (table.has(time.key)) tuning.*time.member = table.quantity<Seconds>(time.key);
  }
}

/// Fields of one `[kernel.<class>.<format>]` table; what is not given keeps its value.
void read_kernel(TableReader table, KernelClass kind, KernelEfficiency& kernel, bool complete) {
  const auto fraction = [&](std::string_view key, double& value, double most) {
    if (complete || table.has(key)) value = table.number(key, 1e-6, most);
  };
  fraction("compute", kernel.compute, 1.5);
  fraction("bandwidth", kernel.bandwidth, 1.2);
  if (complete || table.has("latency")) kernel.latency = table.quantity<Seconds>("latency");
  if (complete || table.has("blend")) kernel.blend = table.number("blend", 0.8, 64.0);
  const bool is_gemm = kind == KernelClass::gemm || kind == KernelClass::batched_gemm;
  if (is_gemm) read_tuning(table, kernel.gemm);
  // A library's own tile shapes take the place of these two.
  const bool has_tiles = is_gemm && kernel.gemm.tiles != TileSet::fixed;
  const auto tile = [&](std::string_view key, int& value) {
    if ((complete && !has_tiles) || table.has(key)) {
      value = static_cast<int>(table.integer(key, {.least = 1, .most = 4096}));
    }
  };
  tile("tile_rows", kernel.tile_rows);
  tile("tile_columns", kernel.tile_columns);
  table.finish();
}

/// Reads `[kernel.<class>]`: `any` holds for every number type, a type's own table overrides it.
void read_kernels(TableReader& root, std::string_view id, bool complete, Efficiency& into) {
  std::optional<TableReader> kernels;
  if (complete) {
    kernels = root.table("kernel");
  } else {
    kernels = root.optional_table("kernel");
  }
  if (!kernels) return;
  for (KernelClass k : all_kernels) {
    const std::string key{name(k)};
    if (!complete && !kernels->has(key)) {
      continue;
    }
    TableReader table = kernels->table(key);
    const Provenance provenance = table.provenance();
    auto& formats = into.kernels[index(k)];
    if (complete || table.has("any")) {
      KernelEfficiency any = formats.front();
      read_kernel(table.table("any"), k, any, complete);
      formats.fill(any);
      into.scopes.push_back({"kernel." + key, std::string{id}, complete, provenance});
    }
    for (const KernelFormat format : all_kernel_formats) {
      const std::string text{name(format)};
      KernelEfficiency& kernel = formats[index(format)];
      if (const auto general = general_form(format); general && table.has(name(*general))) {
        kernel = formats[index(*general)];
      }
      if (!table.has(text)) continue;
      read_kernel(table.table(text), k, kernel, false);
      into.scopes.push_back({"kernel." + key + "." + text, std::string{id}, complete, provenance});
    }
    table.finish();
  }
  kernels->finish();
}

void read_links(TableReader& root, std::string_view id, bool complete, Efficiency& into) {
  if (!complete && !root.has("links")) return;
  TableReader table = root.table("links");
  LinkEfficiency& links = into.links;
  const auto fraction = [&](std::string_view key, double& value) {
    if (complete || table.has(key)) value = table.number(key, 1e-6, 1.0);
  };
  fraction("scale_up", links.scale_up);
  fraction("scale_out", links.scale_out);
  fraction("overlapped_compute", links.overlapped_compute);
  const auto time = [&](std::string_view key, Seconds& value) {
    if (complete || table.has(key)) value = table.quantity<Seconds>(key);
  };
  time("reduce_latency", links.reduce_latency);
  time("all_to_all_latency", links.all_to_all_latency);
  into.scopes.push_back({"links", std::string{id}, complete, table.provenance()});
  table.finish();
}

void read_runtime(TableReader& root, std::string_view id, bool complete, Efficiency& into) {
  if (!complete && !root.has("runtime")) return;
  TableReader table = root.table("runtime");
  RuntimeEfficiency& runtime = into.runtime;
  if (complete || table.has("step_overhead")) {
    runtime.step_overhead = table.quantity<Seconds>("step_overhead");
  }
  if (complete || table.has("memory_reserve")) {
    runtime.memory_reserve = table.number("memory_reserve", 0.0, 0.9);
  }
  if (complete || table.has("fixed_reserve")) {
    runtime.fixed_reserve = table.quantity<Bytes>("fixed_reserve");
  }
  if (complete || table.has("expert_skew")) {
    runtime.expert_skew = table.number("expert_skew", 0.0, 16.0);
  }
  if (complete || table.has("prefill_tokens")) {
    runtime.prefill_tokens = static_cast<int>(table.integer("prefill_tokens", {.least = 1}));
  }
  const Provenance provenance = table.provenance();
  if (complete || table.has("framework")) {
    runtime.framework = table.text("framework");
    into.scopes.push_back({"framework", std::string{id}, complete, provenance});
  }
  // A family that names its usual framework and nothing else leaves the figures to its class.
  constexpr std::string_view figures[] = {"step_overhead", "memory_reserve", "fixed_reserve",
                                          "expert_skew", "prefill_tokens"};
  if (std::any_of(std::begin(figures), std::end(figures),
                  [&](std::string_view key) { return complete || table.has(key); })) {
    into.scopes.push_back({"runtime", std::string{id}, complete, provenance});
  }
  table.finish();
}

/// Reads one description over what `into` already holds; `complete` demands every parameter.
void read_description(const EfficiencyText& text, bool complete, Efficiency& into) {
  Diagnostics faults;
  TomlDocument document(text.toml, text.path, faults);
  TableReader root = document.root();
  const std::string id = root.text("id");
  root.text("name");
  root.optional_texts("aliases");
  read_kernels(root, id, complete, into);
  read_links(root, id, complete, into);
  read_runtime(root, id, complete, into);
  root.finish();
  faults.throw_if_any();
}

/// The class's entry of a parameter that the family gives too is of no interest any more.
void drop_overridden(std::vector<EfficiencyScope>& scopes) {
  std::set<std::string> own;
  for (const EfficiencyScope& scope : scopes) {
    if (!scope.inherited) own.insert(scope.parameter);
  }
  std::erase_if(scopes, [&](const EfficiencyScope& scope) {
    return scope.inherited && own.contains(scope.parameter);
  });
}

}  // namespace

std::string_view name(TileSet tiles) { return tile_sets[static_cast<std::size_t>(tiles)]; }

std::string_view name(KernelFormat format) {
  if (format == KernelFormat::fp8_block) return "fp8_block";
  if (format == KernelFormat::int8_wo) return "int8_wo";
  return name(static_cast<NumberType>(format));
}

std::string_view name(KernelClass kernel) {
  switch (kernel) {
    case KernelClass::gemm: return "gemm";
    case KernelClass::batched_gemm: return "batched_gemm";
    case KernelClass::grouped_gemm: return "grouped_gemm";
    case KernelClass::attention_prefill: return "attention_prefill";
    case KernelClass::attention_decode: return "attention_decode";
    case KernelClass::mla_prefill: return "mla_prefill";
    case KernelClass::mla_decode: return "mla_decode";
    case KernelClass::linear_attention: return "linear_attention";
    case KernelClass::elementwise: return "elementwise";
  }
  return "elementwise";
}

Efficiency load_efficiency(const EfficiencyText& device_class, const EfficiencyText& family) {
  Efficiency efficiency;
  read_description(device_class, true, efficiency);
  if (!family.toml.empty()) read_description(family, false, efficiency);
  drop_overridden(efficiency.scopes);
  return efficiency;
}

}  // namespace infersim
