#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "serving/group_steps.hpp"

namespace infersim::detail {

/// Values at a few places, linear between them and level beyond: what was evaluated is never
/// extrapolated. The places are sorted; of two alike the later stands.
template <class Value, std::size_t most>
class Curve {
 public:
  struct Place {
    double below = 0;  ///< index of the place at or below
    double share = 0;  ///< of the way to the next
  };

  void clear() { size_ = 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool full() const { return size_ == most; }
  [[nodiscard]] const Value& value(std::size_t i) const { return values_[i]; }

  void add(double x, const Value& value) {
    std::size_t i = 0;
    while (i < size_ && x_[i] < x)
      ++i;
    if (i < size_ && x_[i] == x) {
      values_[i] = value;
      return;
    }
    if (full()) {  // the place farthest from the new one goes
      const std::size_t out = x - x_[0] > x_[size_ - 1] - x ? 0 : size_ - 1;
      std::copy(x_.begin() + out + 1, x_.begin() + size_, x_.begin() + out);
      std::copy(values_.begin() + out + 1, values_.begin() + size_, values_.begin() + out);
      --size_;
      if (i > out) --i;
    }
    std::copy_backward(x_.begin() + i, x_.begin() + size_, x_.begin() + size_ + 1);
    std::copy_backward(values_.begin() + i, values_.begin() + size_, values_.begin() + size_ + 1);
    x_[i] = x;
    values_[i] = value;
    ++size_;
  }

  /// What `part` of the values is at x.
  template <class Q>
  [[nodiscard]] Q at(Q Value::*part, double x) const {
    if (size_ == 1 || x <= x_[0]) return values_[0].*part;
    for (std::size_t i = 1; i < size_; ++i) {
      if (x > x_[i]) continue;
      const double share = (x - x_[i - 1]) / (x_[i] - x_[i - 1]);
      return values_[i - 1].*part + share * (values_[i].*part - values_[i - 1].*part);
    }
    return values_[size_ - 1].*part;
  }

  /// The place nearest to x.
  [[nodiscard]] double nearest(double x) const {
    double best = x_[0];
    for (std::size_t i = 1; i < size_; ++i) {
      if (std::abs(x_[i] - x) < std::abs(best - x)) best = x_[i];
    }
    return best;
  }
  [[nodiscard]] double first() const { return x_[0]; }

 private:
  std::array<double, most> x_{};
  std::array<Value, most> values_{};
  std::size_t size_ = 0;
};

/// A decode step, as far as the steady state needs it.
struct DecodeStep {
  Seconds time;
  Joules energy;
};

/// What was evaluated of the steps of a group: decodes at some batches, steps with prompts beside
/// the decodes of one of them.
class StepCurves {
 public:
  explicit StepCurves(const GroupSteps& steps) : steps_(steps) {}

  /// Evaluates the decodes of `running` and steps of `least`, and of `most` where it differs.
  const PhaseResult& evaluate_decode(double running) {
    beside_ = steps_.decode(running);
    decode_.add(running, {beside_.step, beside_.cost.energy});
    return beside_;
  }
  /// Forgets steps with prompts, which hold beside the decodes that were evaluated last.
  void forget_prompts() { prompts_.clear(); }
  void evaluate_prompts(double n, bool busy) {
    if (prompts_.size() > 0 && prompts_.nearest(n) == n) return;
    prompts_.add(n, busy ? steps_.prompts(beside_, n) : steps_.prompts_alone(n));
  }

  /// The decodes that were evaluated last.
  [[nodiscard]] const PhaseResult& alone() const { return beside_; }
  [[nodiscard]] double beside() const { return beside_.sequences; }
  [[nodiscard]] Seconds decode(double b) const { return decode_.at(&DecodeStep::time, b); }
  [[nodiscard]] Joules decode_energy(double b) const { return decode_.at(&DecodeStep::energy, b); }
  [[nodiscard]] double nearest_decode(double b) const { return decode_.nearest(b); }
  [[nodiscard]] double nearest_prompts(double n) const { return prompts_.nearest(n); }

  /// Of `part` of a step with n prompts. Fewer than were evaluated take their share of it if it
  /// is nothing without prompts.
  template <class Q>
  [[nodiscard]] Q prompts(Q PromptStep::*part, double n, bool proportional) const {
    const Q value = prompts_.at(part, n);
    if (proportional && n < prompts_.first()) return n / prompts_.first() * value;
    return value;
  }
  [[nodiscard]] Seconds hold(double n) const { return prompts(&PromptStep::hold, n, true); }
  [[nodiscard]] Joules energy(double n) const { return prompts(&PromptStep::energy, n, true); }
  [[nodiscard]] Seconds latency(double n) const { return prompts(&PromptStep::latency, n, false); }
  [[nodiscard]] Seconds follow(double n) const { return prompts(&PromptStep::follow, n, false); }

 private:
  const GroupSteps& steps_;
  PhaseResult beside_;
  Curve<DecodeStep, 12> decode_;
  Curve<PromptStep, 8> prompts_;
};

}  // namespace infersim::detail
