#include "cli/options.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "infersim/core/text.hpp"
#include "infersim/scenario/options.hpp"

namespace infersim::cli {

namespace {

/// Headings under which help lists options.
std::string_view heading_of(OptionGroup group) {
  switch (group) {
    case OptionGroup::load: return "Load and objectives";
    case OptionGroup::money: return "Money";
    case OptionGroup::plan: return "Plan (what is left out is searched for)";
    case OptionGroup::engine: return "Engine (what is left out is as the framework has it)";
    case OptionGroup::asked: break;
  }
  return "What is asked";
}

constexpr const char* output = "Output";

/// What options said, as text: what a value means is decided once all are known, so that all faults
/// are reported together.
struct Raw {
  std::map<std::string, std::string, std::less<>> values;
  std::vector<std::string> hardware;
  std::vector<std::string> models;
  std::vector<std::string> catalogs;
  std::vector<std::string> accepted;
  std::vector<std::string> set;
  std::vector<std::string> prices;
};

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    names.push_back(option->get_name());
  return names;
}

/// What the parser could not place: unknown options, and words that belong to none.
void report_extras(const CLI::App& app, Diagnostics& faults) {
  bool after_unknown = false;
  for (const std::string& extra : app.remaining()) {
    if (extra.size() > 1 && extra.front() == '-') {
      const std::string option = extra.substr(0, extra.find('='));
      const std::string near = did_you_mean(option, option_names(app));
      faults.error({}, fmt::format("unknown option {}", quote(option)),
                   near.empty() ? "--help lists them" : near);
      after_unknown = true;
    } else if (std::exchange(after_unknown, false)) {
      continue;  // its value
    } else {
      faults.error({}, fmt::format("unexpected argument {}", quote(extra)),
                   "values follow the option they belong to: --hw NAME --model NAME");
    }
  }
}

std::vector<std::string> split(const std::vector<std::string>& lists) {
  std::vector<std::string> parts;
  for (const std::string& list : lists) {
    std::size_t begin = 0;
    for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
      end = list.find(',', begin);
      std::string part = list.substr(begin, end == std::string::npos ? end : end - begin);
      part.erase(0, part.find_first_not_of(' '));
      part.erase(part.find_last_not_of(' ') + 1);
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

std::string listed(const Catalog& catalog, DescriptionKind kind) { return join(catalog.ids(kind)); }

/// `h200:16` in two: a chip, and how many of it.
Column column_of(const std::string& text, Diagnostics& faults) {
  const std::size_t colon = text.rfind(':');
  const bool counted = colon != std::string::npos && colon + 1 < text.size() &&
                       text.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  if (!counted) return {text, std::nullopt};
  Question counts;
  const auto is_devices = [](const QuestionOption& option) { return option.name == "--devices"; };
  const auto options = question_options();
  std::find_if(options.begin(), options.end(), is_devices)
      ->set(counts, "--hw", text.substr(colon + 1), faults);
  return {text.substr(0, colon), counts.devices};
}

void read_settings(const Raw& raw, Question& question, Diagnostics& faults) {
  for (const std::string& text : raw.set) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      faults.error({}, fmt::format("--set: {} is no KEY=VALUE", quote(text)),
                   "for example --set device.memory.bandwidth=32TB/s");
      continue;
    }
    question.set.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
}

void read_hardware(const OptionSet& set, const Raw& raw, Options& options, Diagnostics& faults) {
  for (const std::string& part : split(raw.hardware))
    options.hardware.push_back(column_of(part, faults));
  const bool named = !options.hardware.empty() &&
                     std::none_of(options.hardware.begin(), options.hardware.end(),
                                  [](const Column& column) { return column.hw.empty(); });
  if (!named) {
    faults.error({}, raw.hardware.empty() ? "--hw: no device is named" : "--hw: a name is empty",
                 "devices: " + listed(options.catalog, DescriptionKind::device));
    return;
  }
  const std::string all = join(raw.hardware, ",");
  if (options.hardware.size() > 1 && !set.several) {
    faults.error({}, fmt::format("--hw: {} names several devices", quote(all)),
                 fmt::format("infersim compare --hw {} puts them side by side", all));
  }
  options.question.hw = options.hardware.front().hw;
  if (options.hardware.front().devices && !set.several) {
    options.question.devices = options.hardware.front().devices;
  }
}

void read_models(const OptionSet& set, const Raw& raw, Options& options, Diagnostics& faults) {
  // The path of a model may have a comma in it.
  const bool is_path = raw.models.size() == 1 && std::filesystem::exists(raw.models.front());
  options.models = is_path ? raw.models : split(raw.models);
  const bool named =
      !options.models.empty() &&
      std::find(options.models.begin(), options.models.end(), "") == options.models.end();
  if (!named) {
    faults.error({},
                 raw.models.empty() ? "--model: no model is named" : "--model: the name is empty",
                 "models: " + listed(options.catalog, DescriptionKind::model) +
                     "; or the path of a config.json");
    return;
  }
  const std::string all = join(raw.models, ",");
  if (options.models.size() > 1 && !set.several) {
    faults.error({}, fmt::format("--model: {} names several models", quote(all)),
                 fmt::format("infersim compare --model {} puts them side by side", all));
  }
  options.question.model = options.models.front();
}

void read_values(const Raw& raw, Question& q, Diagnostics& faults) {
  for (const QuestionOption& option : question_options()) {
    const auto found = raw.values.find(option.name);
    if (found != raw.values.end()) option.set(q, option.name, found->second, faults);
  }
  const auto unread = [&](const char* option, const auto& field) {
    return raw.values.count(option) > 0 && !field;
  };
  if (unread("--mtp", q.mtp) || unread("--acceptance", q.acceptance)) {
    // Each is wrong without the other, which would be a second fault for one mistake.
    q.mtp.reset();
    q.acceptance.reset();
  }
}

/// How `--hw` and `--model` are told where they are lists.
struct ListHelp {
  std::string_view name;
  const char* value;
  const char* help;
};
constexpr ListHelp list_help[] = {
    {"--hw", "NAME[:N],...",
     "devices (ascend910b,h200) or systems; with :N as\nmany of them (h200:16,b200:8)"},
    {"--model", "NAME,NAME,...", "models (dsv3,llama3.1-70b): each on each device"},
};

void add_options(CLI::App& app, const OptionSet& set, Raw& raw, Options& options) {
  for (const QuestionOption& option : question_options()) {
    const std::string name(option.name);
    const std::string group(heading_of(option.group));
    std::vector<std::string>* list = name == "--hw"      ? &raw.hardware
                                     : name == "--model" ? &raw.models
                                                         : nullptr;
    if (list != nullptr) {
      const ListHelp& help = list_help[name == "--hw" ? 0 : 1];
      app.add_option(name, *list, set.several ? help.help : std::string(option.help))
          ->type_name(set.several ? help.value : std::string(option.value))
          ->expected(1)
          ->take_all()
          ->group(group);
      continue;
    }
    if (name == "--price") {
      app.add_option(name, raw.prices, std::string(option.help))
          ->type_name(std::string(option.value))
          ->expected(1)
          ->take_all()
          ->group(group);
      continue;
    }
    const auto keep = [&raw, name](const std::string& text) { raw.values[name] = text; };
    app.add_option_function<std::string>(name, keep, std::string(option.help))
        ->type_name(std::string(option.value))
        ->expected(1)
        ->group(group);
  }
  const std::string asked(heading_of(OptionGroup::asked));
  app.add_option("--catalog", raw.catalogs,
                 "directory of further descriptions, searched first\n(repeatable)")
      ->type_name("DIR")
      ->expected(1)
      ->take_all()
      ->group(asked);
  app.add_option("--accept", raw.accepted,
                 "pass over a key of config.json that is not\nunderstood (repeatable)")
      ->type_name("KEY")
      ->expected(1)
      ->take_all()
      ->group(asked);
  app.add_option("--set", raw.set,
                 "any figure of a description, for example\n"
                 "device.memory.bandwidth=32TB/s (repeatable; paths\n"
                 "begin with device, system, site, framework, model\n"
                 "or traffic)")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all()
      ->group(asked);
  for (const OptionSpec& spec : set.own) {
    std::vector<std::string>& values = options.own[std::string(spec.name)];
    CLI::Option* option = nullptr;
    if (spec.value.empty()) {
      option = app.add_flag_callback(
          std::string(spec.name), [&values] { values.emplace_back(); }, std::string(spec.help));
    } else {
      option = app.add_option(std::string(spec.name), values, std::string(spec.help))
                   ->type_name(std::string(spec.value))
                   ->expected(1)
                   ->take_all();
    }
    option->group(output);
  }
  app.add_flag("--json", options.json, "one JSON document instead (docs/json.md)")->group(output);
  if (set.can_explain) {
    app.add_flag("--explain", options.explain, "each term of each operator's equation")
        ->group(output);
  }
  app.set_help_flag("-h,--help", "this text")->group(output);
}

/// CLI11 sets groups apart by two lines; one will do.
std::string single_spaced(std::string text) {
  for (std::size_t at = 0; (at = text.find("\n\n\n", at)) != std::string::npos;)
    text.erase(at, 1);
  return text;
}

bool is_repeatable(const OptionSet& set, const std::string& option) {
  const bool own = std::any_of(set.own.begin(), set.own.end(), [&](const OptionSpec& spec) {
    return option == spec.name && spec.repeatable;
  });
  return own || option == "--hw" || option == "--catalog" || option == "--accept" ||
         option == "--set" || option == "--price";
}

bool takes_value(const OptionSet& set, const std::string& option) {
  const bool own = std::any_of(set.own.begin(), set.own.end(), [&](const OptionSpec& spec) {
    return option == spec.name && !spec.value.empty();
  });
  const auto is_it = [&](const QuestionOption& known) { return option == known.name; };
  const auto all = question_options();
  return own || is_repeatable(set, option) || std::any_of(all.begin(), all.end(), is_it);
}

/// The arguments with every option's value apart, an empty one too. An option without its value or
/// given twice is a fault and left out, so that the parser cannot take a neighbour for its value.
std::vector<std::string> separated(const OptionSet& set, const std::vector<std::string>& arguments,
                                   Diagnostics& faults) {
  std::vector<std::string> result;
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::size_t equals = arguments[i].find('=');
    const std::string option = arguments[i].substr(0, equals);
    if (!takes_value(set, option)) {
      result.push_back(arguments[i]);
      continue;
    }
    const bool apart = equals == std::string::npos;
    if (apart && (i + 1 == arguments.size() || arguments[i + 1].starts_with("--"))) {
      faults.error({}, fmt::format("{}: its value is missing", option),
                   "--help shows what it takes");
      continue;
    }
    std::string value = apart ? arguments[++i] : arguments[i].substr(equals + 1);
    if (!is_repeatable(set, option) && std::find(seen.begin(), seen.end(), option) != seen.end()) {
      faults.error({}, fmt::format("{}: given more than once", option), "give one value");
      continue;
    }
    seen.push_back(option);
    result.push_back(option);
    result.push_back(std::move(value));
  }
  return result;
}

}  // namespace

