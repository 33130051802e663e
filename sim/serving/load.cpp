#include "infersim/serving/load.hpp"

#include <algorithm>
#include <cmath>

namespace infersim {
namespace {

/// Shortest and longest of `mean` tokens; none is shorter than a token.
struct Lengths {
  double least;
  double most;
};

Lengths lengths(double mean, double width) {
  const double half = std::max(0.0, std::min(0.5 * width * mean, mean - 1.0));
  return {mean - half, mean + half};
}

Lengths prompt_lengths(const ServingLoad& load) {
  return lengths(load.traffic.isl, load.isl_width);
}

/// Steps that yield whole `tokens` after the first of an answer.
double steps_of(double tokens, double tokens_per_step) {
  return std::max(tokens / tokens_per_step, std::min(tokens, 1.0));
}

/// The integral of steps_of from 0 to `tokens`, linear between whole tokens.
double steps_up_to(double tokens, double tokens_per_step) {
  const double bent = std::min(std::ceil(tokens_per_step), tokens);
  double sum = 0.5 * (tokens * tokens - bent * bent) / tokens_per_step;
  for (double from = 0.0; from < bent; from += 1.0) {
    const double to = std::min(from + 1.0, bent);
    const double at = steps_of(from, tokens_per_step);
    const double slope = steps_of(from + 1.0, tokens_per_step) - at;
    sum += (to - from) * (at + 0.5 * (to - from) * slope);
  }
  return sum;
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

double ServingLoad::decode_steps() const {
  const auto [least, most] = lengths(traffic.osl, osl_width);
  const double tokens = std::max(traffic.osl - 1.0, 0.0);
  if (most - least <= 1e-9 * most || tokens_per_step == 1.0) {
    return steps_of(tokens, tokens_per_step);
  }
  const double all = steps_up_to(most - 1.0, tokens_per_step);
  return (all - steps_up_to(least - 1.0, tokens_per_step)) / (most - least);
}

double ServingLoad::share_of_run(Seconds decode, Seconds cycle) const {
  if (!std::isfinite(waves)) return 1.0;
  const Seconds spread = min(std::sqrt(waves) * osl_width * decode, cycle);
  return waves * cycle / (waves * cycle + spread / 2.0);
}

}  // namespace infersim
