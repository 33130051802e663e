#pragma once

#include "infersim/core/quantity.hpp"

namespace infersim {

/// What the host of an engine adds to steps.
///
///     decode step:               max(device + host, layers x per_layer_replay)
///     step that holds a prefill: max(device + host, layers x per_layer_launch)
///     host                       step + sequences x per_sequence
///
/// Decode steps are replayed from a captured graph, so that the host does next to nothing for each
/// of them; steps with prompts in them are launched kernel by kernel, or graph piece by graph
/// piece, and last no less than the host needs for that, however few tokens they hold; but for
/// those of `graph_tokens` and fewer, of which engines capture graphs as well. What is done for
/// each running sequence (scheduling it, sampling settings, stop conditions, text of the new token)
/// is a loop of the engine's process.
struct HostOverhead {
  Seconds step;              ///< host time of one step that is not hidden behind the device
  Seconds per_layer_launch;  ///< host time to launch one layer of a step that holds a prefill
  Seconds per_sequence;      ///< host time of each sequence of a step
  double graph_tokens = 0;   ///< steps with prompts of up to so many tokens are replayed too
  Seconds per_layer_replay;  ///< least time of a layer of a decode step, however little is in it

  /// Of a step of so many sequences, without launches.
  [[nodiscard]] Seconds of(double sequences) const { return step + sequences * per_sequence; }

  friend bool operator==(const HostOverhead&, const HostOverhead&) = default;
};

}  // namespace infersim
