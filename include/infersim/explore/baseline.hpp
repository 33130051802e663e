#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/scenario/question.hpp"

namespace infersim {

/// One question of a baseline.
struct BaselineQuestion {
  std::string name;  ///< what is asked: `hw=h200 model=dsv3`
  Question question;
  Location place;  ///< in the file
};

/// What is asked again and again:
///
///     tolerance = 0.01               # of what may move; 1 % if it is not said
///     [[question]]
///     ask = { hw = "h200", model = "dsv3", devices = 8 }   # options of `run`
///     [[question]]
///     every = "hw"                   # of the catalogue: hw or model
///     ask = { model = "llama3.1-8b" }
struct Baseline {
  double tolerance = 0.01;
  std::vector<BaselineQuestion> questions;
};

/// Throws InputError with every fault.
Baseline read_baseline(const Catalog& catalog, std::string_view toml, const std::string& path);

/// What came of a question, as far as it is kept.
struct BaselineAnswer {
  std::string refused;                      ///< why it cannot run; empty: it does
  std::string plan;                         ///< `8 devices, tp 8 pp 1 dp 1, batch 96`
  std::map<std::string, double> predicted;  ///< figures of the record by their paths
  std::map<std::string, double> operators;  ///< us of a step: `decode linear`
  std::vector<std::string> descriptions;    ///< `device h200`: what was read for it
};

/// All of them, and what every description of the catalogue was.
struct BaselineAnswers {
  std::string version;
  std::map<std::string, BaselineAnswer> answers;  ///< by the names of questions
  std::map<std::string, std::string> digests;     ///< of descriptions
};

/// Asks all, side by side. `progress` is told how many of how many are done, one call at a time.
BaselineAnswers answer_baseline(const Catalog& catalog, const Baseline& baseline,
                                const std::function<void(std::size_t, std::size_t)>& progress);

/// One line for each answer, so that differences can be read.
std::string write_answers(const BaselineAnswers& answers);
/// Throws InputError if it is none of these documents.
BaselineAnswers read_answers(const std::string& json, const std::string& path);

/// What became of one question.
struct BaselineChange {
  std::string name;
  Location place;
  std::vector<std::string> moved;   ///< `tpot_ms 49.3 -> 51.0 (+3.4 %)`
  std::vector<std::string> causes;  ///< operators, plan, descriptions
};

struct BaselineComparison {
  std::size_t asked = 0;
  double tolerance = 0;
  double largest = 0;                     ///< relative change of any figure
  std::vector<BaselineChange> changes;    ///< beyond the tolerance
  std::vector<std::string> not_asked;     ///< answers that are kept of no question
  std::vector<std::string> descriptions;  ///< that are not what they were: `device h200`
};

BaselineComparison compare_answers(const Baseline& baseline, const BaselineAnswers& before,
                                   const BaselineAnswers& now, double tolerance);

/// For people; for servers of continuous integration (JUnit); as annotations of GitHub.
std::string comparison_text(const BaselineComparison& comparison);
std::string comparison_junit(const Baseline& baseline, const BaselineComparison& comparison);
std::string comparison_github(const BaselineComparison& comparison);

}  // namespace infersim
