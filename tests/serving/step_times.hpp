#pragma once

#include <cmath>
#include <unordered_map>
#include <vector>

#include "infersim/phase/step_model.hpp"
#include "infersim/serving/load.hpp"

namespace infersim::test {

/// Times of steps, evaluated once: decode steps exactly, steps with prompts linear in decodes,
/// prompt tokens and pairs between places 5 to 10 % apart. What a simulation asks of a model.
class StepTimes {
 public:
  struct Times {
    double time = 0;
    double occupancy = 0;
  };

  /// `direct`: evaluates every step as it is.
  StepTimes(const StepModel& model, const ServingLoad& load, bool direct = false)
      : model_(model), load_(load), direct_(direct) {}

  Times decode(double n) {
    const auto i = static_cast<std::size_t>(n);
    if (i >= decodes_.size()) decodes_.resize(i + 1);
    Times& times = decodes_[i];
    if (times.time == 0) times = evaluate(StepBatch::decode(n, load_.context(), queries()));
    return times;
  }

  Times mixed(double decodes, double sequences, double tokens, double pairs, double past) {
    if (direct_) {
      StepBatch batch = StepBatch::decode(decodes, load_.context(), queries());
      batch.prefill_sequences = sequences;
      batch.prefill_tokens = tokens;
      batch.prefill_pairs = pairs;
      batch.prefill_past = past;
      return evaluate(batch);
    }
    const Place n = place(decodes);
    const Place t = place(tokens);
    const double each = load_.prompt_pairs() / load_.new_tokens();
    Times sum;
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 2; ++j) {
        const double weight = (i != 0 ? n.share : 1 - n.share) * (j != 0 ? t.share : 1 - t.share);
        if (weight == 0) continue;
        const Cell& cell = at(n.index + i, t.index + j, each);
        const double more = pairs / tokens - each;
        sum.time += weight * (cell.mean.time + more * cell.slope.time);
        sum.occupancy += weight * (cell.mean.occupancy + more * cell.slope.occupancy);
      }
    }
    return sum;
  }

 private:
  struct Place {
    int index = 0;
    double share = 0;
  };
  struct Cell {
    Times mean;   ///< with as many pairs as prompts have on average
    Times slope;  ///< per pair and token more
  };
  static constexpr double exact = 16;

  static double value(int index) {
    return index <= exact ? index : exact * std::pow(1.09, index - exact);
  }
  static Place place(double x) {
    const double index = x <= exact ? x : exact + std::log(x / exact) / std::log(1.09);
    Place place{static_cast<int>(index), 0};
    const double low = value(place.index);
    place.share = x <= exact && x == low ? 0.0 : (x - low) / (value(place.index + 1) - low);
    if (place.share < 1e-9) place.share = 0;
    return place;
  }
  [[nodiscard]] double queries() const { return load_.queries_per_sequence; }
  [[nodiscard]] Times evaluate(const StepBatch& batch) const {
    const StepCost cost = model_.step(batch);
    return {cost.time.base(), cost.occupancy.base()};
  }
  const Cell& at(int n, int t, double each) {
    const auto [found, fresh] = cells_.try_emplace(n * 4096 + t);
    if (!fresh) return found->second;
    StepBatch batch = StepBatch::decode(value(n), load_.context(), queries());
    const double tokens = std::max(value(t), 1.0);
    batch.prefill_tokens = tokens;
    batch.prefill_sequences = std::max(1.0, tokens / load_.new_tokens());
    batch.prefill_pairs = tokens * each;
    batch.prefill_past =
        batch.prefill_sequences * (load_.past() + std::max(0.0, load_.new_tokens() - tokens) / 2.0);
    Cell& cell = found->second;
    cell.mean = evaluate(batch);
    batch.prefill_pairs *= 1.5;
    const Times more = evaluate(batch);
    cell.slope = {(more.time - cell.mean.time) / (0.5 * each),
                  (more.occupancy - cell.mean.occupancy) / (0.5 * each)};
    return cell;
  }

  const StepModel& model_;
  const ServingLoad& load_;
  bool direct_;
  std::vector<Times> decodes_;
  std::unordered_map<int, Cell> cells_;
};

}  // namespace infersim::test