std::optional<std::string> Options::value(std::string_view name) const {
  const auto found = own.find(name);
  if (found == own.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

Options parse_options(const OptionSet& set, const std::vector<std::string>& arguments) {
  Options options;
  Raw raw;
  CLI::App app(std::string(set.summary), fmt::format("infersim {}", set.verb));
  app.set_help_flag();  // added last, so that the help ends with it
  app.footer(std::string(set.footer));
  app.get_formatter()->column_width(30);
  app.allow_extras();
  add_options(app, set, raw, options);

  Diagnostics faults;
  try {
    std::vector<std::string> last_first = separated(set, arguments, faults);
    std::reverse(last_first.begin(), last_first.end());
    app.parse(std::move(last_first));
  } catch (const CLI::CallForHelp&) {
    options.help = single_spaced(app.help());
    return options;
  } catch (const CLI::ParseError& error) {
    throw InputError(error.what(), "--help shows what it takes");
  }
  for (const std::string& directory : raw.catalogs)
    options.catalog.add_directory(directory);
  options.question.accept = raw.accepted;
  read_settings(raw, options.question, faults);
  report_extras(app, faults);
  if (!raw.prices.empty()) raw.values["--price"] = join(raw.prices, ",");
  read_values(raw, options.question, faults);
  read_hardware(set, raw, options, faults);
  read_models(set, raw, options, faults);
  if (options.question.hw.empty() || options.question.model.empty()) faults.throw_if_any();
  options.faults = std::move(faults);
  return options;
}

}  // namespace infersim::cli
