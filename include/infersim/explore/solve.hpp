#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/report/schema.hpp"
#include "infersim/scenario/question.hpp"
#include "infersim/search/planner.hpp"

namespace infersim {

/// What an answer is to come to.
struct Target {
  const Field* field = nullptr;
  double value = 0;
};

/// Reads `usd_per_mtok_output = 0.5`. Throws InputError.
Target read_target(const std::string& text);

/// An answer with figures at a multiple of what they are.
struct SolvedPoint {
  double factor = 1;
  std::optional<double> value;        ///< of the target's field; none: it cannot run or has none
  std::vector<std::string> settings;  ///< `device.memory.bandwidth=9.6 TB/s`
  std::string plan;                   ///< `16 devices, tp 8 dp 2, batch 512`
  std::string prefill_bound;
  std::string decode_bound;
  std::optional<double> watts;
  bool objectives_met = false;
};

/// What it takes of some figures, moved together, or what forbids it.
struct Solved {
  std::vector<std::string> keys;
  std::optional<SolvedPoint> point;  ///< at which the target is reached
  /// Otherwise the nearest that was found, at a factor between the least and the greatest.
  SolvedPoint nearest;
};

struct Solution {
  Target target;
  SolvedPoint base;          ///< as the descriptions are
  std::vector<Solved> keys;  ///< each figure alone; the last of several: all together
};

/// The factor nearest to one, between 1/1024 and 1024, by which each figure that `keys` names must
/// be multiplied so that the answer comes to the target: bracketed in doublings outward from one,
/// then by Alefeld, Potra and Shi's algorithm 748 to 0.1 % of the factor. The deployment is
/// searched anew at each point, unless the question pins it; where it changes, the answer may jump
/// across the target, and the side that reaches it is told. Only the figures move: a price or power
/// limit that would follow them has to be named too. Throws InputError for keys that are no
/// numbers. `progress` is told after each answer.
Feasible<Solution> solve(const Catalog& catalog, const Question& question, const Target& target,
                         const std::vector<std::string>& keys,
                         const std::function<void()>& progress);

}  // namespace infersim
