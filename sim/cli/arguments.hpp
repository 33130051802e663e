#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/catalog.hpp"

namespace infersim::cli {

/// An option of a verb.
struct OptionSpec {
  std::string_view name;         ///< `--output`
  std::string_view value;        ///< `FILE`; empty: a flag
  std::string_view help;         ///< lines of its help
  std::string_view letter = "";  ///< `-o`; empty: it has none
  bool repeatable = false;
};

/// What a verb of words and few options takes. `--catalog DIR` and `--help` are always there.
struct Syntax {
  std::string_view verb;
  std::string_view words;    ///< as its usage shows them: `KIND [FILTER]`
  std::string_view summary;  ///< what it does, at the head of its help
  std::string_view footer;   ///< examples and what is worth knowing, at its end
  std::vector<OptionSpec> options;
};

/// The flag of verbs that can answer for programs.
inline constexpr OptionSpec json_flag{"--json", "", "JSON instead (docs/json.md)"};
/// Hugging Face configurations: keys that are passed over although they are not understood.
inline constexpr OptionSpec accept_option{
    "--accept", "KEY", "pass over a key of config.json that is not\nunderstood (repeatable)", "",
    true};

/// What the arguments of such a verb say.
struct Arguments {
  std::vector<std::string> words;
  std::map<std::string, std::vector<std::string>, std::less<>> options;  ///< by name; flags: empty
  Catalog catalog;   ///< with the directories of `--catalog`
  std::string help;  ///< the text to print instead of an answer, if it was asked for

  [[nodiscard]] bool has(std::string_view option) const { return options.count(option) > 0; }
  [[nodiscard]] std::vector<std::string> values(std::string_view option) const;
  /// The only value of an option that is not repeatable.
  [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
};

/// Reads the arguments that follow the verb: options anywhere, `--option VALUE` or
/// `--option=VALUE`, words only after `--`. Throws InputError with all faults: unknown options with
/// the nearest valid one, missing values, options given twice, a catalog that is none. How many
/// words there are is for the verb to check.
Arguments parse_arguments(const Syntax& syntax, const std::vector<std::string>& arguments);

}  // namespace infersim::cli
