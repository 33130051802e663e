#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/scenarios.hpp"
#include "cli/verbs.hpp"
#include "infersim/report/explain.hpp"
#include "infersim/report/json.hpp"
#include "infersim/report/summary.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/search/offload_hint.hpp"
#include "infersim/search/planner.hpp"

namespace infersim::cli {

namespace {

const std::string& footer() {
  static const std::string text =
      "Examples:\n"
      "  infersim --hw ascend910b --model dsv3\n"
      "  infersim --hw h200 --model llama3.1-70b --isl 8000 --osl 500 --tpot 30\n"
      "  infersim --hw h200 --model dsv3 --devices 16 --batch 512 --json\n"
      "  infersim --hw ascend910c --model dsv3 --phase decode --devices 160 \\\n"
      "           --ep 320 --batch 15360 --mtp 1 --acceptance 0.7\n"
      "  infersim --hw snapdragon-8-gen3 --model llama2-7b --explain\n"
      "\n"
      "Without --devices: the deployment with the cheapest output tokens within the\n"
      "system's extent. When none meets the objectives, the best is printed with what\n"
      "it misses. `infersim sweep` takes lists and ranges for every value.\n"
      "\n" +
      std::string(exit_codes);
  return text;
}

}  // namespace

ExitCode run(const std::vector<std::string>& arguments) {
  const OptionSet set{.verb = "run",
                      .summary =
                          "What serving a model on a device costs: plan, speed, latency,\n"
                          "memory, energy, money.",
                      .footer = footer(),
                      .can_explain = true};
  const Options options = parse_options(set, arguments);
  if (!options.help.empty()) {
    print(options.help);
    return done;
  }
  const Scenario scenario = load_scenarios(options, {options.question}).front();
  const auto planned = find_plan(scenario);
  if (!planned) {
    const Infeasible refusal = with_offload_hint(options.catalog, scenario, planned.error());
    if (options.json) print(json_infeasible(scenario, refusal));
    print_message(infeasible_summary(scenario, refusal, message_style()));
    return infeasible;
  }
  const Answer answer{scenario, *planned};
  if (options.json) {
    print(json_answer(answer));
    return done;
  }
  const TextStyle style = output_style();
  std::string text = summary(answer, style);
  if (options.explain) text += explain(answer, style);
  print(text);
  return done;
}

}  // namespace infersim::cli
