#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace infersim::cli {

/// How the program ends.
enum ExitCode : int {
  done = 0,
  infeasible = 1,      ///< what was asked cannot run
  suspicious = 1,      ///< nothing is wrong, but something is odd
  bad_input = 2,       ///< and what is wrong is on standard error
  internal_error = 3,  ///< a fault of infersim
};

/// One thing that the program does, with the arguments that follow its name.
struct Verb {
  std::string_view name;
  std::string_view summary;
  ExitCode (*run)(const std::vector<std::string>& arguments);
};

// One file each: sim/cli/<verb>.cpp.
ExitCode run(const std::vector<std::string>& arguments);
ExitCode compare(const std::vector<std::string>& arguments);
ExitCode sensitivity(const std::vector<std::string>& arguments);
ExitCode solve(const std::vector<std::string>& arguments);
ExitCode check(const std::vector<std::string>& arguments);
ExitCode sweep(const std::vector<std::string>& arguments);
ExitCode merge(const std::vector<std::string>& arguments);
ExitCode fleet(const std::vector<std::string>& arguments);
ExitCode list(const std::vector<std::string>& arguments);
ExitCode show(const std::vector<std::string>& arguments);
ExitCode import_model(const std::vector<std::string>& arguments);
ExitCode lint(const std::vector<std::string>& arguments);
ExitCode init(const std::vector<std::string>& arguments);
ExitCode validate(const std::vector<std::string>& arguments);
ExitCode calibrate(const std::vector<std::string>& arguments);

inline constexpr Verb verbs[] = {
    {"run", "what serving a model on a device costs; the default verb", run},
    {"compare", "the same question for several devices side by side", compare},
    {"fleet", "devices, power and money for so many tokens a day", fleet},
    {"sensitivity", "by how much an answer moves with every figure", sensitivity},
    {"solve", "what a figure would have to be for a target", solve},
    {"check", "whether stored answers are still what they were", check},
    {"sweep", "a question with lists and ranges for values: many answers", sweep},
    {"merge", "the shards of a sweep as one file", merge},
    {"list", "the devices, systems, models, sites or traffic there are", list},
    {"show", "all that is known of one of them, with sources", show},
    {"import", "a Hugging Face config.json as a model description", import_model},
    {"lint", "what is wrong or suspicious in descriptions", lint},
    {"validate", "how far predictions are from measurements", validate},
    {"calibrate", "fit efficiency parameters to measured operators", calibrate},
    {"init", "a commented chip, model and traffic to start from", init},
};

/// What every help ends with.
inline constexpr std::string_view exit_codes =
    "Exit codes: 0 done, 1 cannot run (with --json a document that says why),\n"
    "2 bad input. Answers are on standard output, messages on standard error.\n"
    "Names ignore case and - _ . / and spaces. Times in ms, GB are 1e9 bytes.\n";

}  // namespace infersim::cli
