#include "infersim/cost/reach.hpp"

#include <algorithm>
#include <cmath>

namespace infersim {
namespace {

/// Integral of min(x, span) from 0 to `end`.
double window_pairs(double span, double end) {
  const double ramp = std::min(end, span);
  return ramp * ramp / 2.0 + (end - ramp) * span;
}

/// Integral of x mod span from 0 to `end`.
double chunk_pairs(double span, double end) {
  const double whole = std::floor(end / span);
  const double rest = end - whole * span;
  return whole * span * span / 2.0 + rest * rest / 2.0;
}

/// Entries that a query reads with `context` tokens before it.
double reached_entries(const AttentionShape& shape, double context) {
  if (shape.pool <= 0.0) return 0.0;
  const double entries = context / shape.pool;
  return shape.pool_span > 0.0 ? std::min(entries, shape.pool_span) : entries;
}

/// (Query, entry) pairs: each entry comes after `pool` tokens more.
double entry_pairs(const AttentionShape& shape, double tokens, double past) {
  if (shape.pool <= 0.0) return 0.0;
  const double from = past / shape.pool;
  const double to = (past + tokens) / shape.pool;
  const double most = shape.pool_span > 0.0 ? shape.pool_span : to;
  return shape.pool * (window_pairs(most, to) - window_pairs(most, from));
}

double token_pairs(const AttentionShape& shape, double tokens, double past) {
  if (shape.entries_alone) return 0.0;
  if (shape.span <= 0.0) return tokens * (past + tokens / 2.0);
  const auto pairs = shape.chunked ? chunk_pairs : window_pairs;
  return pairs(shape.span, past + tokens) - pairs(shape.span, past);
}

double near_tokens(const AttentionShape& shape, double context) {
  if (shape.entries_alone) return 0.0;
  if (shape.span <= 0.0 || context <= shape.span) return context;
  return shape.chunked ? shape.span / 2.0 : shape.span;
}

}  // namespace

double reached_tokens(const AttentionShape& shape, double context) {
  return near_tokens(shape, context) + reached_entries(shape, context);
}

double reached_pairs(const AttentionShape& shape, double tokens, double past) {
  return token_pairs(shape, tokens, past) + entry_pairs(shape, tokens, past);
}

}  // namespace infersim
