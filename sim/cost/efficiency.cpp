#include "infersim/cost/efficiency.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "cost/link_reading.hpp"
#include "cost/parameter_reading.hpp"
#include "cost/residual_reading.hpp"
#include "infersim/core/toml_reader.hpp"
#include "infersim/cost/kernel_parameters.hpp"

namespace infersim {
namespace {

constexpr std::array<std::string_view, 5> tile_sets = {"fixed", "split", "single", "rows64",
                                                       "rows16"};

bool is_gemm(KernelClass kind) {
  return kind == KernelClass::gemm || kind == KernelClass::batched_gemm;
}

/// Fields of one `[kernel.<class>.<format>]` table; what is not given keeps its value. A table that
/// names its tiles, by set or by size, is a fit of its own: nothing of the tuning beneath it is
/// kept.
void read_kernel(TableReader& table, KernelClass kind, KernelEfficiency& kernel, bool complete) {
  if (table.has("tiles") || table.has("tile_rows")) {
    kernel.gemm = {};
    kernel.attention = {};
    kernel.experts = {};
    kernel.scan = {};
    kernel.sparse = {};
  }
  if (is_gemm(kind) && table.has("tiles")) {
    const std::string text = table.one_of("tiles", {tile_sets.begin(), tile_sets.end()});
    const auto found = std::find(tile_sets.begin(), tile_sets.end(), text);
    if (found != tile_sets.end()) {
      kernel.gemm.tiles = static_cast<TileSet>(found - tile_sets.begin());
    }
  }
  // A library's own tile shapes take the place of one size.
  const bool has_tiles = is_gemm(kind) && kernel.gemm.tiles != TileSet::fixed;
  for (const KernelParameter& parameter : common_parameters(kind)) {
    const bool needed = complete && !(has_tiles && parameter.unit == ParameterUnit::whole);
    if (needed || table.has(parameter.key)) detail::read_parameter(table, parameter, kernel);
  }
  detail::read_parameters(table, tuning_parameters(kind), kernel);
}

/// Whether a format's table says something itself, not of single libraries or devices alone.
bool says_parameters(TableReader& formats, std::string_view format) {
  if (!formats.has(format)) return false;
  const std::vector<std::string> keys = formats.table(format).keys();
  return std::ranges::any_of(
      keys, [](const std::string& key) { return key != "variant" && key != "device"; });
}

/// What the tables under one format are about.
struct FormatPlace {
  KernelClass kernel = KernelClass::gemm;
  KernelFormat format = KernelFormat::bf16;
  std::string_view device;  ///< whose own tables hold
  bool parameters = true;   ///< it says some, not those of libraries or devices alone
};

/// `[kernel.<class>.<format>]` with the libraries and devices beneath it.
void read_format(TableReader table, const FormatPlace& place, KernelTable& into) {
  KernelEfficiency& kernel = into.kernels[index(place.kernel)][index(place.format)];
  KernelResidual& residual = into.residuals[index(place.kernel)][index(place.format)];
  if (place.parameters) {
    read_kernel(table, place.kernel, kernel, false);
    residual = detail::read_residual(table);
  }
  // Libraries of a description beneath are another framework's.
  std::erase_if(into.variants, [&](const KernelVariant& variant) {
    return variant.kernel == place.kernel && variant.format == place.format;
  });
  const KernelEfficiency common = kernel;
  if (table.has("variant")) {
    TableReader libraries = table.table("variant");
    for (const std::string& library : libraries.keys()) {
      TableReader own = libraries.table(library);
      KernelVariant variant{place.kernel, place.format, library, common, {}};
      read_kernel(own, place.kernel, variant.efficiency, false);
      variant.residual = detail::read_residual(own);
      own.finish();
      into.variants.push_back(std::move(variant));
    }
    libraries.finish();
  }
  if (table.has("device")) {
    TableReader devices = table.table("device");
    for (const std::string& id : devices.keys()) {
      TableReader own = devices.table(id);
      KernelEfficiency its = common;
      const bool says_exponentials = own.has("exponentials");
      read_kernel(own, place.kernel, its, false);
      const KernelResidual its_residual = detail::read_residual(own);
      own.finish();
      if (id != place.device) continue;
      kernel = its;
      kernel.attention.exponentials_of_device = says_exponentials;
      residual = its_residual;
    }
    devices.finish();
  }
  table.finish();
}

/// Reads `[kernel.<class>]`: `any` holds for every number type, a type's own table overrides it.
/// `from` is the description.
void read_kernels(TableReader& root, KernelScope from, bool complete, std::string_view device,
                  Efficiency& into, KernelTable& table_of_kernels) {
  std::optional<TableReader> kernels;
  if (complete) {
    kernels = root.table("kernel");
  } else {
    kernels = root.optional_table("kernel");
  }
  if (!kernels) return;
  for (KernelClass k : all_kernel_classes) {
    const std::string key{name(k)};
    const bool needed = complete && general_class(k) == k;
    if (!needed && !kernels->has(key)) continue;
    TableReader table = kernels->table(key);
    const bool says = std::ranges::any_of(all_kernel_formats, [&](KernelFormat format) {
      return says_parameters(table, name(format));
    });
    // Tables of single libraries leave the class's other kernels to its general class.
    if (says || table.has("any")) table_of_kernels.describe(k);
    const Provenance provenance = table.provenance();
    from.basis = provenance.basis;
    // Names of libraries are those of one framework's kernels.
    std::erase_if(table_of_kernels.variants, [&](const KernelVariant& v) { return v.kernel == k; });
    auto& formats = table_of_kernels.kernels[index(k)];
    auto& origins = table_of_kernels.origins[index(k)];
    if (needed || table.has("any")) {
      KernelEfficiency any = formats.front();
      TableReader own = table.table("any");
      read_kernel(own, k, any, complete);
      own.finish();
      formats.fill(any);
      from.format.reset();
      origins.fill(from);
      into.scopes.push_back({"kernel." + key, from.file, complete, provenance});
    }
    for (const KernelFormat format : all_kernel_formats) {
      const std::string text{name(format)};
      KernelEfficiency& kernel = formats[index(format)];
      const KernelFormat general = general_form(format);
      if (general != format && says_parameters(table, name(general))) {
        kernel = formats[index(general)];
        origins[index(format)] = origins[index(general)];
      }
      if (!table.has(text)) continue;
      const bool parameters = says_parameters(table, text);
      read_format(table.table(text), {k, format, device, parameters}, table_of_kernels);
      if (!parameters) continue;
      from.format = format;
      origins[index(format)] = from;
      into.scopes.push_back({"kernel." + key + "." + text, from.file, complete, provenance});
    }
    table.finish();
  }
  kernels->finish();
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
  if (table.has("expert_variation")) {
    runtime.expert_variation = table.number("expert_variation", 0.0, 100.0);
  }
  if (complete || table.has("prefill_tokens")) {
    runtime.prefill_tokens = static_cast<int>(table.integer("prefill_tokens", {.least = 1}));
  }
  if (table.has("divides_cores")) runtime.divides_cores = table.boolean("divides_cores");
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

/// The chips that a class's or a family's kernels were fitted to.
void read_fitted_to(TableReader& root, FittedTo& into) {
  auto table = root.optional_table("fitted_to");
  if (!table) return;
  if (table->has("unit_exponentials")) {
    into.unit_exponentials = table->quantity<FlopRate>("unit_exponentials");
  }
  if (table->has("unit_flops")) into.unit_flops = table->quantity<FlopRate>("unit_flops");
  if (auto rates = table->optional_table("flops_per_byte")) {
    for (const NumberType type : all_number_types) {
      constexpr double most = 1e6;
      into.flops_per_byte[index(type)] =
          rates->optional_number(name(type), 1e-3, most).value_or(0.0);
    }
    rates->finish();
  }
  table->provenance();
  table->finish();
}

/// Reads one description over what `into` already holds; `complete` demands every parameter.
void read_description(const EfficiencyText& text, bool complete, std::string_view device,
                      Efficiency& into, KernelTable& kernels) {
  Diagnostics faults;
  TomlDocument document(text.toml, text.path, faults);
  TableReader root = document.root();
  const std::string id = root.text("id");
  root.text("name");
  root.optional_texts("aliases");
  // Of the fits of a framework's kernels: what its id joins.
  const auto family = root.optional_text("family");
  const auto framework = root.optional_text("framework");
  const KernelScope from{id, complete ? "" : family.value_or(id), framework.value_or(""), {}, {}};
  if (const auto usual = root.optional_text("usual_kernels")) into.usual_kernels = *usual;
  if (root.has("kernels_of")) into.kernels_of = root.texts("kernels_of");
  read_fitted_to(root, complete ? into.class_fitted_to : into.family_fitted_to);
  read_kernels(root, from, complete, device, into, kernels);
  detail::read_links(root, id, complete, device, into);
  read_runtime(root, id, complete, into);
  root.finish();
  faults.throw_if_any();
}

/// Only the last description that gives a parameter is of interest.
void drop_overridden(std::vector<EfficiencyScope>& scopes) {
  std::set<std::string> seen;
  std::vector<EfficiencyScope> kept;
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    if (seen.insert(scope->parameter).second) kept.push_back(std::move(*scope));
  }
  scopes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
}

}  // namespace

std::shared_ptr<const KernelTable> Efficiency::neutral_kernels() {
  static const auto neutral = std::make_shared<const KernelTable>();
  return neutral;
}

std::optional<KernelId> KernelTable::find(const KernelEfficiency* member) const {
  for (const KernelClass k : all_kernel_classes) {
    for (const KernelFormat f : all_kernel_formats) {
      if (member == &kernels[index(k)][index(f)]) return KernelId{k, f};
    }
  }
  return std::nullopt;
}

void KernelTable::describe(KernelClass k) {
  if (std::exchange(described[index(k)], true)) return;
  const KernelClass general = general_class(k);
  if (general == k) return;
  kernels[index(k)] = kernels[index(general)];
  residuals[index(k)] = residuals[index(general)];
  origins[index(k)] = origins[index(general)];
}

const KernelVariant* Efficiency::variant(KernelId id, std::string_view kernel_name,
                                         std::string_view op) const {
  const auto found = std::ranges::find_if(kernels->variants, [&](const KernelVariant& variant) {
    return variant.kernel == id.kernel && variant.format == id.format &&
           is_of_library(variant.library, kernel_name, op);
  });
  return found == kernels->variants.end() ? nullptr : &*found;
}

const KernelEfficiency& Efficiency::kernel(KernelClass k, KernelFormat f,
                                           std::string_view kernel_name,
                                           std::string_view op) const {
  const KernelVariant* own = variant({k, f}, kernel_name, op);
  return own != nullptr ? own->efficiency : kernel(k, f);
}

std::string_view name(TileSet tiles) { return tile_sets[static_cast<std::size_t>(tiles)]; }

Efficiency load_efficiency(const EfficiencyText& device_class, const EfficiencyText& family,
                           std::string_view device) {
  Efficiency efficiency;
  KernelTable table;
  read_description(device_class, true, device, efficiency, table);
  if (!family.toml.empty()) read_description(family, false, device, efficiency, table);
  efficiency.kernels = std::make_shared<const KernelTable>(std::move(table));
  drop_overridden(efficiency.scopes);
  return efficiency;
}

Efficiency with_kernels(Efficiency efficiency, const EfficiencyText& kernels,
                        std::string_view device) {
  KernelTable table = *efficiency.kernels;
  read_description(kernels, false, device, efficiency, table);
  efficiency.kernels = std::make_shared<const KernelTable>(std::move(table));
  drop_overridden(efficiency.scopes);
  return efficiency;
}

}  // namespace infersim
