#include "infersim/search/planner.hpp"

#include <fmt/format.h>

#include <utility>

#include "search/choice.hpp"
#include "search/engines.hpp"
#include "search/plans.hpp"
#include "search/sizes.hpp"

namespace infersim {
namespace {

Infeasible refusal_of(const Scenario& scenario, const detail::Engines& engines) {
  const auto closest = engines.closest();
  const int extent = detail::extent(scenario);
  const auto devices = scenario.question.devices;
  if (scenario.offload && devices.value_or(1) > 1) {
    return {"weights outside the device's memory are those of one device", Bytes{}, Bytes{},
            "take --devices 1, or leave out --offload"};
  }
  if (devices && *devices > extent && (!closest || closest->needed > closest->available)) {
    const std::vector<int> sizes = detail::engine_sizes(scenario, *devices);
    Infeasible refusal = closest.value_or(Infeasible{});
    refusal.reason = fmt::format(
        "no engine of a size that divides {} devices runs within one "
        "system of {}{}{}",
        *devices, extent, closest ? ": " : "", refusal.reason);
    refusal.hint = fmt::format("take a multiple of a number of devices up to {}", extent);
    if (sizes.empty() || sizes.back() * 2 <= extent) return refusal;
  }
  if (closest) return *closest;
  return {"no parallel plan agrees with what is pinned", Bytes{}, Bytes{},
          "leave some of --tp, --pp, --dp, --ep, --moe-tp, --replicas and --devices to the search"};
}

}  // namespace

Feasible<PlannedAnswer> find_plan(const Scenario& scenario, unsigned threads) {
  detail::Engines engines(scenario, threads);
  PlannedAnswer answer;
  std::optional<int> devices = detail::asked_devices(scenario);
  if (!devices) {
    answer.sizes = detail::find_sizes(scenario, engines);
    for (const SizeOption& option : answer.sizes) {
      if (option.chosen) devices = option.devices;
    }
  }
  if (devices) answer.considered = engines.ranking(*devices);
  if (answer.considered.empty()) return tl::unexpected(refusal_of(scenario, engines));
  const Candidate& winner = answer.considered.front();
  auto best = evaluate(scenario, winner.plan, winner.batch, winner.replicas);
  if (!best) return tl::unexpected(best.error());
  answer.best = *std::move(best);
  answer.choice = detail::explain_choice(scenario, answer.sizes, answer.considered);
  answer.plans_tried = engines.plans_tried();
  answer.batches_tried = engines.batches_tried();
  answer.plans_infeasible = engines.plans_infeasible();
  return answer;
}

}  // namespace infersim
