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

}  // namespace

double reached_tokens(const AttentionShape& shape, double context) {
  if (shape.span <= 0.0 || context <= shape.span) return context;
  return shape.chunked ? shape.span / 2.0 : shape.span;
}

double reached_pairs(const AttentionShape& shape, double tokens, double past) {
  const double end = past + tokens;
  if (shape.span <= 0.0) return tokens * (past + tokens / 2.0);
  const auto pairs = shape.chunked ? chunk_pairs : window_pairs;
  return pairs(shape.span, end) - pairs(shape.span, past);
}

}  // namespace infersim
