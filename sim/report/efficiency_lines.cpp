#include "report/efficiency_lines.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "infersim/report/text.hpp"

namespace infersim::detail {

namespace {

constexpr std::string_view kernel_prefix = "kernel.";

/// The scope of a number type's parameters: its own, else that of all types.
const EfficiencyScope* scope_of(const Efficiency& efficiency, const std::string& parameter) {
  const auto found =
      std::find_if(efficiency.scopes.begin(), efficiency.scopes.end(),
                   [&](const EfficiencyScope& scope) { return scope.parameter == parameter; });
  return found == efficiency.scopes.end() ? nullptr : &*found;
}

constexpr std::string_view link_prefix = "links.";

/// For long messages the share of links, for short ones the time: that of the faster protocol.
std::string library_text(const LibraryEfficiency& library) {
  const bool low = library.low.way.fraction > 0;
  const LinkProtocol& quick = low ? library.low : library.bulk;
  return fmt::format("{} of links, {} + {} a rank", show_percent(library.bulk.way.fraction),
                     show(quick.way.latency), show(quick.hop));
}

std::string custom_text(const CustomAllReduce& custom) {
  const LinkWay& quick = custom.one_shot.fraction > 0 ? custom.one_shot : custom.two_shot;
  const double most =
      std::max({custom.one_shot.fraction, custom.two_shot.fraction, custom.symmetric.fraction});
  return fmt::format("{} of links, {} + {} a rank", show_percent(most), show(quick.latency),
                     show(custom.hop));
}

}  // namespace

std::string link_text(const LinkEfficiency& links, std::string_view parameter) {
  if (!parameter.starts_with(link_prefix)) return {};
  const std::string_view own = parameter.substr(link_prefix.size());
  if (own == "custom") return custom_text(links.custom);
  for (const LinkOperation operation : all_link_operations) {
    if (own == name(operation)) return library_text(links.library[index(operation)]);
  }
  return {};
}

std::vector<EfficiencyLine> efficiency_lines(const Efficiency& efficiency) {
  std::vector<EfficiencyLine> lines;
  for (std::size_t k = 0; k < kernel_class_count; ++k) {
    const std::string kernel{name(static_cast<KernelClass>(k))};
    const EfficiencyScope* any = scope_of(efficiency, std::string(kernel_prefix) + kernel);
    bool shown_any = false;
    for (const KernelFormat type : all_kernel_formats) {
      const std::string own = kernel + "." + std::string(name(type));
      const EfficiencyScope* scope = scope_of(efficiency, std::string(kernel_prefix) + own);
      // What the class says of one type is overridden by what the family says of all.
      if (scope != nullptr && any != nullptr && scope->inherited && !any->inherited) {
        scope = nullptr;
      }
      const KernelEfficiency& values = efficiency.kernel(static_cast<KernelClass>(k), type);
      if (scope != nullptr) {
        lines.push_back({own, scope, &values});
      } else if (any != nullptr && !shown_any) {
        lines.push_back({kernel, any, &values});
        shown_any = true;
      }
    }
  }
  const auto add = [&](const std::string& parameter) {
    if (const EfficiencyScope* scope = scope_of(efficiency, parameter)) {
      lines.push_back({parameter, scope, nullptr});
    }
  };
  add("links");
  for (const LinkOperation operation : all_link_operations)
    add(std::string(link_prefix) + std::string(name(operation)));
  add(std::string(link_prefix) + "custom");
  add("runtime");
  add("framework");
  return lines;
}

}  // namespace infersim::detail
