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

/// The same of two micro-batches that compute side by side, each on cores of its own: a stream has
/// what comes before the dispatch of tokens to experts, another the rest with its collectives, and
/// the cores are so divided (x of them to the first) that both end at once. Of an operator's time
/// `waits` passes whatever cores it has: launches and links. L sums those of a stream and W the
/// rest, both of what is not hidden behind a collective of the same micro-batch (shared experts):
///
///     period = 2 T,  T = L_a + W_a / x = L_b + W_b / (1 - x)
///     T      = (S + sqrt(S^2 - 4 P)) / 2,  S = L_a + L_b + W_a + W_b,
///              P = L_a L_b + L_a W_b + L_b W_a
///
/// Source: CloudMatrix384 (arXiv:2506.12708v3, section 4.2.3), whose 910C dies give attention 16 of
/// 24 cores. Bandwidth is divided as cores are. Fails for: streams that are not two chains. A
/// segment without a dispatch has one stream: its period is that of `segment_period`.
Seconds divided_period(const Segment& segment, std::span<const Seconds> times,
                       std::span<const Seconds> waits);

/// For one micro-batch: what each operator adds to the period, in issue order (the rest is hidden
/// behind operators of the other stream). Sums to the period.
std::array<Seconds, max_segment_ops> exposed_times(const Segment& segment,
                                                   std::span<const Seconds> times);

}  // namespace infersim
