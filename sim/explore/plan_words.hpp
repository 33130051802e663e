#pragma once

#include <string>

#include "infersim/scenario/evaluate.hpp"

namespace infersim {

/// `16 devices (2 replicas), tp 8 pp 1 dp 1, batch 512`.
std::string plan_words(const Evaluation& evaluation);

}  // namespace infersim
