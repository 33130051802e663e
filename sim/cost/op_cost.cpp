#include "infersim/cost/op_cost.hpp"

#include <cmath>
#include <utility>

namespace infersim {

std::string_view name(Bound bound) {
  switch (bound) {
    case Bound::compute: return "compute";
    case Bound::memory: return "memory";
    case Bound::link: return "link";
    case Bound::latency: return "latency";
    case Bound::padding: return "padding";
  }
  return "latency";
}

namespace {

/// Most of a step's time goes into powers. Common exponents take products and square roots alone;
/// for the others exp2 and log2 are half as dear as pow, whose last bits are of no use here.
double power(double x, double p) {
  if (p == 4.0) return (x * x) * (x * x);
  if (p == 1.0) return x;
  if (p == 2.0) return x * x;
  return std::exp2(p * std::log2(x));
}

double root(double x, double p) {
  if (p == 4.0) return std::sqrt(std::sqrt(x));
  if (p == 1.0) return x;
  if (p == 2.0) return std::sqrt(x);
  return std::exp2(std::log2(x) / p);
}

}  // namespace

OpCost in_sequence(const OpCost& first, const OpCost& second) {
  if (first.time <= Seconds{}) return second;
  if (second.time <= Seconds{}) return first;
  OpCost sum = first.time >= second.time ? first : second;
  for (const auto term : {&OpCost::time, &OpCost::compute, &OpCost::memory, &OpCost::on_chip,
                          &OpCost::extra, &OpCost::link, &OpCost::latency}) {
    sum.*term = first.*term + second.*term;
  }
  sum.useful_flops = first.useful_flops + second.useful_flops;
  sum.activity = first.activity;
  sum.activity += second.activity;
  return sum;
}

Bound busy_bound(const OpCost& cost) {
  const Seconds memory = max(cost.memory, cost.on_chip);
  if (cost.link > max(cost.compute, memory)) return Bound::link;
  if (cost.compute < memory) return Bound::memory;
  const bool wasted = cost.tile_efficiency < 0.5;
  return wasted && cost.tile_efficiency * cost.compute_fraction < least_of_peak ? Bound::padding
                                                                                : Bound::compute;
}

Seconds smooth_max(Seconds a, Seconds b, Seconds c, double p) {
  if (a < b) std::swap(a, b);
  if (a < c) std::swap(a, c);
  if (a <= Seconds{}) return Seconds{};
  // A term of x times the largest adds x^p / p: one that adds less than 1e-8 is skipped, which
  // keeps the common case free of powers.
  const double least = p >= 4.0 ? 1e-2 : p >= 2.0 ? 1e-4 : 1e-8;
  double sum = 1.0;
  if (b > least * a) sum += power(b / a, p);
  if (c > least * a) sum += power(c / a, p);
  return sum == 1.0 ? a : a * root(sum, p);
}

}  // namespace infersim
