#include "infersim/phase/layer_schedule.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace infersim {
namespace {

/// Ends of the operators of one micro-batch's layer, issued one after the other.
class Layer {
 public:
  /// Issues operator `i`; it ends when all it waits for has ended, its stream is free and `time`
  /// has passed. An operator that is absent from this step takes no time and waits for no stream.
  void issue(std::size_t i, const LoweredOp& op, Seconds time) {
    Seconds start;
    for (std::uint64_t rest = op.waits_for; rest != 0; rest &= rest - 1) {
      start = max(start, ends_[static_cast<std::size_t>(std::countr_zero(rest))]);
    }
    if (time > Seconds{}) {
      Seconds& free = free_[op.communicates ? 1 : 0];
      start = max(start, free);
      free = start + time;
    }
    ends_[i] = start + time;
    end_ = max(end_, ends_[i]);
  }

  [[nodiscard]] Seconds end() const { return end_; }

 private:
  std::array<Seconds, max_segment_ops> ends_;
  std::array<Seconds, 2> free_{};
  Seconds end_;
};

Seconds one_batch(const Segment& segment, std::span<const Seconds> times) {
  Layer layer;
  for (std::size_t i = 0; i < segment.ops.size(); ++i)
    layer.issue(i, segment.ops[i], times[i]);
  return layer.end();
}

Seconds two_batches(const Segment& segment, std::span<const Seconds> times) {
  std::array<Seconds, 2> work{};
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    work[segment.ops[i].communicates ? 1 : 0] += times[i];
  }
  return max(2.0 * max(work[0], work[1]), one_batch(segment, times));
}

}  // namespace

Seconds segment_period(const Segment& segment, std::span<const Seconds> times, int microbatches) {
  assert(segment.ops.size() <= max_segment_ops);
  return microbatches > 1 ? two_batches(segment, times) : one_batch(segment, times);
}

std::array<Seconds, max_segment_ops> exposed_times(const Segment& segment,
                                                   std::span<const Seconds> times) {
  std::array<Seconds, max_segment_ops> exposed{};
  Layer layer;
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    const Seconds before = layer.end();
    layer.issue(i, segment.ops[i], times[i]);
    exposed[i] = layer.end() - before;
  }
  return exposed;
}

Seconds divided_period(const Segment& segment, std::span<const Seconds> times,
                       std::span<const Seconds> waits) {
  const auto sends = [](const LoweredOp& op) { return op.kind == OpKind::dispatch; };
  const auto first = std::find_if(segment.ops.begin(), segment.ops.end(), sends);
  if (first == segment.ops.end()) return two_batches(segment, times);
  const auto dispatch = static_cast<std::size_t>(first - segment.ops.begin());
  const auto exposed = exposed_times(segment, times);
  std::array<double, 2> fixed{};
  std::array<double, 2> work{};
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    if (times[i] <= Seconds{}) continue;
    const std::size_t stream = i < dispatch ? 0 : 1;
    const double waiting = waits[i] / times[i];
    fixed[stream] += waiting * exposed[i].base();
    work[stream] += (1.0 - waiting) * exposed[i].base();
  }
  const double sum = fixed[0] + fixed[1] + work[0] + work[1];
  const double product = fixed[0] * fixed[1] + fixed[0] * work[1] + fixed[1] * work[0];
  return Seconds{sum + std::sqrt(std::max(sum * sum - 4.0 * product, 0.0))};
}

}  // namespace infersim
