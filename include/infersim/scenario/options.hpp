#pragma once

#include <span>
#include <string>
#include <string_view>

#include "infersim/core/diagnostic.hpp"
#include "infersim/scenario/question.hpp"

namespace infersim {

/// What an option is about.
enum class OptionGroup {
  asked,   ///< chip, model, site, software
  load,    ///< requests and objectives
  money,   ///< prices, and use over time
  plan,    ///< devices, degrees, number types
  engine,  ///< settings of the serving software
};

/// One thing that can be said of a question, by name: on a command line, in a table.
struct QuestionOption {
  std::string_view name;   ///< `--kv-dtype`
  std::string_view value;  ///< what it takes, for its help: `TYPE`
  OptionGroup group;
  std::string_view help;  ///< lines of at most 50 columns
  /// Sets it from a text; one that cannot be read is a fault that names the option. Whether a value
  /// is in range is checked with the whole question.
  void (*set)(Question& question, std::string_view option, std::string_view text,
              Diagnostics& faults);

  /// Its key in tables: `kv_dtype`.
  [[nodiscard]] std::string key() const;
};

/// Every option, in the order in which help lists them.
std::span<const QuestionOption> question_options();

}  // namespace infersim
