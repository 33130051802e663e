#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/explore/sensitivity.hpp"
#include "infersim/explore/sensitivity_report.hpp"
#include "infersim/explore/tornado.hpp"
#include "infersim/report/json.hpp"
#include "infersim/report/metric_fields.hpp"
#include "infersim/report/summary.hpp"

namespace infersim::cli {
namespace {

constexpr const char* usual_metrics =
    "tokens_per_s_per_device,ttft_ms,tpot_ms,usd_per_mtok_output,energy_j_per_output_token";

const std::string& footer() {
  static const std::string text =
      "Examples:\n"
      "  infersim sensitivity --hw h200 --model dsv3 --devices 8\n"
      "  infersim sensitivity --hw deepverse-200 --model llama3.1-8b --top 10 \\\n"
      "           --metric tpot_ms,energy_j_per_output_token --plot tornado.svg\n"
      "\n"
      "Every number of the descriptions that the question is about is moved a little,\n"
      "and the answer compared at the same plan and batch. `infersim solve` says what a\n"
      "figure would have to be.\n"
      "\n" +
      std::string(exit_codes);
  return text;
}

double number_of(const Options& options, std::string_view option, double usual, double least,
                 double most) {
  const auto text = options.value(option);
  if (!text) return usual;
  double number = NAN;
  const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (fault != std::errc{} || end != text->data() + text->size() || !(number >= least) ||
      !(number <= most)) {
    throw InputError(
        fmt::format("{} {}: is no number between {} and {}", option, quote(*text), least, most),
        fmt::format("usual is {}", usual));
  }
  return number;
}

std::vector<const Field*> metrics_of(const Options& options) {
  std::vector<const Field*> metrics;
  const std::string list = options.value("--metric").value_or(usual_metrics);
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    metrics.push_back(&metric_field(list.substr(begin, end - begin), "--metric"));
    begin = end + 1;
  }
  return metrics;
}

}  // namespace

ExitCode sensitivity(const std::vector<std::string>& arguments) {
  const OptionSet set{
      .verb = "sensitivity",
      .summary =
          "By how much an answer moves with every figure of the chip, its system,\n"
          "site, framework and model.",
      .footer = footer(),
      .own = {{"--metric", "KEY,...",
               "figures of `run --json` that are looked at (the\nfirst sorts the plot)"},
              {"--step", "SHARE", "by which each figure is moved to both sides (0.02)"},
              {"--top", "N", "rows (25)"},
              {"--plot", "FILE.svg", "a tornado plot of the first metric"}}};
  const Options options = parse_options(set, arguments);
  if (!options.help.empty()) {
    print(options.help);
    return done;
  }
  options.faults.throw_if_any();
  const std::vector<const Field*> metrics = metrics_of(options);
  const double step = number_of(options, "--step", 0.02, 1e-4, 0.5);
  const auto top = static_cast<std::size_t>(number_of(options, "--top", 25, 1, 1e6));
  const auto found = [&] {
    Progress progress;
    return sensitivities(options.catalog, options.question, metrics, step,
                         [&](std::size_t i, std::size_t all) { progress.at(i, all); });
  }();
  if (!found) {
    const Scenario scenario = load_scenario(options.catalog, options.question);
    if (options.json) print(json_infeasible(scenario, found.error()));
    print_message(infeasible_summary(scenario, found.error(), message_style()));
    return infeasible;
  }
  if (const auto file = options.value("--plot")) {
    write_file(*file, tornado_svg(*found, top), "--plot takes a file that can be written");
  }
  print(options.json ? sensitivity_json(*found) : sensitivity_text(*found, top, output_style()));
  return done;
}

}  // namespace infersim::cli
