#include "report/efficiency_lines.hpp"

#include <algorithm>
#include <string_view>

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

}  // namespace

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
  for (const char* other : {"links", "runtime", "framework"}) {
    if (const EfficiencyScope* scope = scope_of(efficiency, other)) {
      lines.push_back({other, scope, nullptr});
    }
  }
  return lines;
}

}  // namespace infersim::detail
