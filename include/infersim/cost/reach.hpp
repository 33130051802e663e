#pragma once

#include "infersim/cost/attention.hpp"

namespace infersim {

/// Cached tokens that a query reads with `context` of them there: all; the last `span`; or those of
/// its chunk, of which a sequence that is longer than a chunk holds half in expectation, wherever
/// it stands. Entries of compressed attention, context / pool and at most pool_span, come on top.
double reached_tokens(const AttentionShape& shape, double context);

/// (Query, key) pairs of `tokens` new tokens after `past` cached ones:
///
///     all     tokens past + tokens^2 / 2
///     window  the integral of min(x, span) over x in [past, past + tokens]
///     chunk   the integral of x mod span over the same
///     entry   and, where tokens are pooled, the integral of min(x / pool, pool_span)
double reached_pairs(const AttentionShape& shape, double tokens, double past);

}  // namespace infersim
