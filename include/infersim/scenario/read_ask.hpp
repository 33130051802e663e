#pragma once

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/toml_reader.hpp"
#include "infersim/scenario/question.hpp"

namespace infersim {

/// Lays what a table (`ask = { hw = "h200", model = "dsv3" }`) says over a question: options of
/// `infersim run` by their keys, with `_` for `-`. Faults are at the key's place.
void read_ask(TableReader ask, Question& question, Diagnostics& faults);

}  // namespace infersim
