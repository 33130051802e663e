#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "infersim/core/quantity.hpp"
#include "infersim/phase/step_table.hpp"

namespace infersim {

/// Time of one repetition of a segment whose operators take `times`, issued in order on two streams
/// (compute, communication), each operator as soon as those it waits for have ended and its stream
/// is free. With two micro-batches: the time that one layer adds for both when they take turns,
///
///     period = max(2 sum of compute, 2 sum of communication, one micro-batch's own layer)
///
/// which no interleaving undercuts: each stream has the work of both, and each micro-batch passes a
/// layer in a period. Systems that overlap in this way order their operators by hand so as to come
/// near it (DeepSeek-V3, arXiv:2412.19437 section 3.4).
Seconds segment_period(const Segment& segment, std::span<const Seconds> times, int microbatches);

/// For one micro-batch: what each operator adds to the period, in issue order (the rest is hidden
/// behind operators of the other stream). Sums to the period.
std::array<Seconds, max_segment_ops> exposed_times(const Segment& segment,
                                                   std::span<const Seconds> times);

}  // namespace infersim
