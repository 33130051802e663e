#include "infersim/cost/op_cost.hpp"

#include <algorithm>
#include <cmath>

namespace infersim {

std::string_view name(Bound bound) {
  switch (bound) {
    case Bound::compute: return "compute";
    case Bound::memory: return "memory";
    case Bound::link: return "link";
    case Bound::latency: return "latency";
  }
  return "latency";
}

namespace {

/// The usual exponents are powers of two, which take products and square roots alone.
double power(double x, double p) {
  if (p == 4.0) return (x * x) * (x * x);
  if (p == 2.0) return x * x;
  if (p == 8.0) return power(x * x, 4.0);
  return std::pow(x, p);
}

double root(double x, double p) {
  if (p == 4.0) return std::sqrt(std::sqrt(x));
  if (p == 2.0) return std::sqrt(x);
  if (p == 8.0) return root(std::sqrt(x), 4.0);
  return std::pow(x, 1.0 / p);
}

}  // namespace

Seconds smooth_max(Seconds a, Seconds b, Seconds c, double p) {
  const double largest = std::max({a.base(), b.base(), c.base()});
  if (largest <= 0.0) return Seconds{};
  // Terms under 1 % of the largest change the result by under 1 % even for p = 1; skipping them
  // keeps the common case free of powers.
  double sum = 1.0;
  int at_largest = 0;
  for (double x : {a.base(), b.base(), c.base()}) {
    if (x == largest && at_largest++ == 0) continue;
    if (x > 0.01 * largest) sum += power(x / largest, p);
  }
  return sum == 1.0 ? Seconds{largest} : Seconds{largest * root(sum, p)};
}

}  // namespace infersim
