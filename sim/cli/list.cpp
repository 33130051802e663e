#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/kinds.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/report/bases.hpp"
#include "infersim/report/listing.hpp"
#include "infersim/report/price_lists.hpp"
#include "infersim/scenario/lookup.hpp"

namespace infersim::cli {

namespace {

constexpr std::string_view summary =
    "The devices, systems, models, sites, traffic, API prices or frameworks\n"
    "there are.\n"
    "KIND is hw, systems, models, sites, traffic, prices or frameworks. FILTER is a\n"
    "part of an id, alias or name; of devices also of vendor, family or class, of\n"
    "prices of a model.";

constexpr std::string_view footer =
    "Examples:\n"
    "  infersim list hw\n"
    "  infersim list hw phone\n"
    "  infersim list hw ascend --json\n"
    "  infersim list hw --bases\n"
    "  infersim list models qwen3\n"
    "  infersim list traffic\n"
    "  infersim list prices deepseek-r1\n"
    "  infersim list hw --catalog ../my-chips\n"
    "\n"
    "Case and - _ . / and spaces do not tell names apart.\n"
    "Exit codes: 0 done, 1 nothing matches, 2 bad input.\n";

constexpr OptionSpec bases_flag{
    "--bases", "",
    "of hw: on what its figures rest (datasheet,\npress, estimate, ...), as Markdown"};

/// Descriptions as they are read, all faults together.
template <class Read>
auto load_all(const Catalog& catalog, DescriptionKind kind, Read read) {
  std::vector<decltype(read(Description{}))> things;
  std::vector<Diagnostic> faults;
  for (const Description& description : catalog.descriptions(kind)) {
    try {
      things.push_back(read(description));
    } catch (const InputError& error) {
      faults.insert(faults.end(), error.faults().begin(), error.faults().end());
    }
  }
  if (!faults.empty()) throw InputError(std::move(faults));
  return things;
}

/// Of a provider that the filter does not name, the models that it names.
PriceList only(PriceList list, const std::string& filter) {
  PriceList provider = list;
  provider.prices.clear();
  if (!matches(filter, searched(provider))) {
    std::erase_if(list.prices,
                  [&](const ApiPrice& price) { return !matches(filter, {price.model}); });
  }
  return list;
}

template <class Thing>
ExitCode print_list(std::vector<Thing> things, DescriptionKind kind, const std::string& filter,
                    bool json) {
  std::vector<std::string> names;
  std::vector<Thing> found;
  for (Thing& thing : things) {
    const std::vector<std::string> own = searched(thing);
    names.insert(names.end(), own.begin(), own.end());
    if (matches(filter, own)) found.push_back(std::move(thing));
  }
  if (json) print(json_listing(found));
  if (found.empty()) {
    std::string near = did_you_mean(filter, names, offered_names);
    if (near.empty()) near = "without a filter all are listed";
    print_message(fmt::format("no {} matches {}\n  hint: {}\n", name(kind), quote(filter), near));
    return infeasible;
  }
  if (!json) print(listing(found, output_style()));
  return done;
}

ExitCode list_kind(const Catalog& catalog, DescriptionKind kind, const std::string& filter,
                   bool json) {
  const auto all = [&](auto read) {
    return print_list(load_all(catalog, kind, read), kind, filter, json);
  };
  switch (kind) {
    case DescriptionKind::device:
      return all([](const Description& d) { return load_device(d.text, d.path); });
    case DescriptionKind::system:
      return all([](const Description& d) { return load_system(d.text, d.path); });
    case DescriptionKind::model: return all([](const Description& d) { return read_model(d); });
    case DescriptionKind::site:
      return all([](const Description& d) { return load_site(d.text, d.path); });
    case DescriptionKind::traffic:
      return all([](const Description& d) { return load_traffic(d.text, d.path); });
    case DescriptionKind::prices:
      return all(
          [&](const Description& d) { return only(load_price_list(d.text, d.path), filter); });
    case DescriptionKind::framework:
      return all([](const Description& d) { return load_framework(d.text, d.path); });
    case DescriptionKind::efficiency:
    case DescriptionKind::kernels: break;
  }
  return bad_input;
}

ExitCode print_bases(const Catalog& catalog, const std::string& filter) {
  std::vector<Device> devices =
      load_all(catalog, DescriptionKind::device,
               [](const Description& d) { return load_device(d.text, d.path); });
  std::erase_if(devices, [&](const Device& each) { return !matches(filter, searched(each)); });
  print(bases_table(std::move(devices)));
  return done;
}

}  // namespace

ExitCode list(const std::vector<std::string>& arguments) {
  const Syntax syntax{.verb = "list",
                      .words = "KIND [FILTER]",
                      .summary = summary,
                      .footer = footer,
                      .options = {json_flag, bases_flag}};
  const Arguments given = parse_arguments(syntax, arguments);
  if (!given.help.empty()) {
    print(given.help);
    return done;
  }
  if (given.words.empty()) {
    throw InputError("list: no kind is named", "infersim list KIND: one of " + kind_words());
  }
  const auto kind = parse_kind(given.words.front());
  if (!kind) {
    throw InputError(fmt::format("list: {} is no kind", quote(given.words.front())),
                     "one of: " + kind_words());
  }
  if (given.has(bases_flag.name) &&
      (*kind != DescriptionKind::device || given.has(json_flag.name))) {
    throw InputError("list: --bases is a table of devices", "infersim list hw --bases");
  }
  // A filter of several words is one: `list models llama 3.1`.
  const std::vector<std::string> filter(given.words.begin() + 1, given.words.end());
  if (given.has(bases_flag.name)) return print_bases(given.catalog, join(filter, " "));
  return list_kind(given.catalog, *kind, join(filter, " "), given.has(json_flag.name));
}

}  // namespace infersim::cli
