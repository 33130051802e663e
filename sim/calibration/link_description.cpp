#include "infersim/calibration/link_description.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "calibration/parameter_text.hpp"
#include "infersim/calibration/free_parameters.hpp"
#include "infersim/core/toml_reader.hpp"
#include "infersim/cost/link_parameters.hpp"

namespace infersim {
namespace {

constexpr std::string_view own_source = "rows";

template <class Owner>
std::vector<std::string> given_keys(const TableReader& table, const Owner& owner) {
  std::vector<std::string> keys;
  for (const auto& parameter : parameters_of(owner)) {
    if (table.has(parameter.key)) keys.emplace_back(parameter.key);
  }
  return keys;
}

/// A table that says nothing yet, with terms to fit.
template <class Owner>
LinkSection<Owner> new_section(std::string name, std::span<const FreeParameter> free,
                               const std::vector<std::string_view>& keys) {
  LinkSection<Owner> section;
  section.name = std::move(name);
  for (const auto& parameter : parameters_of(section.values)) {
    if (std::ranges::find(keys, parameter.key) == keys.end()) continue;
    section.keys.emplace_back(parameter.key);
    parameter.set(section.values,
                  std::ranges::find(free, parameter.key, &FreeParameter::key)->starts[0]);
  }
  return section;
}

std::vector<std::string_view> library_keys(bool switches_add) {
  std::vector<std::string_view> keys = {"latency",  "hop",         "ramp",        "knee",
                                        "fraction", "low_hop",     "low_latency", "low_ramp",
                                        "low_knee", "low_fraction"};
  if (switches_add) keys.insert(keys.end(), {"switch_latency", "switch_fraction"});
  return keys;
}

/// Reads keys; the figures come from what the cost layer makes of the same text.
class Reader {
 public:
  explicit Reader(std::span<const EfficiencyText> descriptions)
      : descriptions_(descriptions),
        document_(descriptions.back().toml, descriptions.back().path, faults_),
        root_(document_.root()),
        links_(root_.optional_table("links")) {}

  LibrarySections library(LinkOperation operation) {
    return sections<LibraryEfficiency>(
        links_, {std::string(name(operation))}, "links",
        [=](const LinkEfficiency& links) { return links.library[index(operation)]; });
  }

  CustomSections custom() {
    return sections<CustomAllReduce>(links_, {"custom"}, "links",
                                     [](const LinkEfficiency& links) { return links.custom; });
  }

  ExchangeSections exchange(const ExchangePlace& place) {
    const auto passes = [&](const LinkEfficiency& links) {
      const ExchangeKernels* kernels = links.exchange(place.kernels);
      return kernels != nullptr ? kernels->pass(place.pass) : ExchangeEfficiency{};
    };
    return sections<ExchangeEfficiency>(
        links_, {"exchange", place.kernels, std::string(name(place.pass))}, "links", passes);
  }

 private:
  /// The table at the end of a path of keys, then those of servers beneath it.
  template <class Owner, class Get>
  std::vector<LinkSection<Owner>> sections(std::optional<TableReader>& parent,
                                           std::vector<std::string> path, std::string its_name,
                                           Get get) {
    const std::string key = path.front();
    its_name += "." + key;
    if (!parent || !parent->has(key)) return {};
    path.erase(path.begin());
    if (!path.empty()) {
      std::optional<TableReader> own = parent->table(key);
      return sections<Owner>(own, std::move(path), std::move(its_name), get);
    }
    std::vector<LinkSection<Owner>> all;
    TableReader table = parent->table(key);
    auto servers = table.optional_table("server");
    LinkSection<Owner> main;
    main.name = its_name;
    main.values = get(resolved(""));
    read(std::move(table), main);
    all.push_back(std::move(main));
    for (const std::string& id : servers ? servers->keys() : std::vector<std::string>{}) {
      TableReader own = servers->table(id);
      LinkSection<Owner> server;
      server.name = its_name + ".server." + id;
      server.devices = own.texts("devices");
      if (server.devices.empty()) continue;
      server.values = get(resolved(server.devices.front()));
      read(std::move(own), server);
      all.push_back(std::move(server));
    }
    faults_.throw_if_any();
    return all;
  }

  template <class Owner>
  static void read(TableReader table, LinkSection<Owner>& section) {
    section.keys = given_keys(table, section.values);
    section.held = table.optional_texts("held");
    section.note = table.optional_text("note").value_or("");
  }

  [[nodiscard]] LinkEfficiency resolved(std::string_view device) const {
    constexpr std::size_t with_framework = 3;
    const EfficiencyText family = descriptions_.size() > 1 ? descriptions_[1] : EfficiencyText{};
    Efficiency efficiency = load_efficiency(descriptions_[0], family, device);
    if (descriptions_.size() == with_framework) {
      efficiency = with_kernels(std::move(efficiency), descriptions_[2], device);
    }
    return efficiency.links;
  }

