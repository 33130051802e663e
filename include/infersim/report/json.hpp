#pragma once

#include <string>
#include <vector>

#include "infersim/core/infeasible.hpp"
#include "infersim/report/schema.hpp"

namespace infersim {

/// The answer as one JSON document, as docs/json.md describes it: every field of the schema in its
/// order, then the lists. Doubles are printed so that reading them gives the same value again; what
/// is not finite or does not apply is null. Ends with a newline.
std::string json_answer(const Answer& answer);

/// What cannot run, with the ids it was asked for.
std::string json_infeasible(const Scenario& scenario, const Infeasible& infeasible);

/// Documents of both kinds, side by side: `{"schema", "version", "results": […]}`.
std::string json_comparison(const std::vector<std::string>& documents,
                            const std::string& verdict = {});

}  // namespace infersim
