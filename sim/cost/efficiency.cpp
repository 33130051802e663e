#include "infersim/cost/efficiency.hpp"

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

/// Fields of one `[kernel.<class>.<type>]` table; what is not given keeps its value.
void read_kernel(TableReader table, KernelEfficiency& kernel, bool complete) {
  const auto fraction = [&](std::string_view key, double& value) {
    if (complete || table.has(key)) value = table.number(key, 1e-6, 1.0);
  };
  fraction("compute", kernel.compute);
  fraction("bandwidth", kernel.bandwidth);
  if (complete || table.has("latency")) kernel.latency = table.quantity<Seconds>("latency");
  if (complete || table.has("blend")) kernel.blend = table.number("blend", 1.0, 64.0);
  const auto tile = [&](std::string_view key, int& value) {
    if (complete || table.has(key)) {
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
    PerNumberType<KernelEfficiency>& types = into.kernels[index(k)];
    if (complete || table.has("any")) {
      KernelEfficiency any = types.front();
      read_kernel(table.table("any"), any, complete);
      types.fill(any);
      into.scopes.push_back({"kernel." + key, std::string{id}, complete, provenance});
    }
    for (NumberType t : all_number_types) {
      const std::string type{name(t)};
      if (!table.has(type)) continue;
      read_kernel(table.table(type), types[index(t)], false);
      into.scopes.push_back({"kernel." + key + "." + type, std::string{id}, complete, provenance});
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
  into.scopes.push_back({"runtime", std::string{id}, complete, table.provenance()});
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
