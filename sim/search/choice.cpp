#include "search/choice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "search/sizes.hpp"

namespace infersim::detail {
namespace {

std::string devices_in_words(int devices) {
  return fmt::format("{} device{}", devices, devices == 1 ? "" : "s");
}

/// `8 replicas of 16 devices`, `16 devices`.
std::string deployment(const Candidate& c) {
  if (c.replicas == 1) return devices_in_words(c.plan.devices());
  return fmt::format("{} replicas of {}", c.replicas, devices_in_words(c.plan.devices()));
}

/// `the system's 128 devices`.
std::string bounds_of_search(const Scenario& scenario) {
  return fmt::format("the system's {}", devices_in_words(most_devices(scenario)));
}

std::string what_is_compared(const SizeOption& option) {
  return option.output ? "cheapest output tokens" : "most tokens/s a device";
}

/// The next smaller size, or else the next larger one.
const SizeOption* neighbour(const std::vector<SizeOption>& sizes, const SizeOption& chosen) {
  const auto at = sizes.begin() + (&chosen - sizes.data());
  if (at != sizes.begin()) return &*std::prev(at);
  return std::next(at) != sizes.end() ? &*std::next(at) : nullptr;
}

/// What the chosen size has over its neighbour, where that is worth a word.
std::string advantage(const std::vector<SizeOption>& sizes, const SizeOption& chosen) {
  const SizeOption* other = neighbour(sizes, chosen);
  if (other == nullptr || cost_of(*other) < 1.0005 * cost_of(chosen)) return "";
  if (chosen.output) {
    return fmt::format("; {:.1f} % cheaper than on {}",
                       100.0 * (1.0 - cost_of(chosen) / cost_of(*other)), other->devices);
  }
  return fmt::format("; {:.1f} % more than on {}",
                     100.0 * (cost_of(*other) / cost_of(chosen) - 1.0), other->devices);
}

std::string explain_cheapest(const Scenario& scenario, const std::vector<SizeOption>& sizes,
                             const SizeOption& chosen) {
  const SizeOption& cheapest = *std::min_element(
      sizes.begin(), sizes.end(),
      [](const SizeOption& a, const SizeOption& b) { return cost_of(a) < cost_of(b); });
  const double above = 100.0 * (cost_of(chosen) / cost_of(cheapest) - 1.0);
  if (above < 0.05) {
    return fmt::format("{} within {}{}", what_is_compared(chosen), bounds_of_search(scenario),
                       advantage(sizes, chosen));
  }
  return fmt::format("the fewest within {:.0f} % of the {} within {}, those of {}",
                     100.0 * price_tolerance, what_is_compared(chosen), bounds_of_search(scenario),
                     devices_in_words(cheapest.devices));
}

std::string explain_size(const Scenario& scenario, const std::vector<SizeOption>& sizes,
                         const Candidate& winner) {
  if (sizes.empty()) {
    const int devices = winner.replicas * winner.plan.devices();
    const bool second = scenario.offload && scenario.offload->second_device();
    if (second) return "two devices, each with layers of its own";
    if (!scenario.question.devices && devices == 1) return "a single device";
    const std::string asked = devices_in_words(devices) + " as asked for";
    if (winner.replicas == 1) return asked;
    return fmt::format("{}: {} replicas of {}", asked, winner.replicas, winner.plan.devices());
  }
  const SizeOption& chosen = *std::find_if(sizes.begin(), sizes.end(),
                                           [](const SizeOption& option) { return option.chosen; });
  const std::string what = deployment(winner) + "; ";
  if (!winner.objectives_met) {
    return fmt::format("{}no size up to {} meets the objectives", what, bounds_of_search(scenario));
  }
  if (sizes.size() == 1) {
    return fmt::format("{}no other size within {} is known to meet the objectives", what,
                       bounds_of_search(scenario));
  }
  if (scenario.question.size == SizeChoice::smallest) {
    return what + "the fewest that meet the objectives, smallest as asked";
  }
  return what + explain_cheapest(scenario, sizes, chosen);
}

}  // namespace

std::string explain_choice(const Scenario& scenario, const std::vector<SizeOption>& sizes,
                           const std::vector<Candidate>& ranking) {
  const Candidate& winner = ranking.front();
  const std::string size = explain_size(scenario, sizes, winner);
  if (!winner.objectives_met) {
    return size + (ranking.size() > 1 ? "; this plan comes nearest to them" : "");
  }
  if (ranking.size() < 2) return size;
  const Candidate& next = ranking[1];
  if (!next.objectives_met) return size + "; no other plan of this size meets the objectives";
  return fmt::format("{}; {:.1f} % more tokens than its next plan", size,
                     100.0 * (winner.tokens_per_device / next.tokens_per_device - 1.0));
}

}  // namespace infersim::detail
