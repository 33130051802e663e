#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/scenario/question.hpp"

namespace infersim::cli {

/// What the arguments of a verb say.
struct Options {
  Question question;                  ///< `hw` is the first of `hardware`
  std::vector<std::string> hardware;  ///< `--hw`, split at commas
  Catalog catalog;                    ///< with the directories of `--catalog`
  bool json = false;
  bool explain = false;
  Diagnostics faults;  ///< what is wrong with the arguments, for `load_scenarios` to report
  std::string help;    ///< the text to print instead of an answer, if it was asked for
};

/// Whom the options are for: which of them there are and what the help says about them.
struct OptionSet {
  std::string_view verb;
  std::string_view summary;      ///< what the verb does, at the head of its help
  std::string_view footer;       ///< examples, at its end
  bool several_devices = false;  ///< `--hw` is a list
  bool can_explain = false;
};

/// Reads the arguments that follow the verb. Its faults are unknown options with the nearest valid
/// one, missing and malformed values. Throws InputError if no device or no model is named, with
/// those there are and the other faults.
Options parse_options(const OptionSet& set, const std::vector<std::string>& arguments);

}  // namespace infersim::cli
