#include "cli/scenarios.hpp"

#include <algorithm>
#include <utility>

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
  if (!faults.empty()) throw InputError(std::move(faults));
  return scenarios;
}

}  // namespace infersim::cli
