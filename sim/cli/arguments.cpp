#include "cli/arguments.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"

namespace infersim::cli {

namespace {

constexpr std::size_t help_column = 30;

constexpr OptionSpec catalog_option{
    "--catalog", "DIR", "directory of further descriptions, searched first\n(repeatable)", "",
    true};
constexpr OptionSpec help_flag{"--help", "", "this text", "-h"};

std::vector<OptionSpec> all_options(const Syntax& syntax) {
  std::vector<OptionSpec> options = syntax.options;
  options.push_back(catalog_option);
  options.push_back(help_flag);
  return options;
}

std::string option_help(const OptionSpec& option) {
  std::string left = "  ";
  if (!option.letter.empty()) left += fmt::format("{},", option.letter);
  left += option.name;
  if (!option.value.empty()) left += fmt::format(" {}", option.value);
  std::string text;
  std::string_view rest = option.help;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    text += fmt::format("{:<{}}{}\n", left, help_column, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    left.clear();
  }
  return text;
}

std::string help_of(const Syntax& syntax) {
  std::string text =
      fmt::format("{}\nUsage: infersim {} {}{}[OPTIONS]\n\nOptions:\n", syntax.summary, syntax.verb,
                  syntax.words, syntax.words.empty() ? "" : " ");
  for (const OptionSpec& option : all_options(syntax))
    text += option_help(option);
  return fmt::format("{}\n{}", text, syntax.footer);
}

const OptionSpec* find_option(const std::vector<OptionSpec>& options, std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const OptionSpec& option) {
    return option.name == name || (!option.letter.empty() && option.letter == name);
  });
  return found == options.end() ? nullptr : &*found;
}

void report_unknown(const std::vector<OptionSpec>& options, const std::string& name,
                    Diagnostics& faults) {
  std::vector<std::string> names;
  for (const OptionSpec& option : options)
    names.emplace_back(option.name);
  const std::string near = did_you_mean(name, names);
  faults.error({}, fmt::format("unknown option {}", quote(name)),
               near.empty() ? "options: " + join(names) : near);
}

/// Reads the option at `arguments[at]` and moves `at` to the last argument that belongs to it.
void read_option(const std::vector<OptionSpec>& options, const std::vector<std::string>& arguments,
                 std::size_t& at, Arguments& into, Diagnostics& faults) {
  const std::size_t equals = arguments[at].find('=');
  const std::string name = arguments[at].substr(0, equals);
  const OptionSpec* option = find_option(options, name);
  if (option == nullptr) return report_unknown(options, name, faults);
  const bool given = into.has(option->name);
  std::vector<std::string>& values = into.options[std::string(option->name)];
  if (option->value.empty()) {
    if (equals != std::string::npos) {
      faults.error({}, fmt::format("{}: takes no value", name), "leave out what follows it");
    }
    return;
  }
  const bool apart = equals == std::string::npos;
  if (apart && (at + 1 == arguments.size() || arguments[at + 1].starts_with("--"))) {
    faults.error({}, fmt::format("{}: its value is missing", name),
                 fmt::format("{} {}", name, option->value));
    return;
  }
  std::string value = apart ? arguments[++at] : arguments[at].substr(equals + 1);
  if (given && !option->repeatable) {
    faults.error({}, fmt::format("{}: given more than once", name), "give one value");
  } else if (value.empty()) {
    faults.error({}, fmt::format("{}: an empty value", name),
                 fmt::format("{} {}", name, option->value));
  } else {
    values.push_back(std::move(value));
  }
}

}  // namespace

std::vector<std::string> Arguments::values(std::string_view option) const {
  const auto found = options.find(option);
  return found == options.end() ? std::vector<std::string>{} : found->second;
}

std::optional<std::string> Arguments::value(std::string_view option) const {
  const std::vector<std::string> all = values(option);
  if (all.empty()) return std::nullopt;
  return all.front();
}

Arguments parse_arguments(const Syntax& syntax, const std::vector<std::string>& arguments) {
  const std::vector<OptionSpec> options = all_options(syntax);
  Arguments result;
  Diagnostics faults;
  bool words_only = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!words_only && arguments[i] == "--") {
      words_only = true;
    } else if (!words_only && arguments[i].size() > 1 && arguments[i].starts_with('-')) {
      read_option(options, arguments, i, result, faults);
    } else {
      result.words.push_back(arguments[i]);
    }
  }
  if (result.has(help_flag.name)) {
    result.help = help_of(syntax);
    return result;
  }
  for (const std::string& directory : result.values(catalog_option.name)) {
    try {
      result.catalog.add_directory(directory);
    } catch (const InputError& error) {
      for (const Diagnostic& fault : error.faults())
        faults.error(fault.location, fault.message, fault.hint);
    }
  }
  faults.throw_if_any();
  return result;
}

}  // namespace infersim::cli
