#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/scenarios.hpp"
#include "cli/verbs.hpp"
#include "infersim/report/comparison.hpp"
#include "infersim/report/json.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/search/planner.hpp"

namespace infersim::cli {

namespace {

const std::string& footer() {
  static const std::string text =
      "Examples:\n"
      "  infersim compare --hw h200,b200,mi300x --model llama3.1-70b\n"
      "  infersim compare --hw snapdragon-8-gen3,ascend910b,h200 --model llama2-7b\n"
      "\n"
      "With a phone or PC among the devices its default lengths (512 in, 128 out)\n"
      "hold for all. Each cloud system chooses its own batch; batch 1 on the same\n"
      "devices is shown beside it.\n"
      "\n" +
      std::string(exit_codes);
  return text;
}

bool on_edge(const Scenario& scenario) { return is_edge(scenario.device.device_class); }

std::vector<Question> questions_of(const Options& options) {
  std::vector<Question> questions;
  for (const std::string& hw : options.hardware) {
    questions.push_back(options.question);
    questions.back().hw = hw;
  }
  return questions;
}

/// The scenarios, all with the lengths of an edge device if there is one.
std::vector<Scenario> scenarios_of(const Options& options) {
  std::vector<Question> questions = questions_of(options);
  std::vector<Scenario> scenarios = load_scenarios(options, questions);
  const auto edge = std::find_if(scenarios.begin(), scenarios.end(), on_edge);
  if (edge == scenarios.end()) return scenarios;
  for (Question& question : questions) {
    question.isl = edge->traffic.isl;
    question.osl = edge->traffic.osl;
  }
  return load_scenarios(options, questions);
}

std::vector<ComparisonColumn> columns_of(const Options& options) {
  std::vector<ComparisonColumn> columns;
  std::vector<Scenario> scenarios = scenarios_of(options);
  const bool edge = std::any_of(scenarios.begin(), scenarios.end(), on_edge);
  for (Scenario& scenario : scenarios) {
    auto planned = find_plan(scenario);
    Question single = scenario.question;
    const bool beside = edge && planned && !on_edge(scenario) && planned->best.batch != 1;
    const std::string title = scenario.device.id;
    if (beside) single.devices = planned->best.plan.devices();
    columns.push_back({title, std::move(scenario), std::move(planned)});
    if (beside && !single.batch) {
      single.batch = 1;
      Scenario alone = load_scenario(options.catalog, single);
      auto answer = find_plan(alone);
      columns.push_back({title + " batch 1", std::move(alone), std::move(answer)});
    }
  }
  return columns;
}

std::string as_json(const std::vector<ComparisonColumn>& columns) {
  std::vector<std::string> documents;
  for (const ComparisonColumn& column : columns) {
    documents.push_back(column.answer ? json_answer(Answer{column.scenario, *column.answer})
                                      : json_infeasible(column.scenario, column.answer.error()));
  }
  return json_comparison(documents);
}

}  // namespace

ExitCode compare(const std::vector<std::string>& arguments) {
  const OptionSet set{.verb = "compare",
                      .summary = "The same question for several devices side by side.",
                      .footer = footer(),
                      .several_devices = true};
  const Options options = parse_options(set, arguments);
  if (!options.help.empty()) {
    print(options.help);
    return done;
  }
  const std::vector<ComparisonColumn> columns = columns_of(options);
  const bool any = std::any_of(columns.begin(), columns.end(), [](const ComparisonColumn& column) {
    return column.answer.has_value();
  });
  if (options.json) {
    print(as_json(columns));
  } else {
    const Scenario& first = columns.front().scenario;
    print(fmt::format("{}, {} tokens in, {} out\n\n", first.model.name, first.traffic.isl,
                      first.traffic.osl) +
          comparison(columns, output_style()));
  }
  return any ? done : infeasible;
}

}  // namespace infersim::cli
