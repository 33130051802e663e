#include "search/sizes.hpp"

#include <algorithm>
#include <numeric>

#include "infersim/scenario/evaluate.hpp"
#include "search/plans.hpp"

namespace infersim::detail {
namespace {

/// A deployment has a multiple of it.
int unit_of(const Scenario& scenario) {
  return pinned_devices(scenario.question) * scenario.question.replicas.value_or(1);
}

/// `from`, its doublings up to `most`, and `most`.
std::vector<int> doublings(int from, int most) {
  std::vector<int> sizes;
  for (int n = from; n < most; n *= 2)
    sizes.push_back(n);
  sizes.push_back(most);
  return sizes;
}

/// Of answers of one token nearly all is paid for by their prompts: no price to compare.
std::optional<DollarsPerToken> output_price(const Scenario& scenario, const Candidate& c) {
  if (scenario.traffic.osl <= 1.0) return std::nullopt;
  const auto evaluation = evaluate(scenario, c.plan, c.batch, c.replicas);
  return evaluation ? evaluation->bill.output : std::nullopt;
}

class Sizes {
 public:
  Sizes(const Scenario& scenario, Engines& engines) : scenario_(scenario), engines_(engines) {}

  std::vector<SizeOption> find() {
    const int unit = unit_of(scenario_);
    const int most = most_devices(scenario_);
    const std::optional<int> fewest = fewest_that_meet(doublings(unit, most));
    for (const int devices : doublings(fewest.value_or(unit), most)) {
      if (auto best = engines_.best_of(devices); best && (!fewest || best->objectives_met)) {
        options_.push_back(priced(devices, *best));
      }
    }
    if (options_.empty()) return {};
    if (!fewest) {
      choose(nearest_miss());
    } else if (scenario_.question.size == SizeChoice::smallest) {
      choose(options_.begin());
    } else {
      choose_cheapest();
    }
    return std::move(options_);
  }

 private:
  using Option = std::vector<SizeOption>::iterator;

  bool meets(int devices) {
    const auto best = engines_.best_of(devices);
    return best && best->objectives_met;
  }

  std::optional<int> fewest_that_meet(const std::vector<int>& coarse) {
    int before = 0;
    for (const int devices : coarse) {
      if (!meets(devices)) {
        before = devices;
        continue;
      }
      for (int fewer = next_after(before); fewer < devices; fewer = next_after(fewer)) {
        if (meets(fewer)) return fewer;
      }
      return devices;
    }
    return std::nullopt;
  }

  /// Any number of devices that share a node or a scale-up domain; beyond these whole nodes.
  [[nodiscard]] int next_after(int devices) const {
    const int unit = unit_of(scenario_);
    const int node = scenario_.system.devices_per_node;
    const int joined = std::max(node, scenario_.system.scale_up.domain);
    const int next = devices + unit;
    if (next <= joined) return next;
    const int step = std::lcm(unit, node);
    return (next + step - 1) / step * step;
  }

  /// Sizes that are replicas of one engine often share its price, which is worked out once.
  SizeOption priced(int devices, const Candidate& c) {
    const auto spans_nodes = [&](int n) { return n > scenario_.system.devices_per_node; };
    for (const SizeOption& known : options_) {
      if (known.candidate.plan == c.plan &&
          known.candidate.batch * c.replicas == c.batch * known.candidate.replicas &&
          spans_nodes(known.devices) == spans_nodes(devices)) {
        return {devices, c, known.output, false};
      }
    }
    return {devices, c, output_price(scenario_, c), false};
  }

  static void choose(Option option) { option->chosen = true; }

  Option nearest_miss() {
    return std::min_element(options_.begin(), options_.end(),
                            [](const SizeOption& a, const SizeOption& b) {
                              return a.candidate.overshoot < b.candidate.overshoot;
                            });
  }

  void choose_cheapest() {
    const auto cheaper = [](const SizeOption& a, const SizeOption& b) {
      return cost_of(a) < cost_of(b);
    };
    const Option cheapest = std::min_element(options_.begin(), options_.end(), cheaper);
    const double limit = cost_of(*cheapest) * (1.0 + price_tolerance);
    const auto within = [&](const SizeOption& option) { return cost_of(option) <= limit; };
    const Option first = std::find_if(options_.begin(), options_.end(), within);
    for (const int devices : engines_.searched()) {
      if (devices >= first->devices) break;
      const auto best = engines_.best_of(devices);
      const bool close = best && best->objectives_met &&
                         best->tokens_per_device >
                             (1.0 - 2.0 * price_tolerance) * first->candidate.tokens_per_device;
      if (!close) continue;
      const SizeOption smaller = priced(devices, *best);
      if (!within(smaller)) continue;
      const auto place = std::find_if(options_.begin(), options_.end(),
                                      [&](const SizeOption& o) { return o.devices > devices; });
      return choose(options_.insert(place, smaller));
    }
    choose(first);
  }

  const Scenario& scenario_;
  Engines& engines_;
  std::vector<SizeOption> options_;
};

}  // namespace

std::optional<int> asked_devices(const Scenario& scenario) {
  const Question& q = scenario.question;
  if (q.devices) return q.devices;
  const bool all = q.plan || (q.tp && q.pp && q.dp);
  if (all || is_edge(scenario.device.device_class)) return unit_of(scenario);
  return std::nullopt;
}

int most_devices(const Scenario& scenario) {
  const int unit = unit_of(scenario);
  const int most = extent(scenario) * scenario.question.replicas.value_or(1);
  return std::max(most / unit, 1) * unit;
}

std::vector<SizeOption> find_sizes(const Scenario& scenario, Engines& engines) {
  return Sizes(scenario, engines).find();
}

double cost_of(const SizeOption& option) {
  return option.output ? option.output->base() : 1.0 / option.candidate.tokens_per_device.base();
}

}  // namespace infersim::detail
