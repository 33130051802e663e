#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "infersim/core/quantity.hpp"
#include "infersim/phase/step_table.hpp"

namespace infersim {

/// Time of one repetition of a segment whose operators take `times`, issued in order on two streams
/// (compute, communication), each operator as soon as those it waits for have ended and its stream
/// is free. With two micro-batches: the time that one layer adds for both in the steady
/// interleaving.
Seconds segment_period(const Segment& segment, std::span<const Seconds> times, int microbatches);

/// For one micro-batch: what each operator adds to the period, in issue order (the rest is hidden
/// behind operators of the other stream). Sums to the period.
std::array<Seconds, max_segment_ops> exposed_times(const Segment& segment,
                                                   std::span<const Seconds> times);

}  // namespace infersim
