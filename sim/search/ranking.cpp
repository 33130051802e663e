#include "search/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace infersim::detail {

double overshoot(const Scenario& scenario, const Candidate& c, const Margins& margins) {
  const auto is_time = [](Seconds t) { return std::isfinite(t.base()) && t >= Seconds{}; };
  const double tokens = c.tokens_per_device.base();
  if (!is_time(c.ttft) || !is_time(c.tpot) || !std::isfinite(tokens) || tokens <= 0.0) {
    return std::numeric_limits<double>::infinity();
  }
  const PhaseChoice phase = scenario.question.phase;
  double worst = 0.0;
  if (phase != PhaseChoice::decode)
    worst = std::max(worst, margins.ttft * (c.ttft / scenario.slo.ttft));
  if (phase != PhaseChoice::prefill)
    worst = std::max(worst, margins.tpot * (c.tpot / scenario.slo.tpot));
  return worst;
}

bool better(const Candidate& a, const Candidate& b) {
  if (a.objectives_met != b.objectives_met) return a.objectives_met;
  if (a.objectives_met) return a.tokens_per_device > b.tokens_per_device;
  return a.overshoot < b.overshoot;
}

}  // namespace infersim::detail
