#pragma once

#include <string>

#include "infersim/report/card.hpp"
#include "infersim/serving/framework.hpp"

namespace infersim {

/// How steps are formed, in one line: what differs from doing nothing special.
std::string scheduler_text(const Scheduler& scheduler);

/// Every figure of a framework with its basis and source.
Card framework_card(const Framework& framework);

/// The same as a JSON document (docs/json.md).
std::string framework_json(const Framework& framework);

}  // namespace infersim
