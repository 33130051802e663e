#include "infersim/search/offload_hint.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/search/planner.hpp"
#include "search/plans.hpp"

namespace infersim {
namespace {

/// Whether there is but one device for the weights, all of them on it.
bool one_device_alone(const Scenario& scenario) {
  const Question& q = scenario.question;
  return !q.offload.any() && !q.pools && !q.plan &&
         q.devices.value_or(detail::extent(scenario)) == 1 && scenario.device.ranks == 1;
}

std::string rate_text(const Scenario& scenario, const Evaluation& answer) {
  if (scenario.question.phase == PhaseChoice::prefill || !answer.headline.tpot) {
    return fmt::format("{:.3g} tokens/s", answer.headline.tokens.base());
  }
  return fmt::format("{:.3g} tokens/s a user", 1.0 / answer.headline.tpot->base());
}

}  // namespace

Infeasible with_offload_hint(const Catalog& catalog, const Scenario& scenario, Infeasible refusal) {
  const bool memory = refusal.needed > refusal.available;
  if (refusal.no_answer || !memory || !one_device_alone(scenario)) return refusal;
  Question question = scenario.question;
  question.set.clear();
  for (const AppliedSetting& setting : scenario.set)
    question.set.push_back({setting.key, setting.value});
  question.offload.automatic = true;
  question.batch = scenario.pinned_batch().value_or(1.0);
  try {
    const Scenario moved = load_scenario(catalog, std::move(question));
    const auto answer = find_plan(moved);
    if (!answer) return refusal;
    const Offload& offload = *moved.offload;
    const std::string where =
        offload.placement.flash_layers > 0
            ? (offload.host ? "on the host and on flash" : "on flash")
            : fmt::format("in the memory beside it, of {}", offload.host->name);
    refusal.hint +=
        fmt::format("{}or let weights lie {} (--offload auto): {}",
                    refusal.hint.empty() ? "" : "; ", where, rate_text(moved, answer->best));
  } catch (const InputError&) {
    // What a host's description lacks is told to those who ask for it.
  }
  return refusal;
}

}  // namespace infersim
