#include "report/kernel_lines.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim::detail {
namespace {

/// Whose kernels they are, beside those of the framework itself.
std::string owner_text(const KernelLine& line, const Device& device) {
  const KernelScope& from = line.from;
  if (from.family.empty()) return "inherited from class " + from.file;
  std::string text;
  if (from.framework == line.framework) {
    text = "its own";
  } else if (from.framework.empty()) {
    text = "pooled over frameworks";
  } else {
    text = "inherited from " + from.framework;
  }
  if (from.family != device.family) text += " on family " + from.family;
  const bool set = from.basis != Basis::measured && from.basis != Basis::datasheet;
  if (set) text += fmt::format(" ({})", name(from.basis));
  if (line.regime == Regime::fitted) text += ", fitted on this chip";
  return text;
}

std::string kernel_text(const KernelLine& line) {
  std::vector<std::string> formats;
  for (const KernelFormat format : line.formats)
    formats.emplace_back(name(format));
  if (formats.empty()) return std::string(name(line.kernel));
  return fmt::format("{} ({})", name(line.kernel), join(formats));
}

/// Of a class that has tables of number types, a table of all types is for types that nothing runs.
void drop_unused(std::vector<KernelLine>& lines, std::size_t first) {
  const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(first);
  const auto typed = [](const KernelLine& line) { return !line.formats.empty(); };
  if (std::none_of(begin, lines.end(), typed)) return;
  lines.erase(std::remove_if(begin, lines.end(), [&](const KernelLine& l) { return !typed(l); }),
              lines.end());
}

}  // namespace

std::vector<KernelLine> kernel_lines(const DeviceFacts& facts) {
  std::vector<KernelLine> lines;
  for (const FrameworkKernels& each : facts.frameworks) {
    for (const KernelClass kernel : all_kernel_classes) {
      const std::size_t first = lines.size();
      for (const KernelFormat format : all_kernel_formats) {
        const KernelId id{kernel, format};
        const KernelScope& from = each.efficiency.origin(id);
        const Regime regime = kernel_regime(facts.device, each.efficiency, id);
        const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(first);
        auto line = std::find_if(begin, lines.end(), [&](const KernelLine& other) {
          return other.from.file == from.file && other.regime == regime;
        });
        if (line == lines.end()) {
          lines.push_back({each.framework.id, kernel, from, regime, {}});
          line = lines.end() - 1;
        }
        if (from.format == format) line->formats.push_back(format);
      }
      drop_unused(lines, first);
    }
  }
  return lines;
}

CardSection kernel_section(const DeviceFacts& facts) {
  CardSection section;
  section.title = "Kernels by framework";
  const std::vector<KernelLine> lines = kernel_lines(facts);
  for (const FrameworkKernels& each : facts.frameworks) {
    const bool served = each.framework.points.on_chip(facts.device.id);
    std::string text = fmt::format(
        "{}: {}", each.framework.id,
        served ? "servers of this chip were measured" : "no server of this chip was measured");
    std::vector<std::pair<std::string, std::vector<std::string>>> groups;
    for (const KernelLine& line : lines) {
      if (line.framework != each.framework.id) continue;
      const std::string owner = owner_text(line, facts.device);
      const auto same = [&](const auto& group) { return group.first == owner; };
      auto group = std::find_if(groups.begin(), groups.end(), same);
      if (group == groups.end()) group = groups.insert(group, {owner, {}});
      group->second.push_back(kernel_text(line));
    }
    for (const auto& [owner, kernels] : groups)
      text += fmt::format("; {}: {}", owner, join(kernels));
    section.notes.push_back(std::move(text));
  }
  return section;
}

}  // namespace infersim::detail
