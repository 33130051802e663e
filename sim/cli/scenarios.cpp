#include "cli/scenarios.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"

namespace infersim::cli {

namespace {

/// Does `action`; its faults join the others, each once.
template <class Action>
void gather(std::vector<Diagnostic>& faults, Action action) {
  try {
    action();
  } catch (const InputError& error) {
    for (const Diagnostic& fault : error.faults()) {
      const bool known = std::any_of(faults.begin(), faults.end(), [&](const Diagnostic& other) {
        return other.location == fault.location && other.message == fault.message;
      });
      if (!known) faults.push_back(fault);
    }
  }
}

}  // namespace

std::vector<Scenario> load_scenarios(const Options& options,
                                     const std::vector<Question>& questions) {
  std::vector<Scenario> scenarios;
  std::vector<Diagnostic> faults;
  gather(faults, [&] { options.faults.throw_if_any(); });
  for (const Question& question : questions)
    gather(faults, [&] { scenarios.push_back(load_scenario(options.catalog, question)); });
  const auto add = [&](const GivenPrice& price) {
    faults.push_back({{},
                      fmt::format("--price {}: {} is none of the devices asked for",
                                  price_text(price), price.hw),
                      "name it as --hw does"});
  };
  for (const GivenPrice& price : options.question.prices) {
    const auto is_its = [&](const Scenario& scenario) { return names(price, scenario); };
    if (faults.empty() && std::ranges::none_of(scenarios, is_its)) add(price);
  }
  if (!faults.empty()) throw InputError(std::move(faults));
  return scenarios;
}

}  // namespace infersim::cli
