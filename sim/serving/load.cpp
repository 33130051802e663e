#include "infersim/serving/load.hpp"

#include <algorithm>
#include <cmath>

namespace infersim {
namespace {

/// Shortest and longest prompt; none is shorter than a token.
struct Lengths {
  double least;
  double most;
};

Lengths prompt_lengths(const ServingLoad& load) {
  const double isl = load.traffic.isl;
  const double half = std::max(0.0, std::min(0.5 * load.isl_width * isl, isl - 1.0));
  return {isl - half, isl + half};
}

}  // namespace

double ServingLoad::new_tokens() const {
  const auto [least, most] = prompt_lengths(*this);
  const double isl = traffic.isl;
  if (cached <= 0.0) return isl;
  const double floor = std::min(isl, 1.0);
  if (least - cached >= floor) return isl - cached;
  if (most - cached <= floor) return floor;
  // Shorter prompts compute one token, longer ones what is beyond the cached.
  const double longest = most - cached;
  return (floor * (cached + floor - least) + 0.5 * (longest * longest - floor * floor)) /
         (most - least);
}

double ServingLoad::prompt_pairs() const {
  const auto [least, most] = prompt_lengths(*this);
  const double n = new_tokens();
  const double beyond = cached + std::min(traffic.isl, 1.0);
  if (most - least <= 1e-9 * most || most <= beyond) return n * past() + 0.5 * n * n;
  // Of new x after c: c x + x^2/2, over the lengths beyond the cached; of the others their length.
  const double c = std::max(cached, 0.0);
  const auto sum = [&](double x) { return 0.5 * c * x * x + x * x * x / 6.0; };
  const double from = std::max(least, c > 0.0 ? beyond : least);
  const double shorter = 0.5 * (from * from - least * least);
  return (sum(most - c) - sum(from - c) + shorter) / (most - least);
}

double ServingLoad::share_of_run(Seconds decode, Seconds cycle) const {
  if (!std::isfinite(waves)) return 1.0;
  const Seconds spread = min(std::sqrt(waves) * osl_width * decode, cycle);
  return waves * cycle / (waves * cycle + spread / 2.0);
}

}  // namespace infersim
