#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/scenario/question.hpp"

namespace infersim::cli {

/// One of the devices that `--hw` names, with how many of it if that stands behind: `h200:16`.
struct Column {
  std::string hw;
  std::optional<int> devices;
};

/// What the arguments of a verb say.
struct Options {
  Question question;                ///< `hw` and `model` are the first of each list
  std::vector<Column> hardware;     ///< `--hw`, split at commas
  std::vector<std::string> models;  ///< `--model`, likewise
  Catalog catalog;                  ///< with the directories of `--catalog`
  bool json = false;
  bool explain = false;
  std::map<std::string, std::vector<std::string>, std::less<>> own;  ///< of the verb alone
  Diagnostics faults;  ///< what is wrong with the arguments, for `load_scenarios` to report
  std::string help;    ///< the text to print instead of an answer, if it was asked for

  /// The value of an option of the verb alone; of one that is repeatable the last.
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
};

/// Whom the options are for: which of them there are and what the help says about them.
struct OptionSet {
  std::string_view verb;
  std::string_view summary;  ///< what the verb does, at the head of its help
  std::string_view footer;   ///< examples, at its end
  bool several = false;      ///< `--hw` and `--model` are lists
  bool can_explain = false;
  std::vector<OptionSpec> own = {};  ///< further options, listed with the output's
};

/// Reads the arguments that follow the verb. Its faults are unknown options with the nearest valid
/// one, missing and malformed values. Throws InputError if no device or no model is named, with
/// those there are and the other faults.
Options parse_options(const OptionSet& set, const std::vector<std::string>& arguments);

}  // namespace infersim::cli
