#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim::test {

inline Question ask(const std::string& hw, const std::string& model) {
  Question question;
  question.hw = hw;
  question.model = model;
  return question;
}

inline Scenario load(const Question& question) { return load_scenario(Catalog(), question); }

/// What is wrong with a question: its faults in the order in which they are told; empty if nothing.
inline std::vector<Diagnostic> faults_of_question(const Question& question) {
  try {
    load(question);
  } catch (const InputError& error) {
    return error.faults();
  }
  return {};
}

/// The messages alone.
inline std::vector<std::string> messages(const Question& question) {
  std::vector<std::string> all;
  for (const Diagnostic& fault : faults_of_question(question))
    all.push_back(fault.message);
  return all;
}

}  // namespace infersim::test
