#pragma once

#include <algorithm>
#include <limits>

#include "infersim/workload/traffic.hpp"

namespace infersim {

/// What a service has to do, and over how many groups and stages it is spread.
struct ServingLoad {
  Traffic traffic;       ///< mean lengths
  double osl_width = 0;  ///< (longest - shortest answer) / mean, at most 2; 0: all alike
  double isl_width = 0;  ///< of prompts, likewise; lengths are spread evenly
  double cached = 0;     ///< tokens of each prompt that a prefix cache holds
  double batch = 1;      ///< requests in flight in the whole system: what runs and what queues
  /// Requests in all over requests in flight, of a benchmark that starts with all of them at once;
  /// without end: steady state.
  double waves = std::numeric_limits<double>::infinity();
  int dp = 1;  ///< data-parallel groups, each with batch / dp requests
  int pp = 1;
  double tokens_per_step = 1;  ///< tokens a decode step yields per sequence
  double queries_per_sequence = 1;
  double decode_context = 0;  ///< mean context of decode steps; 0: isl + osl/2

  [[nodiscard]] double per_group() const { return batch / dp; }
  /// Whether requests differ in nothing.
  [[nodiscard]] bool alike() const {
    return osl_width == 0.0 && isl_width == 0.0 && tokens_per_step == 1.0;
  }
  /// Tokens of a prompt that are computed, on average: its last one at least. They follow `past()`
  /// cached ones.
  [[nodiscard]] double new_tokens() const;
  [[nodiscard]] double past() const { return traffic.isl - new_tokens(); }
  /// Pairs of a new and an earlier token of one prompt, on average: n past + n^2/2.
  [[nodiscard]] double prompt_pairs() const;
  [[nodiscard]] double context() const {
    return decode_context > 0 ? decode_context : traffic.isl + traffic.osl / 2.0;
  }
  /// Decode steps of a request, on average over the lengths of answers: an answer's first token
  /// comes from the prefill, and what is left of it takes a step, however many tokens that might
  /// yield.
  [[nodiscard]] double decode_steps() const;
  /// Rate of a run of m waves over that of a loop that is never out of requests: m T/(m T + W/2) of
  /// cycles T, where answers run out over the spread W = sqrt(m) osl_width decode of the last wave,
  /// at most T. `decode`: from first to last token of an answer. Waves without end: 1.
  [[nodiscard]] double share_of_run(Seconds decode, Seconds cycle) const;
};

}  // namespace infersim
