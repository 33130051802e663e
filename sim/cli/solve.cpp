#include "infersim/explore/solve.hpp"

#include <vector>

#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/explore/solve_report.hpp"
#include "infersim/report/json.hpp"
#include "infersim/report/summary.hpp"

namespace infersim::cli {
namespace {

const std::string& footer() {
  static const std::string text =
      "Examples:\n"
      "  infersim solve --hw h200 --model dsv3 --target 'usd_per_mtok_output = 0.5' \\\n"
      "           --vary device.memory.bandwidth,device.memory.capacity\n"
      "  infersim solve --hw snapdragon-8-elite --model llama3.1-8b \\\n"
      "           --target 'tpot_ms = 20' --vary device.memory.bandwidth\n"
      "\n"
      "Each figure is varied alone, and all of them by one factor. Paths are those of\n"
      "--set: `infersim show NAME --keys` lists them. `infersim sensitivity` says which\n"
      "are worth it.\n"
      "\n" +
      std::string(exit_codes);
  return text;
}

std::vector<std::string> keys_of(const Options& options) {
  std::vector<std::string> keys;
  const auto found = options.own.find("--vary");
  for (const std::string& list : found->second) {
    for (std::size_t begin = 0; begin <= list.size();) {
      const std::size_t end = std::min(list.find(',', begin), list.size());
      keys.push_back(list.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return keys;
}

}  // namespace

ExitCode solve(const std::vector<std::string>& arguments) {
  const OptionSet set{
      .verb = "solve",
      .summary =
          "What a figure of a description would have to be for an answer to come to a\n"
          "target, or the wall that forbids it.",
      .footer = footer(),
      .own = {{"--target", "KEY=NUMBER", "a figure of `run --json` and what it is to be"},
              {"--vary", "KEY,...", "figures that may move (repeatable)", "", true}}};
  const Options options = parse_options(set, arguments);
  if (!options.help.empty()) {
    print(options.help);
    return done;
  }
  Diagnostics faults = options.faults;
  if (!options.value("--target")) {
    faults.error({}, "--target: nothing is aimed at",
                 "for example --target 'usd_per_mtok_output = 0.5'");
  }
  if (!options.value("--vary")) {
    faults.error({}, "--vary: no figure may move", "for example --vary device.memory.bandwidth");
  }
  faults.throw_if_any();
  const Target target = read_target(*options.value("--target"));
  const auto solution = [&] {
    Progress progress;
    std::size_t count = 0;
    return infersim::solve(options.catalog, options.question, target, keys_of(options),
                           [&] { progress.at(++count); });
  }();
  if (!solution) {
    const Scenario scenario = load_scenario(options.catalog, options.question);
    if (options.json) print(json_infeasible(scenario, solution.error()));
    print_message(infeasible_summary(scenario, solution.error(), message_style()));
    return infeasible;
  }
  print(options.json ? solution_json(*solution) : solution_text(*solution, output_style()));
  const bool reached = std::any_of(solution->keys.begin(), solution->keys.end(),
                                   [](const Solved& solved) { return solved.point.has_value(); });
  return reached ? done : infeasible;
}

}  // namespace infersim::cli
