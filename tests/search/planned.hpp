#pragma once

#include <stdexcept>
#include <utility>

#include "infersim/search/planner.hpp"
#include "scenario/questions.hpp"

namespace infersim::test {

/// The answer to a question that has one.
inline PlannedAnswer planned(const Question& question) {
  auto answer = find_plan(load(question));
  if (!answer) throw std::runtime_error(answer.error().reason);
  return *std::move(answer);
}

}  // namespace infersim::test
