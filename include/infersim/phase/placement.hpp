#pragma once

#include <optional>
#include <string_view>

#include "infersim/core/quantity.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/phase/precision.hpp"
#include "infersim/phase/step_table.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// Which weights of one device's model lie elsewhere. Layers count from the input, as llama.cpp
/// has them: those on flash come first, then those of the host, then those of the device, of which
/// the first may still have their routed experts on the host (`--n-cpu-moe`, KTransformers). The
/// input embedding, of which a token reads one row, is the host's wherever anything is.
struct Placement {
  Count flash_layers = 0;
  Count host_layers = 0;      ///< after those, with their caches
  Count expert_layers = 0;    ///< of all layers, the first so many have routed experts on the host
  bool head_on_host = false;  ///< output norm and head

  [[nodiscard]] bool any() const {
    return flash_layers > 0 || host_layers > 0 || expert_layers > 0 || head_on_host;
  }

  friend bool operator==(const Placement&, const Placement&) = default;
};

/// The memories around a device.
struct OtherMemories {
  std::optional<Machine> host;  ///< none: the device shares its memory with its processor
  /// It is no host but a second device: tokens pass between both once a step, ends of the model
  /// stay with the first, steps take of its memory what they take of the first's.
  bool second_device = false;
  Bandwidth link;   ///< between the host's memory and the device's, per direction
  Seconds latency;  ///< of one hand-over between them
  Bandwidth flash;
};

/// The number types of `plan` on an engine that lacks some of its products: those are then of the
/// widest type that it has, as weights are expanded.
PrecisionPlan products_on(const Engine& engine, PrecisionPlan plan);

/// A lowered plan of one rank with weights elsewhere: each kind of layers becomes up to four
/// segments, by where its weights are. What lies on the host is computed there, from its memory,
/// or, where a step has so many tokens that this is faster, brought over the link and computed by
/// the device (phase/placed_cost.hpp). Layers on flash are read for every step: files that do not
/// fit into a page cache, read in the same order again and again, are never found in it.
/// `precision` is that of the device.
void place(StepTable& table, const ModelSpec& model, const PrecisionPlan& precision,
           const Placement& placement, const OtherMemories& others, const Engine* host_engine);

}  // namespace infersim
