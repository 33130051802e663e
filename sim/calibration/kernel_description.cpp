#include "infersim/calibration/kernel_description.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/toml_reader.hpp"
#include "infersim/cost/kernel_parameters.hpp"

namespace infersim {
namespace {

bool is_parameter(KernelClass kernel, std::string_view key) {
  if (key == "tiles") return true;
  const auto has = [&](std::span<const KernelParameter> table) {
    return std::ranges::find(table, key, &KernelParameter::key) != table.end();
  };
  return has(common_parameters(kernel)) || has(tuning_parameters(kernel));
}

/// The tables that are neither of kernels nor sources, word for word.
std::string other_tables(std::string_view text) {
  std::string others;
  bool keep = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end + 1);
    text.remove_prefix(line.size());
    if (line.starts_with('[')) {
      keep = !line.starts_with("[kernel.") && !line.starts_with("[sources.");
      if (keep && !others.empty()) others += '\n';
    }
    const bool blank = line.find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (keep && !blank) others += line;
  }
  return others;
}

/// Reads keys and notes; the figures come from what the cost layer makes of the same text.
class Reader {
 public:
  Reader(const EfficiencyText& base, const EfficiencyText& family, const EfficiencyText& own)
      : base_(base),
        family_(family),
        own_(own),
        resolved_(with_kernels(load_efficiency(base, family), own)) {}

  KernelDescription read() {
    Diagnostics faults;
    TomlDocument document(own_.toml, own_.path, faults);
    TableReader root = document.root();
    result_.id = root.text("id");
    result_.name = root.text("name");
    result_.family = root.text("family");
    result_.framework = root.text("framework");
    if (auto kernels = root.optional_table("kernel")) {
      for (const KernelClass kernel : all_kernel_classes) {
        if (kernels->has(name(kernel))) read_class(kernels->table(name(kernel)), kernel);
      }
    }
    if (auto sources = root.optional_table("sources")) {
      for (const std::string& key : sources->keys())
        read_source(sources->table(key), key);
    }
    result_.others = other_tables(own_.toml);
    faults.throw_if_any();
    return std::move(result_);
  }

 private:
  void read_class(TableReader table, KernelClass kernel) {
    KernelOrigin& origin = result_.origins[kernel];
    origin.source = table.optional_text("source").value_or("");
    origin.basis = table.optional_text("basis").value_or("");
    origin.note = table.optional_text("note").value_or("");
    origin.unusual = table.optional_text("unusual").value_or("");
    for (const KernelFormat format : all_kernel_formats) {
      if (!table.has(name(format))) continue;
      TableReader own = table.table(name(format));
      read_entry(own, {kernel, format, {}, {}}, resolved_);
      for (const std::string_view kind : {"variant", "device"}) {
        auto parts = own.optional_table(kind);
        if (!parts) continue;
        for (const std::string& id : parts->keys()) {
          TableReader part = parts->table(id);
          const bool device = kind == "device";
          const KernelPlace place{kernel, format, device ? "" : id, device ? id : ""};
          read_entry(
              part, place,
              device ? with_kernels(load_efficiency(base_, family_, id), own_, id) : resolved_);
        }
      }
    }
  }

  void read_entry(TableReader& table, const KernelPlace& place, const Efficiency& resolved) {
    KernelEntry entry;
    for (const std::string& key : table.keys()) {
      if (is_parameter(place.kernel, key)) entry.keys.push_back(key);
    }
    entry.held = table.optional_texts("held");
    entry.note = table.optional_text("note").value_or("");
    entry.efficiency = resolved.kernel(place.kernel, place.format);
    entry.residual = resolved.residual(place.kernel, place.format);
    for (const KernelVariant& variant : resolved.kernels->variants) {
      if (place.library.empty() || variant.kernel != place.kernel ||
          variant.format != place.format || variant.library != place.library) {
        continue;
      }
      entry.efficiency = variant.efficiency;
      entry.residual = variant.residual;
    }
    result_.entries.emplace(place, std::move(entry));
  }

  void read_source(TableReader table, const std::string& key) {
    result_.sources[key] = {table.text("title"), table.optional_text("date").value_or(""),
                            table.optional_text("url").value_or(""),
                            table.optional_text("note").value_or("")};
  }

  const EfficiencyText& base_;
  const EfficiencyText& family_;
  const EfficiencyText& own_;
  Efficiency resolved_;
  KernelDescription result_;
};

}  // namespace

std::string name(const KernelPlace& place) {
  std::string text = fmt::format("kernel.{}.{}", name(place.kernel), name(place.format));
  if (!place.library.empty()) text += ".variant." + place.library;
  if (!place.device.empty()) text += ".device." + place.device;
  return text;
}

KernelDescription load_kernel_description(const EfficiencyText& base,
                                          const EfficiencyText& family_text,
                                          const EfficiencyText& own) {
  return Reader(base, family_text, own).read();
}

}  // namespace infersim
