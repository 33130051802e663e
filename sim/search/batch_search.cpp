#include "search/batch_search.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "infersim/scenario/evaluate.hpp"
#include "search/ranking.hpp"

namespace infersim::detail {
namespace {

constexpr double grid_factor = 1.4;

/// To what a batch between two others is narrowed down.
double resolution(double per_group) { return std::max(1.0, 0.02 * per_group); }

/// From the most down to the least.
std::vector<double> grid(double least, double most) {
  std::vector<double> points{most};
  while (points.back() > least) {
    const double b = points.back();
    points.push_back(std::max(least, std::min(b - 1.0, std::floor(b / grid_factor))));
  }
  return points;
}

}  // namespace

const Candidate& BatchSearch::at(double per_group) {
  const auto [point, is_new] = points_.try_emplace(per_group);
  Candidate& c = point->second;
  if (!is_new) return c;
  c.plan = engine_.plan;
  c.batch = per_group * engine_.plan.dp;
  const ClosedLoop loop = scenario_.loop(c.batch * engine_.replicas);
  const ServingResult result = serve(workload_, engine_, loop, effort_);
  const Headline found = headline(scenario_, result);
  c.ttft = found.ttft.value_or(Seconds{});
  c.tpot = found.tpot.value_or(Seconds{});
  c.tokens_per_device = found.tokens / engine_.plan.devices();
  c.overshoot = overshoot(scenario_, c, margins(loop, result));
  c.objectives_met = c.overshoot <= 1.0;
  if (points_.size() == 1 || better(c, points_.at(best_))) best_ = per_group;
  return c;
}

/// Those of the confidence that is asked for.
Margins BatchSearch::margins(const ClosedLoop& loop, const ServingResult& result) const {
  const auto& confidence = scenario_.question.confidence;
  if (!confidence) return {};
  const ScopeSubject subject = subject_of(scenario_, engine_, loop.in_flight / engine_.replicas);
  const double arrival = scenario_.question.phase == PhaseChoice::both
                             ? arrival_ratio(workload_, engine_, loop, result)
                             : 1.0;
  return margins_of(accuracy_of(scenario_.framework,
                                {serving_regime(subject), beyond_of(subject), {}, {}}, arrival),
                    confidence);
}

BatchOutcome BatchSearch::at_batch(double batch) {
  const Candidate& c = at(batch / engine_.plan.dp);
  return {c, true, 1};
}

BatchOutcome BatchSearch::over(const EngineBounds& bounds, const Candidate* known) {
  if (!bounds.can_meet()) {
    at(bounds.least());
  } else {
    if (effort_ == Effort::answer && bounds.looks()) {
      look_first(bounds, known);
    } else {
      look_at_grid(bounds, known);
    }
    if (!given_up_) {
      narrow_crossings(bounds, known);
      narrow_best(bounds);
    }
  }
  return {points_.at(best_), !given_up_, points_.size() + looks_};
}

/// The best of all batches by a look at each, then up or down from there until the objectives begin
/// or cease to be met. A look may be that far off.
void BatchSearch::look_first(const EngineBounds& bounds, const Candidate* known) {
  constexpr double off = 1.25;
  constexpr double stride = 1.15;
  BatchSearch look(scenario_, workload_, engine_, Effort::look);
  const BatchOutcome found = look.over(bounds, known);
  looks_ = found.tried;
  const auto beaten = [&](const Candidate& c) {
    return known != nullptr && known->objectives_met &&
           (off * c.tokens_per_device <= known->tokens_per_device || c.overshoot > off);
  };
  given_up_ = !found.complete || beaten(found.best);
  if (given_up_) {
    best_ = look.best_;
    points_.emplace(best_, found.best);
    return;
  }
  double b = look.best_;
  const bool met = at(b).objectives_met;
  while (met ? b < bounds.most() : b > bounds.least()) {
    const double next =
        met ? std::max(std::round(b * stride), b + 1.0) : std::min(std::round(b / stride), b - 1.0);
    b = std::clamp(next, bounds.least(), bounds.most());
    if (met && bounds.tokens(b) <= points_.at(best_).tokens_per_device) break;
    const Candidate before = points_.at(best_);
    const Candidate& c = at(b);
    if (c.objectives_met != met) break;
    if (met && c.tokens_per_device < 0.99 * before.tokens_per_device) break;
    if (!met && c.overshoot > off * before.overshoot) break;
  }
}

void BatchSearch::look_at_grid(const EngineBounds& bounds, const Candidate* known) {
  double above = bounds.most();
  for (const double b : grid(bounds.least(), bounds.most())) {
    if (!points_.empty()) {
      // Just below a batch that misses the objectives the next may meet them.
      const TokenRate most = bounds.tokens(points_.at(above).objectives_met ? b : above);
      const Candidate& best = points_.at(best_);
      if (best.objectives_met && most <= best.tokens_per_device) return;
      if (known != nullptr && known->objectives_met && most <= known->tokens_per_device) {
        // What lies between a batch that misses and one that meets them is still to be looked at.
        given_up_ = !best.objectives_met;
        return;
      }
    }
    at(b);
    above = b;
  }
}

void BatchSearch::narrow_crossings(const EngineBounds& bounds, const Candidate* known) {
  std::vector<std::pair<double, double>> crossings;
  for (auto high = std::next(points_.begin()); high != points_.end(); ++high) {
    const auto low = std::prev(high);
    if (low->second.objectives_met != high->second.objectives_met) {
      crossings.emplace_back(low->first, high->first);
    }
  }
  // From above: what is found there may rule out those below.
  for (auto c = crossings.rbegin(); c != crossings.rend(); ++c)
    narrow_crossing(bounds, known, c->first, c->second);
}

void BatchSearch::narrow_crossing(const EngineBounds& bounds, const Candidate* known, double low,
                                  double high) {
  while (high - low > resolution(low)) {
    const Candidate& best = points_.at(best_);
    const TokenRate most = bounds.tokens(high);
    if (best.objectives_met && most <= best.tokens_per_device) return;
    if (known != nullptr && known->objectives_met && most <= known->tokens_per_device) return;
    const double middle = next_below(low, high);
    const bool as_low = at(middle).objectives_met == at(low).objectives_met;
    (as_low ? low : high) = middle;
  }
}

/// Where the worse objective seems to be met exactly, by a line through both ends; a little to the
/// side of the end that is farther off, so that the interval closes from both sides.
double BatchSearch::next_below(double low, double high) const {
  const double a = points_.at(low).overshoot;
  const double b = points_.at(high).overshoot;
  double share = 0.5;
  if (std::isfinite(a) && std::isfinite(b) && a != b) share = (1.0 - a) / (b - a);
  share = std::clamp(share, 0.0, 1.0);
  const double nudge = 0.45 * resolution(low) / (high - low);
  share = std::clamp(share + (share < 0.5 ? nudge : -nudge), 0.05, 0.95);
  return std::clamp(std::round(low + share * (high - low)), low + 1.0, high - 1.0);
}

/// Climbs from the best point to either side in ever smaller steps, until what lies there is hardly
/// less.
void BatchSearch::narrow_best(const EngineBounds& bounds) {
  constexpr double near_miss = 1.3;
  constexpr double flat = 0.99;
  if (points_.at(best_).overshoot > near_miss) return;
  for (double width = best_ * (grid_factor - 1.0) / 2.0; width >= resolution(best_) / 2.0;) {
    const double centre = best_;
    bool is_flat = true;
    for (const double side : {-width, width}) {
      const double b = std::round(centre + side);
      if (b == centre || b < bounds.least() || b > bounds.most() || is_beyond(b)) continue;
      const Candidate best = points_.at(centre);
      if (best.objectives_met && bounds.tokens(b) <= best.tokens_per_device) continue;
      const Candidate& c = at(b);
      is_flat = is_flat && c.objectives_met && c.tokens_per_device > flat * best.tokens_per_device;
    }
    if (best_ != centre) continue;
    if (is_flat && points_.at(best_).objectives_met) return;
    width /= 2.0;
  }
}

/// Whether a batch that is known to miss the objectives lies between the best and `per_group`.
bool BatchSearch::is_beyond(double per_group) const {
  const auto from = points_.find(best_);
  if (per_group > best_) {
    const auto next = std::next(from);
    return next != points_.end() && next->first <= per_group && !next->second.objectives_met;
  }
  if (from == points_.begin()) return false;
  const auto before = std::prev(from);
  return before->first >= per_group && !before->second.objectives_met;
}

}  // namespace infersim::detail
