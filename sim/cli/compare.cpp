#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/scenarios.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/text.hpp"
#include "infersim/economics/bill.hpp"
#include "infersim/explore/verdict.hpp"
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
      "  infersim compare --hw h200:16,b200:8 --model dsv3,qwen3-235b-a22b\n"
      "  infersim compare --hw snapdragon-8-gen3,ascend910b,h200 --model llama2-7b\n"
      "\n"
      "With a phone or PC among the devices its default lengths (512 in, 128 out)\n"
      "hold for all. Each cloud system chooses its own batch; batch 1 on the devices\n"
      "of one replica is shown beside it.\n"
      "\n" +
      std::string(exit_codes);
  return text;
}

bool on_edge(const Scenario& scenario) { return is_edge(scenario.device.device_class); }

/// Each model on each device, on as many of it as stand behind its name.
std::vector<Question> questions_of(const Options& options) {
  std::vector<Question> questions;
  for (const std::string& model : options.models) {
    for (const Column& column : options.hardware) {
      questions.push_back(options.question);
      questions.back().model = model;
      questions.back().hw = column.hw;
      if (column.devices) questions.back().devices = column.devices;
    }
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
    question.isl = edge->nominal.isl;
    question.osl = edge->nominal.osl;
  }
  return load_scenarios(options, questions);
}

/// One price basis for all columns.
void price_alike(std::vector<Scenario>& scenarios) {
  std::vector<const Device*> devices;
  devices.reserve(scenarios.size());
  for (const Scenario& scenario : scenarios)
    devices.push_back(&scenario.device);
  const PriceBasis basis = usual_basis(devices);
  for (Scenario& scenario : scenarios)
    scenario.price_basis = scenario.question.price_basis.value_or(basis);
}

/// What tells a column from the others: its chip as it was named, how many if that was said of
/// some, its model if there are several.
std::string title_of(const Options& options, const Scenario& scenario) {
  std::string title = scenario.question.hw;
  const bool counted = std::any_of(options.hardware.begin(), options.hardware.end(),
                                   [](const Column& column) { return column.devices.has_value(); });
  if (counted && scenario.question.devices) {
    title = fmt::format("{} x {}", *scenario.question.devices, title);
  }
  return options.models.size() > 1 ? title + ' ' + scenario.model.id : title;
}

/// One request on the devices of one engine, beside a service of many.
ComparisonColumn single(const Options& options, const std::string& title, const Scenario& beside,
                        int devices) {
  Question question = beside.question;
  question.batch = 1;
  question.devices = devices;
  question.replicas.reset();
  Scenario alone = load_scenario(options.catalog, question);
  alone.price_basis = beside.price_basis;
  auto answer = find_plan(alone);
  return {title + " batch 1", std::move(alone), std::move(answer)};
}

std::vector<ComparisonColumn> columns_of(const Options& options) {
  std::vector<ComparisonColumn> columns;
  std::vector<Scenario> scenarios = scenarios_of(options);
  price_alike(scenarios);
  const bool edge = std::any_of(scenarios.begin(), scenarios.end(), on_edge);
  for (Scenario& scenario : scenarios) {
    auto planned = find_plan(scenario);
    const bool beside = edge && planned && !on_edge(scenario) && planned->best.batch != 1 &&
                        !scenario.question.batch;
    const std::string title = title_of(options, scenario);
    std::optional<ComparisonColumn> alone;
    if (beside) alone = single(options, title, scenario, planned->best.plan.devices());
    columns.push_back({title, std::move(scenario), std::move(planned)});
    if (alone) columns.push_back(*std::move(alone));
  }
  return columns;
}

/// On what all prices rest.
std::string price_line(const Scenario& first) {
  return fmt::format("prices: {}{}, devices at work {} of all hours", name(first.price_basis),
                     first.question.price_basis
                         ? ""
                         : " (the first of on demand, 3 years, own with a figure for all or most)",
                     show_percent(first.site.utilisation));
}

/// The models and lengths that columns share; models' own defaults may differ.
std::string title_line(const std::vector<ComparisonColumn>& columns) {
  std::vector<std::string> models;
  bool alike = true;
  const Scenario& first = columns.front().scenario;
  for (const ComparisonColumn& column : columns) {
    const Scenario& s = column.scenario;
    if (models.empty() || models.back() != s.model.name) models.push_back(s.model.name);
    alike = alike && s.traffic.isl == first.traffic.isl && s.traffic.osl == first.traffic.osl;
  }
  std::string line = join(models);
  if (alike) line += fmt::format(", {} tokens in, {} out", first.traffic.isl, first.traffic.osl);
  return wrap(line, output_style().width) + '\n' + wrap(price_line(first), output_style().width);
}

std::string as_json(const std::vector<ComparisonColumn>& columns) {
  std::vector<std::string> documents;
  for (const ComparisonColumn& column : columns) {
    documents.push_back(column.answer ? json_answer(Answer{column.scenario, *column.answer})
                                      : json_infeasible(column.scenario, column.answer.error()));
  }
  const auto verdict = verdict_of(columns);
  return json_comparison(documents, verdict ? verdict_json(*verdict) : "");
}

}  // namespace

ExitCode compare(const std::vector<std::string>& arguments) {
  const OptionSet set{.verb = "compare",
                      .summary = "The same question for several devices and models side by side.",
                      .footer = footer(),
                      .several = true};
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
    std::string text = title_line(columns) + "\n\n" + comparison(columns, output_style());
    if (const auto verdict = verdict_of(columns)) {
      text += verdict_text(*verdict, columns.front().scenario, output_style());
    }
    print(text);
  }
  return any ? done : infeasible;
}

}  // namespace infersim::cli
