#pragma once

#include <string_view>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/economics/api_price.hpp"
#include "infersim/scenario/question.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/scenario/setting.hpp"

namespace infersim {

/// All that questions of the same names and settings share: parsing it takes some milliseconds, a
/// question about it some microseconds.
struct LoadedParts {
  ScenarioParts parts;
  std::vector<ApiPrice> api_prices;
  std::vector<AppliedSetting> set;
};

/// Whether an option of the table says which descriptions are loaded, or how: `--hw` does,
/// `--batch` does not. `--set` always does.
bool chooses_parts(std::string_view option);

/// The descriptions that a question names, bent as it sets them. Throws InputError as
/// `load_scenario` does of names and descriptions.
LoadedParts load_parts(const Catalog& catalog, const Question& question);

/// The scenario of a question about them: `seal(q, load_parts(c, q))` is `load_scenario(c, q)`.
/// Throws InputError for values that are out of range or contradict each other.
Scenario seal(Question question, LoadedParts loaded);

}  // namespace infersim
