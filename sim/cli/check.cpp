#include <charconv>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/explore/baseline.hpp"
#include "infersim/scenario/lookup.hpp"

namespace infersim::cli {
namespace {

constexpr std::string_view summary =
    "Asks a stored set of questions again and says which answers moved, by how much,\n"
    "and what moved them: the plan, operators, descriptions that were edited.";

constexpr std::string_view footer =
    "FILE is a TOML file of questions:\n"
    "  tolerance = 0.01\n"
    "  [[question]]\n"
    "  ask = { hw = \"h200\", model = \"dsv3\", devices = 8 }   # options of `run`\n"
    "  [[question]]\n"
    "  every = \"hw\"                                         # each chip there is\n"
    "  ask = { model = \"llama3.1-8b\" }\n"
    "Answers are kept beside it: FILE with .answers.json for .toml.\n"
    "\n"
    "Examples:\n"
    "  infersim check baseline.toml --update\n"
    "  infersim check baseline.toml\n"
    "  infersim check baseline.toml --tolerance 0.1% --format junit > report.xml\n"
    "\n"
    "Exit codes: 0 nothing moved by more than the tolerance, 1 something did, 2 bad\n"
    "input.\n";

constexpr OptionSpec update_option{"--update", "", "keep the answers as they are now"};
constexpr OptionSpec tolerance_option{"--tolerance", "SHARE",
                                      "what may move, `0.5%` or `0.005` (the file's)"};
constexpr OptionSpec format_option{"--format", "NAME", "text, junit or github (text)"};

double tolerance_of(const std::string& text) {
  const bool percent = text.ends_with('%');
  const char* const last = text.data() + text.size() - (percent ? 1 : 0);
  double number = -1.0;
  const auto [end, fault] = std::from_chars(text.data(), last, number);
  const double share = percent ? number / 100.0 : number;
  if (fault != std::errc{} || end != last || !(share >= 0.0 && share <= 1.0)) {
    throw InputError(fmt::format("--tolerance {}: is no share", quote(text)),
                     "for example 1% or 0.01");
  }
  return share;
}

std::string answers_path(const std::string& path) {
  return std::filesystem::path(path).replace_extension(".answers.json").string();
}

}  // namespace

ExitCode check(const std::vector<std::string>& arguments) {
  const Syntax syntax{.verb = "check",
                      .words = "FILE",
                      .summary = summary,
                      .footer = footer,
                      .options = {update_option, tolerance_option, format_option}};
  const Arguments given = parse_arguments(syntax, arguments);
  if (!given.help.empty()) {
    print(given.help);
    return done;
  }
  if (given.words.size() != 1) {
    throw InputError("check: one file of questions is asked for", "infersim check baseline.toml");
  }
  const std::string format = given.value(format_option.name).value_or("text");
  if (format != "text" && format != "junit" && format != "github") {
    throw InputError(fmt::format("--format {}: is not known", quote(format)),
                     "text, junit or github");
  }
  const std::string& path = given.words.front();
  const Baseline baseline = read_baseline(given.catalog, read_description(path).text, path);
  double tolerance = baseline.tolerance;
  if (const auto asked = given.value(tolerance_option.name)) tolerance = tolerance_of(*asked);
  const std::string kept = answers_path(path);
  const bool update = given.has(update_option.name);
  std::optional<BaselineAnswers> before;
  if (std::filesystem::exists(kept)) before = read_answers(read_description(kept).text, kept);
  if (!before && !update) {
    throw InputError(kept + ": no answers are kept yet",
                     fmt::format("infersim check {} --update keeps them", path));
  }
  const BaselineAnswers now = [&] {
    Progress progress;
    return answer_baseline(given.catalog, baseline,
                           [&](std::size_t i, std::size_t all) { progress.at(i, all); });
  }();
  const BaselineComparison comparison =
      compare_answers(baseline, before.value_or(now), now, tolerance);
  if (format == "junit") {
    print(comparison_junit(baseline, comparison));
  } else {
    print(format == "github" ? comparison_github(comparison) : comparison_text(comparison));
  }
  if (update) {
    write_file(kept, write_answers(now), "answers are kept beside the questions");
    return done;
  }
  return comparison.changes.empty() ? done : suspicious;
}

}  // namespace infersim::cli
