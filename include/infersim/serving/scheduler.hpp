#pragma once

#include <algorithm>
#include <limits>

#include "infersim/core/quantity.hpp"

namespace infersim {

/// How an engine forms its steps. Counts are those of one data-parallel group, which has a
/// scheduler of its own.
struct Scheduler {
  bool mixed = true;     ///< prompts join decode steps; else steps of their own, before decodes
  bool split = true;     ///< a prompt may be spread over several steps
  double budget = 8192;  ///< new tokens that one step takes; decode tokens count in mixed steps
  double max_seqs = std::numeric_limits<double>::infinity();  ///< sequences that run at once
  double recv_interval = 1;  ///< decode steps between two looks for new requests
  double gather = 0;         ///< decode steps for which a waiting prompt waits for others
  double lag = 0;            ///< steps between being seen and running (overlapped scheduling)
  Seconds front_latency;     ///< of each request: HTTP, tokeniser, hand-over, first chunk back
  Seconds stall;             ///< once, before the first token of the first wave

  /// An engine that does not split prompts is set up so that one of `isl` tokens fits into a step,
  /// beside the decodes.
  void make_room(double isl) {
    if (!split) budget = std::max(budget, isl);
  }

  friend bool operator==(const Scheduler&, const Scheduler&) = default;
};

}  // namespace infersim
