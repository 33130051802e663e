#include <fmt/format.h>

#include <optional>

#include "demands/table.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/search/planner.hpp"

namespace infersim::demands {
namespace {

/// From the largest that is asked of every chip to what fits a phone.
constexpr const char* ladder[] = {"llama3.1-8b", "llama3.2-3b", "llama3.2-1b", "qwen3-0.6b"};

/// 1.8 T parameters: more than any device holds.
constexpr const char* too_large = "gpt-moe-1.8t";

Question ask(const std::string& hw, const char* model) {
  Question question;
  question.hw = hw;
  question.model = model;
  return question;
}

Row runs(const Catalog& catalog, const std::string& id) {
  for (const char* model : ladder) {
    const Scenario scenario = load_scenario(catalog, ask(id, model));
    const auto planned = find_plan(scenario);
    if (!planned) continue;
    const Evaluation& best = planned->best;
    const std::string measured = fmt::format(
        "{:.1f} tokens/s a user, {:.1f} a device, {} {}", best.headline.tokens.base() / best.batch,
        best.tokens_per_device.base(), best.devices(), best.devices() == 1 ? "device" : "devices");
    const bool sane = best.headline.tokens > TokenRate{};
    return holds(fmt::format("{} runs {}", scenario.device.name, scenario.model.name), "a plan",
                 measured, sane);
  }
  return holds(id + " runs a model", "a plan", "none found", false);
}

Row refuses(const Catalog& catalog, const std::string& id) {
  Question question = ask(id, too_large);
  question.devices = 1;
  const Scenario scenario = load_scenario(catalog, question);
  const auto planned = find_plan(scenario);
  const std::string demand =
      fmt::format("one {} refuses {}", scenario.device.name, scenario.model.name);
  if (planned) return holds(demand, "needed over available", "it ran", false);
  const Infeasible& refusal = planned.error();
  return holds(demand, "needed over available",
               fmt::format("{:.4g} of {:.4g} GB", refusal.needed.base() / 1e9,
                           refusal.available.base() / 1e9),
               refusal.needed > refusal.available && refusal.available > Bytes{});
}

}  // namespace

Section chips() {
  Section s{"Chips: each runs a model that fits it and refuses one that does not", {}};
  const Catalog catalog;
  for (const std::string& id : catalog.ids(DescriptionKind::device)) {
    s.rows.push_back(runs(catalog, id));
    s.rows.push_back(refuses(catalog, id));
  }
  return s;
}

}  // namespace infersim::demands
