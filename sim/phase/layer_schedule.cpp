#include "infersim/phase/layer_schedule.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace infersim {
namespace {

/// Layers after which the interleaving of two micro-batches has settled, and layers that the one
/// ahead may go on for, so that the other is not alone in its last.
constexpr int simulated_layers = 4;
constexpr int layers_ahead = 2;

using Ends = std::array<Seconds, max_segment_ops>;

/// Ends of one micro-batch's operators in the layer it is in.
struct Progress {
  Ends ends{};
  Seconds layer_start;
  Seconds layer_end;
  std::array<Seconds, simulated_layers + layers_ahead> layer_ends{};
  std::size_t next = 0;
  Seconds ready;  ///< when all that the next operator waits for has ended
  int layer = 0;
};

Seconds ready_after(const LoweredOp& op, const Ends& ends, Seconds layer_start) {
  Seconds start = layer_start;
  for (std::uint64_t rest = op.waits_for; rest != 0; rest &= rest - 1) {
    start = max(start, ends[static_cast<std::size_t>(std::countr_zero(rest))]);
  }
  return start;
}

struct Streams {
  std::array<Seconds, 2> free{};

  /// An operator that is absent from this step takes no time and waits for no stream.
  [[nodiscard]] Seconds start(const LoweredOp& op, Seconds ready, Seconds time) const {
    return time > Seconds{} ? max(ready, free[op.communicates ? 1 : 0]) : ready;
  }
};

/// Issues the next operator of one micro-batch.
void issue(const Segment& segment, std::span<const Seconds> times, Streams& streams,
           Progress& progress) {
  const LoweredOp& op = segment.ops[progress.next];
  const Seconds time = times[progress.next];
  const Seconds end = streams.start(op, progress.ready, time) + time;
  if (time > Seconds{}) streams.free[op.communicates ? 1 : 0] = end;
  progress.ends[progress.next] = end;
  progress.layer_end = max(progress.layer_end, end);
  if (++progress.next == segment.ops.size()) {
    progress.next = 0;
    progress.layer_start = progress.layer_end;
    progress.layer_ends[static_cast<std::size_t>(progress.layer++)] = progress.layer_end;
  }
  progress.ready = ready_after(segment.ops[progress.next], progress.ends, progress.layer_start);
}

Seconds one_batch(const Segment& segment, std::span<const Seconds> times) {
  Streams streams;
  Ends ends;
  Seconds last;
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    const LoweredOp& op = segment.ops[i];
    ends[i] = streams.start(op, ready_after(op, ends, Seconds{}), times[i]) + times[i];
    if (times[i] > Seconds{}) streams.free[op.communicates ? 1 : 0] = ends[i];
    last = max(last, ends[i]);
  }
  return last;
}

/// A layer of both micro-batches takes no less than either stream has work.
Seconds busiest_stream(const Segment& segment, std::span<const Seconds> times) {
  std::array<Seconds, 2> work{};
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    work[segment.ops[i].communicates ? 1 : 0] += times[i];
  }
  return 2.0 * max(work[0], work[1]);
}

/// Two micro-batches in turn: the one whose next operator can start first is issued, and of equals
/// the one that is a layer behind. The period is the mean of what two layers add, between what the
/// streams allow and what the micro-batches take one after the other.
Seconds two_batches(const Segment& segment, std::span<const Seconds> times) {
  Streams streams;
  Progress a;
  Progress b;
  const auto start_of = [&](const Progress& p) {
    if (p.layer == simulated_layers + layers_ahead) return Seconds::infinity();
    return streams.start(segment.ops[p.next], p.ready, times[p.next]);
  };
  while (std::min(a.layer, b.layer) < simulated_layers) {
    const Seconds of_a = start_of(a);
    const Seconds of_b = start_of(b);
    const bool a_first = of_a == of_b ? a.layer <= b.layer : of_a < of_b;
    issue(segment, times, streams, a_first ? a : b);
  }
  const auto end_of = [&](std::size_t layer) {
    return max(a.layer_ends[layer], b.layer_ends[layer]);
  };
  const Seconds settled = (end_of(simulated_layers - 1) - end_of(simulated_layers - 3)) / 2.0;
  return max(busiest_stream(segment, times), min(settled, 2.0 * one_batch(segment, times)));
}

}  // namespace

Seconds segment_period(const Segment& segment, std::span<const Seconds> times, int microbatches) {
  assert(segment.ops.size() <= max_segment_ops);
  if (segment.ops.empty()) return {};
  return microbatches > 1 ? two_batches(segment, times) : one_batch(segment, times);
}

std::array<Seconds, max_segment_ops> exposed_times(const Segment& segment,
                                                   std::span<const Seconds> times) {
  std::array<Seconds, max_segment_ops> exposed{};
  Streams streams;
  Progress progress;
  Seconds so_far;
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    issue(segment, times, streams, progress);
    exposed[i] = progress.layer_end - so_far;
    so_far = progress.layer_end;
  }
  return exposed;
}

}  // namespace infersim