  std::span<const EfficiencyText> descriptions_;
  Diagnostics faults_;
  TomlDocument document_;
  TableReader root_;
  std::optional<TableReader> links_;
};

template <class Owner>
std::string text_of(const LinkSection<Owner>& section) {
  detail::Lines lines;
  const std::string devices = detail::quoted_list(section.devices);
  if (!devices.empty()) lines.emplace_back("devices", devices);
  for (const auto& parameter : parameters_of(section.values)) {
    if (std::ranges::find(section.keys, parameter.key) == section.keys.end()) continue;
    lines.emplace_back(parameter.key,
                       detail::literal(parameter.unit, parameter.get(section.values)));
  }
  const std::string held = detail::quoted_list(section.held);
  if (!held.empty()) lines.emplace_back("held", held);
  if (section.residual.rows > 0) {
    lines.emplace_back("residual", detail::literal(section.residual));
  }
  if (!section.note.empty()) lines.emplace_back("note", detail::quoted(section.note));
  std::string text = fmt::format("[{}]\n", section.name);
  detail::write_lines(text, lines);
  return text;
}

/// Where a line that begins so stands in a text, else its end.
std::size_t line_of(std::string_view text, std::string_view start, std::size_t from = 0) {
  while (from < text.size() && !text.substr(from).starts_with(start)) {
    const std::size_t end = text.find('\n', from);
    from = end == std::string_view::npos ? text.size() : end + 1;
  }
  return from;
}

/// Puts a table in place of the one of its name, or before `[runtime]` and the sources.
std::string with_table(std::string text, const std::string& name, const std::string& table) {
  const std::string header = fmt::format("[{}]\n", name);
  const std::size_t at = line_of(text, header);
  if (at < text.size()) {
    const std::size_t next = line_of(text, "[", at + header.size());
    std::string after = text.substr(next);
    return text.substr(0, at) + table + (after.empty() ? "" : "\n") + after;
  }
  const std::size_t before = std::min(line_of(text, "[runtime]"), line_of(text, "[sources."));
  const std::string gap = before > 0 ? "\n" : "";
  return before < text.size() ? text.substr(0, before) + table + "\n" + text.substr(before)
                              : text + gap + table;
}

template <class Owner>
void round_values(std::vector<LinkSection<Owner>>& sections) {
  for (LinkSection<Owner>& section : sections)
    detail::round_parameters(parameters_of(section.values), section.values);
}

}  // namespace

std::string name(const LinkTarget& target) {
  if (target.exchange) {
    return fmt::format("links.exchange.{}.{}", target.exchange->kernels,
                       name(target.exchange->pass));
  }
  return "links." + (target.operation ? std::string(name(*target.operation)) : "custom");
}

LinkTables load_link_tables(std::span<const EfficiencyText> descriptions, const LinkTarget& target,
                            bool switches_add) {
  LinkTables tables{target, {}};
  const bool written = !descriptions.back().toml.empty();
  const auto or_new = [&](auto sections, std::span<const FreeParameter> free,
                          const std::vector<std::string_view>& keys) {
    using Owner = decltype(sections.front().values);
    if (sections.empty()) sections.push_back(new_section<Owner>(tables.name(), free, keys));
    tables.sections = std::move(sections);
  };
  if (target.exchange) {
    or_new(written ? Reader(descriptions).exchange(*target.exchange) : ExchangeSections{},
           free_exchange_parameters(), {"latency", "hop", "token", "fraction", "blend"});
  } else if (target.operation) {
    const bool sums = *target.operation == LinkOperation::all_reduce;
    or_new(written ? Reader(descriptions).library(*target.operation) : LibrarySections{},
           free_library_parameters(), library_keys(switches_add && sums));
  } else {
    or_new(written ? Reader(descriptions).custom() : CustomSections{}, free_custom_parameters(),
           {"one_latency", "one_fraction", "two_latency", "two_fraction", "hop"});
  }
  return tables;
}

std::string with_link_tables(std::string_view description, const LinkTables& tables,
                             std::string_view data) {
  std::string text{description};
  if (line_of(text, "[links]") == text.size()) {
    text = with_table(std::move(text), "links",
                      fmt::format("[links]\nsource = \"{}\"\nbasis  = \"measured\"\n", own_source));
    const std::string source = fmt::format("sources.{}", own_source);
    text = with_table(std::move(text), source,
                      fmt::format("[{}]\ntitle = {}\n", source, detail::quoted(data)));
  }
  std::visit(
      [&](const auto& sections) {
        for (const auto& section : sections)
          text = with_table(std::move(text), section.name, text_of(section));
      },
      tables.sections);
  return text;
}

LinkTables as_written(LinkTables tables) {
  std::visit([](auto& sections) { round_values(sections); }, tables.sections);
  return tables;
}

}  // namespace infersim
