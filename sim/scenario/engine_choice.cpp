#include "infersim/scenario/engine_choice.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"

namespace infersim {
namespace {

/// `npu (Hexagon NPU), gpu (Adreno 750)`: the first of each kind.
std::string engines_of(const Device& device) {
  std::vector<std::string> engines;
  for (const Engine& engine : device.engines) {
    if (device.engine_of(engine.kind) != &engine) continue;
    engines.push_back(fmt::format("{} ({})", name(engine.kind), engine.name));
  }
  return join(engines);
}

std::string kinds_of(const Framework& framework) {
  std::vector<std::string> kinds;
  for (const EngineKind kind : framework.engines)
    kinds.emplace_back(name(kind));
  return join(kinds);
}

bool runs_on(const Framework& framework, EngineKind kind) {
  const auto& kinds = framework.engines;
  return kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

void check(const Device& device, EngineKind kind, const Framework* framework) {
  if (device.engine_of(kind) == nullptr) {
    throw InputError(fmt::format("--engine {}: {} has none", name(kind), device.name),
                     "it has " + engines_of(device));
  }
  if (framework != nullptr && !runs_on(*framework, kind)) {
    throw InputError(
        fmt::format("--engine {}: {} does not run on one", name(kind), framework->name),
        fmt::format("it runs on: {}; leave out --framework for what is usual there",
                    kinds_of(*framework)));
  }
}

}  // namespace

std::optional<EnginePair> choose_engines(const Device& device,
                                         const std::optional<EnginePair>& asked,
                                         const Framework* framework) {
  if (asked) {
    check(device, asked->prefill, framework);
    check(device, asked->decode, framework);
    return asked;
  }
  if (framework == nullptr || framework->engines.empty()) return std::nullopt;
  for (const EngineKind kind : framework->engines) {
    if (device.engine_of(kind) != nullptr) return EnginePair{kind, kind};
  }
  throw InputError(fmt::format("--framework {}: it runs on {} alone, and {} has {}", framework->id,
                               kinds_of(*framework), device.name, engines_of(device)),
                   "leave out --framework for what is usual there");
}

}  // namespace infersim
