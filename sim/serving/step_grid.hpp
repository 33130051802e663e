#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "serving/group_steps.hpp"

namespace infersim::detail {

/// A step as a run of the scheduler sees it.
struct GridStep {
  double time = 0;
  double occupancy = 0;
  double energy = 0;
  double by_pair = 0;  ///< seconds by which it grows with each pair of a new and an earlier token
  double busy_by_pair = 0;  ///< and its occupancy
};

/// Steps of one part of a group, by decodes and prompt tokens: evaluated where they are asked for,
/// on a grid of 0, 1, 2, 3, 4, 6, 8, 12, … decodes and as many units of tokens, and linear in both
/// between.
class StepGrid {
 public:
  /// `whole`: prompt tokens that come often, those of a prompt or of a full step. `chunked`: where
  /// in its prompt a chunk lies is looked at.
  StepGrid(const GroupSteps& steps, double whole, bool chunked)
      : steps_(steps), unit_(whole > 64.0 ? whole / 64.0 : 1.0), chunked_(chunked) {}

  GridStep at(double decodes, double tokens) {
    const Place n = place(decodes);
    const Place t = place(tokens / unit_);
    GridStep sum;
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 2; ++j) {
        const double weight =
            (i != 0 ? n.share : 1.0 - n.share) * (j != 0 ? t.share : 1.0 - t.share);
        if (weight <= 0.0) continue;
        const GridStep& step = node(n.index + i, t.index + j);
        sum.time += weight * step.time;
        sum.occupancy += weight * step.occupancy;
        sum.energy += weight * step.energy;
        sum.by_pair += weight * step.by_pair;
        sum.busy_by_pair += weight * step.busy_by_pair;
      }
    }
    return sum;
  }
  [[nodiscard]] int evaluations() const { return evaluations_; }

 private:
  static constexpr int most = 48;
  struct Place {
    int index = 0;
    double share = 0;
  };
  /// 0, 1, 2, 3, 4, 6, 8, 12, 16, …
  static constexpr std::array<double, most> values = [] {
    std::array<double, most> all{0.0, 1.0};
    for (std::size_t i = 2; i < most; ++i)
      all[i] = i < 4 ? static_cast<double>(i) : 2.0 * all[i - 2];
    return all;
  }();
  static double value(int index) { return values[static_cast<std::size_t>(index)]; }
  static Place place(double x) {
    if (x < 2.0) return {x < 1.0 ? 0 : 1, x < 1.0 ? x : x - 1.0};
    // Of the power of two at or below.
    const int exponent = std::min(std::ilogb(x), (most - 2) / 2);
    const int half = x >= 1.5 * value(2 * exponent) ? 1 : 0;
    const int index = std::min(2 * exponent + half, most - 2);
    return {index, std::min((x - value(index)) / (value(index + 1) - value(index)), 1.0)};
  }

  const GridStep& node(int n, int t) {
    auto& known = known_[static_cast<std::size_t>(n)][static_cast<std::size_t>(t)];
    auto& step = steps_at_[static_cast<std::size_t>(n)][static_cast<std::size_t>(t)];
    if (!known) {
      known = true;
      ++evaluations_;
      const StepCost cost = steps_.part(value(n), value(t) * unit_);
      step = {cost.time.base(), cost.occupancy.base(), cost.energy.base(), 0.0, 0.0};
      if (chunked_ && t > 0) {
        const double more = steps_.pairs(value(t) * unit_);
        const StepCost later = steps_.part(value(n), value(t) * unit_, more);
        step.by_pair = max(later.time - cost.time, Seconds{}).base() / more;
        step.busy_by_pair = max(later.occupancy - cost.occupancy, Seconds{}).base() / more;
      }
    }
    return step;
  }

  const GroupSteps& steps_;
  double unit_;
  bool chunked_;
  int evaluations_ = 0;
  std::array<std::array<bool, most>, most> known_{};
  std::array<std::array<GridStep, most>, most> steps_at_{};
};

}  // namespace infersim::detail
