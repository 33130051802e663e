#include "infersim/calibration/kernel_description_writer.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "calibration/parameter_text.hpp"
#include "infersim/cost/kernel_parameters.hpp"

namespace infersim {
namespace {

using detail::Lines;
using detail::literal;
using detail::quoted;
using detail::write_lines;

void write_entry(std::string& text, const KernelPlace& place, const KernelEntry& entry) {
  const auto given = [&](std::string_view key) {
    return std::ranges::find(entry.keys, key) != entry.keys.end();
  };
  Lines lines;
  if (given("tiles")) lines.emplace_back("tiles", quoted(name(entry.efficiency.gemm.tiles)));
  for (const auto& table : {common_parameters(place.kernel), tuning_parameters(place.kernel)}) {
    for (const KernelParameter& parameter : table) {
      if (!given(parameter.key)) continue;
      lines.emplace_back(parameter.key, literal(parameter.unit, parameter.get(entry.efficiency)));
    }
  }
  const std::string held = detail::quoted_list(entry.held);
  if (!held.empty()) lines.emplace_back("held", held);
  if (entry.residual.rows > 0) lines.emplace_back("residual", literal(entry.residual));
  if (!entry.note.empty()) lines.emplace_back("note", quoted(entry.note));
  // A table that only holds those of devices needs no line of its own.
  if (lines.empty()) return;
  text += fmt::format("\n[{}]\n", name(place));
  write_lines(text, lines);
}

void add_text(Lines& lines, std::string key, const std::string& value) {
  if (!value.empty()) lines.emplace_back(std::move(key), quoted(value));
}

}  // namespace

std::string write_kernel_description(const KernelDescription& description) {
  std::string text = "# Fitted by `infersim calibrate` (docs/calibrate.md).\n";
  write_lines(text, {{"id", quoted(description.id)},
                     {"name", quoted(description.name)},
                     {"family", quoted(description.family)},
                     {"framework", quoted(description.framework)}});
  for (const auto& [kernel, origin] : description.origins) {
    text += fmt::format("\n[kernel.{}]\n", name(kernel));
    Lines lines;
    add_text(lines, "source", origin.source);
    add_text(lines, "basis", origin.basis);
    add_text(lines, "note", origin.note);
    add_text(lines, "unusual", origin.unusual);
    write_lines(text, lines);
    for (const auto& [place, entry] : description.entries) {
      if (place.kernel == kernel) write_entry(text, place, entry);
    }
  }
  if (!description.others.empty()) text += "\n" + description.others;
  for (const auto& [key, source] : description.sources) {
    text += fmt::format("\n[sources.{}]\n", key);
    Lines lines;
    add_text(lines, "title", source.title);
    add_text(lines, "date", source.date);
    add_text(lines, "url", source.url);
    add_text(lines, "note", source.note);
    write_lines(text, lines);
  }
  return text;
}

KernelEfficiency as_written(KernelClass kernel, KernelEfficiency efficiency) {
  for (const auto& table : {common_parameters(kernel), tuning_parameters(kernel)})
    detail::round_parameters(table, efficiency);
  return efficiency;
}

}  // namespace infersim
