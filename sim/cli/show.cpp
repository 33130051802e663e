#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/kinds.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/core/toml_figures.hpp"
#include "infersim/report/device_card.hpp"
#include "infersim/report/framework_card.hpp"
#include "infersim/report/model_card.hpp"
#include "infersim/report/price_lists.hpp"
#include "infersim/report/system_card.hpp"
#include "infersim/report/table.hpp"
#include "infersim/scenario/lookup.hpp"

namespace infersim::cli {

namespace {

constexpr std::string_view summary =
    "All that is known of a device, system, model, site, traffic or framework, with\n"
    "sources, and what follows from it. NAME is an id or alias, or the path of a\n"
    "TOML, a Hugging Face config.json or a GGUF file, or a model's name in the local\n"
    "cache of the Hub; KIND (hw, system, model, site, traffic, framework) tells\n"
    "apart what has one name.";

constexpr std::string_view footer =
    "Examples:\n"
    "  infersim show h200\n"
    "  infersim show dsv3\n"
    "  infersim show model llama3.1-8b --json\n"
    "  infersim show path/to/config.json --accept some_new_key\n"
    "  infersim show hardware/devices/h200.toml\n"
    "  infersim show system hgx-h200\n"
    "  infersim show traffic chat\n"
    "  infersim show h200 --keys\n"
    "\n"
    "Exit codes: 0 done, 2 bad input. `infersim list KIND` lists the names.\n";

/// In the order in which a name is looked for.
constexpr DescriptionKind kinds[] = {DescriptionKind::device,  DescriptionKind::system,
                                     DescriptionKind::model,   DescriptionKind::site,
                                     DescriptionKind::traffic, DescriptionKind::framework,
                                     DescriptionKind::prices};

constexpr OptionSpec keys_flag{"--keys", "", "paths of its figures, as --set takes them"};

/// The model of 7 B parameters that the rate of one user is stated for.
constexpr const char* small_model = "llama2-7b";

struct Found {
  DescriptionKind kind;
  Description description;
};

Found open(const std::string& path, std::optional<DescriptionKind> kind) {
  Description description = read_description(path);
  if (path.ends_with(".json") || path.ends_with(".gguf")) {
    return {DescriptionKind::model, std::move(description)};
  }
  if (!kind) kind = kind_of(description.text);
  // Without a telling key it is read as a device, so that its faults are told.
  return {kind.value_or(DescriptionKind::device), std::move(description)};
}

/// Everything that answers to a name.
std::vector<Found> find_all(const Catalog& catalog, const std::string& name,
                            std::optional<DescriptionKind> only) {
  std::vector<Found> found;
  for (const DescriptionKind kind : kinds) {
    if (only && kind != *only) continue;
    if (auto description = catalog.find(kind, name)) found.push_back({kind, *description});
  }
  // A device may have the system that it ships in as a further name; what is called so comes first.
  std::ranges::stable_partition(
      found, [&](const Found& each) { return fold_name(each.description.id) == fold_name(name); });
  return found;
}

InputError unknown(const Catalog& catalog, const std::string& name,
                   std::optional<DescriptionKind> only) {
  std::vector<std::string> names;
  for (const DescriptionKind kind : kinds) {
    if (only && kind != *only) continue;
    for (const Description& description : catalog.descriptions(kind)) {
      names.push_back(description.id);
      names.insert(names.end(), description.aliases.begin(), description.aliases.end());
    }
  }
  const std::string near = did_you_mean(name, names, offered_names);
  return InputError(
      fmt::format("show: no {} is called {}",
                  only ? infersim::name(*only) : std::string_view("description"), quote(name)),
      near.empty() ? "`infersim list KIND` lists names; kinds: " + kind_words() : near);
}

/// Whether some kernels of a framework were fitted.
bool has_kernels(const Efficiency& efficiency, const std::string& framework) {
  return std::ranges::any_of(efficiency.kernels->origins, [&](const auto& formats) {
    return std::ranges::any_of(
        formats, [&](const KernelScope& scope) { return scope.framework == framework; });
  });
}

std::string device_text(const Catalog& catalog, const Description& description, bool json) {
  const Device device = load_device(description.text, description.path);
  const System system = find_system(catalog, device.system);
  const Efficiency efficiency = find_efficiency(catalog, device);
  const ModelSpec small = find_model(Catalog{}, small_model);
  DeviceFacts facts{device, system, efficiency, small};
  for (const std::string& id : catalog.ids(DescriptionKind::framework)) {
    Efficiency own = find_efficiency(catalog, device, id);
    // Frameworks of which neither kernels nor a server are known have those of the class or family.
    Framework framework = find_framework(catalog, id, device.family);
    const bool apart = !framework.family.empty() || framework.tuning != Tuning::tuned;
    if (framework.description == id && apart)
      continue;  // what its framework is there, or so launched
    if (id == efficiency.runtime.framework || framework.points.on_chip(device.id) ||
        has_kernels(own, id)) {
      facts.frameworks.push_back({std::move(framework), std::move(own)});
    }
  }
  return json ? device_json(facts) : card_text(device_card(facts), output_style());
}

std::string text_of(const Catalog& catalog, const Found& found, const Arguments& given) {
  const auto& [kind, description] = found;
  const bool json = given.has(json_flag.name);
  const auto either = [&](const auto& thing, auto card, auto as_json) {
    return json ? as_json(thing) : card_text(card(thing), output_style());
  };
  switch (kind) {
    case DescriptionKind::device: return device_text(catalog, description, json);
    case DescriptionKind::system:
      return either(load_system(description.text, description.path), system_card, system_json);
    case DescriptionKind::model: {
      const ModelSpec model = read_model(description, given.values(accept_option.name));
      return json ? model_json(model) : model_card(model, output_style());
    }
    case DescriptionKind::site:
      return either(load_site(description.text, description.path), site_card, site_json);
    case DescriptionKind::traffic:
      return either(load_traffic(description.text, description.path), traffic_card, traffic_json);
    case DescriptionKind::prices: {
      const PriceList list = load_price_list(description.text, description.path);
      return json ? price_list_json(list) : price_list_text(list, output_style());
    }
    case DescriptionKind::framework:
      return either(load_framework(description.text, description.path), framework_card,
                    framework_json);
    case DescriptionKind::efficiency:
    case DescriptionKind::kernels: break;
  }
  throw InputError(description.path + ": efficiency parameters are shown with their devices",
                   "infersim show NAME of a device of this family");
}

/// The paths that `--set` takes for the figures of a description, with their values.
std::string keys_text(const Found& found, bool json) {
  const auto& [kind, description] = found;
  if (description.path.ends_with(".json") || description.path.ends_with(".gguf")) {
    throw InputError(description.path + ": only figures of TOML descriptions can be set",
                     "`infersim import` writes one");
  }
  Table table{{{"key"}, {"value", false, 12}}, {}};
  for (const TomlFigure& figure : toml_figures(description.text, description.path))
    table.rows.push_back({fmt::format("{}.{}", infersim::name(kind), figure.key), figure.value});
  if (!json) return table.text(output_style());
  nlohmann::ordered_json keys = nlohmann::ordered_json::object();
  for (const auto& row : table.rows)
    keys[row[0]] = row[1];
  return keys.dump(2) + "\n";
}

/// What else a name finds, and how to see it.
std::string others_text(const std::vector<Found>& found, const std::string& name) {
  std::string text;
  for (std::size_t i = 1; i < found.size(); ++i) {
    const std::string_view kind = infersim::name(found[i].kind);
    text += fmt::format("\n{} is also a {}:\n  infersim show {} {}\n", quote(name), kind, kind,
                        found[i].description.id);
  }
  return text;
}

}  // namespace

ExitCode show(const std::vector<std::string>& arguments) {
  const Syntax syntax{.verb = "show",
                      .words = "[KIND] NAME",
                      .summary = summary,
                      .footer = footer,
                      .options = {json_flag, accept_option, keys_flag}};
  const Arguments given = parse_arguments(syntax, arguments);
  if (!given.help.empty()) {
    print(given.help);
    return done;
  }
  std::vector<std::string> words = given.words;
  std::optional<DescriptionKind> kind;
  if (words.size() > 1) {
    kind = parse_kind(words.front());
    if (kind) words.erase(words.begin());
  }
  if (words.empty()) {
    throw InputError("show: no name is given", "infersim show NAME; `infersim list hw` lists some");
  }
  if (words.size() > 1) {
    throw InputError(fmt::format("show: {} is more than one name", quote(join(words, " "))),
                     "show one thing; kinds before its name: " + kind_words());
  }
  const std::string& name = words.front();
  std::vector<Found> found;
  if (is_model_path(name)) {
    found.push_back(open(name, kind));
  } else {
    found = find_all(given.catalog, name, kind);
  }
  if (found.empty() && kind.value_or(DescriptionKind::model) == DescriptionKind::model) {
    if (const auto local = find_local_model(name)) {
      found.push_back({DescriptionKind::model, read_local_model(*local)});
    }
  }
  if (found.empty()) throw unknown(given.catalog, name, kind);
  if (given.has(keys_flag.name)) {
    print(keys_text(found.front(), given.has(json_flag.name)));
    return done;
  }
  const std::string text = text_of(given.catalog, found.front(), given);
  print(given.has(json_flag.name) ? text : text + others_text(found, name));
  return done;
}

}  // namespace infersim::cli
