#pragma once

#include <cstddef>
#include <string_view>

#include "infersim/core/quantity.hpp"
#include "infersim/cost/activity.hpp"

namespace infersim {

/// What limits an operator or a step.
///   padding   compute, of which next to nothing is of use: units work through rows or tiles that
///             are not there, or most of them wait. No sound description has a kernel like that
enum class Bound { compute, memory, link, latency, padding };

inline constexpr std::size_t bound_count = 5;

std::string_view name(Bound bound);

/// The time of one operator on one rank and the terms it is made of. A plain value: the same terms
/// are added up in a search and printed by `--explain`.
///
///     time = latency + smooth_max(compute, memory, on_chip) + extra + link
///
/// Terms that do not apply are zero.
struct OpCost {
  Seconds time;
  Seconds compute;
  Seconds memory;
  Seconds on_chip;
  Seconds extra;  ///< passes of a kernel before and after: activations quantised, split sums added
  Seconds link;
  Seconds latency;
  Bound bound = Bound::latency;
  Activity activity;
  Flops useful_flops;  ///< without the padding of tiles
  /// Share of the flops that the mean rank has, where this is the busiest: its time counts for all,
  /// its energy does not. What is sent is the mean rank's already.
  double mean_share = 1.0;
  double rows = 0.0;  ///< tokens (or query rows) the operator works on
  double tile_efficiency =
      1.0;  ///< useful share of what the units compute: tiles, waves, imbalance
  double compute_fraction = 0.0;    ///< achievable fraction of peak that was assumed
  double bandwidth_fraction = 0.0;  ///< achievable fraction of bandwidth that was assumed
  double blend = 0.0;               ///< exponent of the smooth maximum
  double imbalance = 1.0;           ///< busiest rank over mean, where experts are shared
  double active_experts = 0.0;      ///< experts of the rank that get a token
  Bandwidth on_chip_bandwidth;      ///< that the time on chip is a share of, as far as it is known
  Bandwidth up_bandwidth;      ///< of a collective: one rank's over scale-up links, as achieved
  Bandwidth out_bandwidth;     ///< and over the NIC
  std::string_view algorithm;  ///< of a collective: `one-shot`, `two-shot`, …
};

/// One kernel after the other: terms and activity are added, the rest is that of the longer.
OpCost in_sequence(const OpCost& first, const OpCost& second);

/// Compute that is less than this share of the peak is padding, if most of it is of no use.
inline constexpr double least_of_peak = 0.03;

/// What bounds an operator apart from its latency: the longest of its other terms. Tiles and
/// fractions of the cost are those of the whole.
Bound busy_bound(const OpCost& cost);

/// (a^p + b^p + c^p)^(1/p): a maximum that is smooth where its arguments meet. p is the blend
/// exponent: 1 is a sum (no overlap), infinity a perfect overlap.
Seconds smooth_max(Seconds a, Seconds b, Seconds c, double p);

}  // namespace infersim
