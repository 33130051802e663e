#include "cli/options.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/values.hpp"
#include "infersim/core/text.hpp"

namespace infersim::cli {

namespace {

/// Every option that takes a value, as text: what a value means is decided once all are known, so
/// that all faults are reported together.
struct Spec {
  const char* name;
  const char* value;
  const char* group;
  const char* help;
};

constexpr const char* asked = "What is asked";
constexpr const char* load = "Load and objectives";
constexpr const char* plan = "Plan (what is left out is searched for)";
constexpr const char* output = "Output";

// clang-format off
constexpr Spec specs[] = {
  {"--hw", "NAME", asked, "device (ascend910b) or system that ships it"},
  {"--model", "NAME", asked, "model (dsv3), or path of its TOML or config.json"},
  {"--site", "NAME", asked,
   "where it stands: electricity, PUE, carbon\n(default: the system's own)"},
  {"--framework", "NAME", asked,
   "serving software (vllm; `infersim list\nframeworks`; default: the usual on such chips)"},
  {"--phase", "PHASE", asked, "prefill or decode: that phase alone"},
  {"--traffic", "NAME", load,
   "lengths and objectives by name (chat; `infersim\nlist traffic`)"},
  {"--isl", "TOKENS", load, "prompt length (4000; phones and PCs 512)"},
  {"--osl", "TOKENS", load, "answer length (1000; phones and PCs 128)"},
  {"--context", "TOKENS", load, "mean context of decode steps (isl + osl/2)"},
  {"--ttft", "MS", load, "objective, time to first token (2000)"},
  {"--tpot", "MS", load, "objective, time per output token (50)"},
  {"--batch", "N", load, "sequences in flight in the whole system"},
  {"--devices", "N", plan, "devices = tp x pp x dp (fewest whole nodes)"},
  {"--tp", "N", plan, "tensor parallelism of attention, in devices"},
  {"--pp", "N", plan, "pipeline stages"},
  {"--dp", "N", plan, "data parallelism of attention, in devices"},
  {"--ep", "N", plan, "ranks that share the experts of a layer"},
  {"--redundant-experts", "N", plan, "further copies of routed experts"},
  {"--microbatches", "N", plan, "2: halves of the batch overlap computing and\ncommunication"},
  {"--mtp", "N", plan, "draft tokens of a decode step"},
  {"--acceptance", "P", plan, "probability that a draft is accepted, 0 to 1"},
  {"--dtype", "TYPE", plan,
   "weights: bf16 fp16 fp8 int8 fp4 int4 (the\ncheckpoint's or what the chip has nearest)"},
  {"--kv-dtype", "TYPE", plan, "KV cache: one of the same"},
};
// clang-format on

struct Raw {
  std::map<std::string, std::string> values;
  std::vector<std::string> hardware;
  std::vector<std::string> catalogs;
  std::vector<std::string> accepted;
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

void read_names(const OptionSet& set, Raw& raw, Options& options, Diagnostics& faults) {
  const auto model = raw.values.find("--model");
  const bool has_model = model != raw.values.end() && !model->second.empty();
  options.hardware = split(raw.hardware);
  const bool has_hardware =
      !options.hardware.empty() &&
      std::find(options.hardware.begin(), options.hardware.end(), "") == options.hardware.end();
  if (!has_hardware) {
    faults.error({}, raw.hardware.empty() ? "--hw: no device is named" : "--hw: a name is empty",
                 "devices: " + listed(options.catalog, DescriptionKind::device));
  } else if (options.hardware.size() > 1 && !set.several_devices) {
    faults.error({},
                 fmt::format("--hw: {} names several devices", quote(join(options.hardware, ","))),
                 fmt::format("infersim compare --hw {} puts them side by side",
                             join(options.hardware, ",")));
  }
  if (!has_model) {
    faults.error(
        {}, model == raw.values.end() ? "--model: no model is named" : "--model: the name is empty",
        "models: " + listed(options.catalog, DescriptionKind::model) +
            "; or the path of a config.json");
  } else {
    options.question.model = model->second;
  }
  if (has_hardware) options.question.hw = options.hardware.front();
}

void read_values(const Raw& raw, Question& q, Diagnostics& faults) {
  const auto given = [&](const char* option, auto&& take) {
    const auto found = raw.values.find(option);
    if (found != raw.values.end()) take(option, found->second);
  };
  const auto count = [&](const char* option, auto& field) {
    given(option, [&](auto o, auto& text) { field = parse_count(o, text, faults); });
  };
  count("--isl", q.isl);
  count("--osl", q.osl);
  count("--context", q.context);
  count("--batch", q.batch);
  count("--devices", q.devices);
  count("--tp", q.tp);
  count("--pp", q.pp);
  count("--dp", q.dp);
  count("--ep", q.ep);
  count("--redundant-experts", q.redundant_experts);
  count("--microbatches", q.microbatches);
  count("--mtp", q.mtp);
  given("--acceptance", [&](auto o, auto& text) { q.acceptance = parse_number(o, text, faults); });
  const auto unread = [&](const char* option, const auto& field) {
    return raw.values.count(option) > 0 && !field;
  };
  if (unread("--mtp", q.mtp) || unread("--acceptance", q.acceptance)) {
    // Each is wrong without the other, which would be a second fault for one mistake.
    q.mtp.reset();
    q.acceptance.reset();
  }
  given("--ttft", [&](auto o, auto& text) { q.ttft = parse_milliseconds(o, text, faults); });
  given("--tpot", [&](auto o, auto& text) { q.tpot = parse_milliseconds(o, text, faults); });
  given("--dtype", [&](auto o, auto& text) { q.dtype = parse_type(o, text, faults); });
  given("--kv-dtype", [&](auto o, auto& text) { q.kv_dtype = parse_type(o, text, faults); });
  given("--phase", [&](auto o, auto& text) { q.phase = parse_phase(o, text, faults); });
  const auto name = [&](const char* option, std::optional<std::string>& field) {
    given(option, [&](auto o, auto& text) {
      if (text.empty()) faults.error({}, fmt::format("{}: the name is empty", o));
      field = text;
    });
  };
  name("--site", q.site);
  name("--traffic", q.traffic);
  name("--framework", q.framework);
}

void add_options(CLI::App& app, const OptionSet& set, Raw& raw, Options& options) {
  for (const Spec& spec : specs) {
    const std::string name = spec.name;
    CLI::Option* option = nullptr;
    if (name == "--hw") {
      option =
          app.add_option(name, raw.hardware,
                         set.several_devices ? "devices (ascend910b,h200) or systems" : spec.help);
      option->take_all();
    } else {
      const auto keep = [&raw, name](const std::string& text) { raw.values[name] = text; };
      option = app.add_option_function<std::string>(name, keep, spec.help);
    }
    const bool list = name == "--hw" && set.several_devices;
    option->type_name(list ? "NAME,NAME,..." : spec.value)->expected(1)->group(spec.group);
  }
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

bool is_repeatable(const std::string& option) {
  return option == "--hw" || option == "--catalog" || option == "--accept";
}

bool takes_value(const std::string& option) {
  const auto is_it = [&](const Spec& spec) { return option == spec.name; };
  return is_repeatable(option) || std::any_of(std::begin(specs), std::end(specs), is_it);
}

/// The arguments with every option's value apart, an empty one too. An option without its value or
/// given twice is a fault and left out, so that the parser cannot take a neighbour for its value.
std::vector<std::string> separated(const std::vector<std::string>& arguments, Diagnostics& faults) {
  std::vector<std::string> result;
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::size_t equals = arguments[i].find('=');
    const std::string option = arguments[i].substr(0, equals);
    if (!takes_value(option)) {
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
    if (!is_repeatable(option) && std::find(seen.begin(), seen.end(), option) != seen.end()) {
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
    std::vector<std::string> last_first = separated(arguments, faults);
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
  report_extras(app, faults);
  read_names(set, raw, options, faults);
  read_values(raw, options.question, faults);
  if (options.question.hw.empty() || options.question.model.empty()) faults.throw_if_any();
  options.faults = std::move(faults);
  return options;
}

}  // namespace infersim::cli
