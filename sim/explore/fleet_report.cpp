#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "explore/plan_words.hpp"
#include "infersim/core/currency.hpp"
#include "infersim/core/text.hpp"
#include "infersim/explore/fleet.hpp"
#include "infersim/report/plain_table.hpp"
#include "infersim/report/table.hpp"

namespace infersim {
namespace {

using Json = nlohmann::ordered_json;

constexpr double million = 1e6;

double in_currency(const Scenario& s, double usd) {
  return usd * s.site.rates.per_dollar(s.question.currency).value_or(1.0);
}

/// Millions of the currency that was asked for.
std::string millions(const FleetPart& part, const std::optional<double>& usd) {
  return usd ? digits(in_currency(part.scenario, *usd) / million) : "-";
}

/// USD a million output tokens, spares and what is rounded up counted.
std::optional<double> per_million(const FleetPart& part) {
  if (!part.per_year) return std::nullopt;
  return *part.per_year / (part.output_per_day * 365.25 / million);
}

std::string basis_words(const Scenario& s) {
  return fmt::format("Prices: {}. Devices at work {} of all hours.", name(s.price_basis),
                     show_percent(s.site.utilisation));
}

struct Row {
  const char* key;
  std::optional<double> (*read)(const FleetPart&);
};

constexpr Row rows[] = {
    {"engines", [](const FleetPart& p) { return std::optional(p.engines); }},
    {"devices", [](const FleetPart& p) { return std::optional(p.devices); }},
    {"spares", [](const FleetPart& p) { return std::optional(p.spares); }},
    {"nodes", [](const FleetPart& p) { return std::optional(p.nodes); }},
    {"tokens_per_day", [](const FleetPart& p) { return std::optional(p.tokens_per_day); }},
    {"output_tokens_per_day", [](const FleetPart& p) { return std::optional(p.output_per_day); }},
    {"peak_power_w", [](const FleetPart& p) { return std::optional(p.peak.base()); }},
    {"mean_power_w", [](const FleetPart& p) { return std::optional(p.mean.base()); }},
    {"usd_capital", [](const FleetPart& p) { return p.capital; }},
    {"usd_per_year", [](const FleetPart& p) { return p.per_year; }},
    {"usd_per_mtok_output", per_million},
    {"months_of_supply", [](const FleetPart& p) { return p.months; }},
};

}  // namespace

std::string fleet_text(const std::vector<FleetPart>& parts, const FleetDemand& demand,
                       const TextStyle& style) {
  const Scenario& first = parts.front().scenario;
  const bool stock = parts.front().stock.has_value();
  std::string title = first.model.name + ": ";
  if (stock) {
    title += "what a stock serves";
  } else if (demand.output_tokens_per_day) {
    title += fmt::format("{:.3g} output tokens a day", *demand.output_tokens_per_day);
  } else {
    title += fmt::format("{:.3g} tokens a day, inputs and outputs", *demand.tokens_per_day);
  }
  std::string text = heading(title, style) + "\n";
  const std::string currency(name(first.question.currency));
  Table table{{{""}}, {}};
  for (const FleetPart& part : parts)
    table.columns.push_back({part.title, true});
  const auto row = [&](const std::string& label, auto cell) {
    std::vector<std::string> cells = {label};
    for (const FleetPart& part : parts)
      cells.push_back(part.answer ? cell(part) : std::string("-"));
    table.rows.push_back(std::move(cells));
  };
  if (stock) row("in stock", [](const FleetPart& p) { return show_count(*p.stock); });
  row("devices of an engine",
      [](const FleetPart& p) { return show_count(p.answer->best.plan.devices()); });
  row("engines", [](const FleetPart& p) { return show_count(p.engines); });
  row("devices", [](const FleetPart& p) { return show_count(p.devices); });
  row("spares", [](const FleetPart& p) { return show_count(p.spares); });
  row("nodes", [](const FleetPart& p) { return show_count(p.nodes); });
  row("tokens a day", [](const FleetPart& p) { return fmt::format("{:.3g}", p.tokens_per_day); });
  row("MW, all at work", [](const FleetPart& p) { return digits(p.peak.base() / million); });
  row("MW, mean", [](const FleetPart& p) { return digits(p.mean.base() / million); });
  row("capital, M " + currency, [](const FleetPart& p) { return millions(p, p.capital); });
  row("a year, M " + currency, [](const FleetPart& p) { return millions(p, p.per_year); });
  row(currency + "/M output", [](const FleetPart& p) {
    const auto usd = per_million(p);
    return usd ? digits(in_currency(p.scenario, *usd)) : std::string("-");
  });
  if (demand.per_month) {
    row("months of supply", [](const FleetPart& p) { return show_count(*p.months); });
  }
  text += table.text(style) + "\n";
  for (const FleetPart& part : parts) {
    std::string words = part.title + ": ";
    words += part.answer ? plan_words(part.answer->best) +
                               (part.answer->best.objectives_met() ? "" : "; misses the objectives")
                         : "cannot run: " + part.answer.error().reason;
    if (part.answer && !part.per_year) words += "; " + part.answer->best.bill.no_price_reason;
    text += "  " + wrap(words, style.width, 4) + "\n";
  }
  if (stock) {
    double sum = 0.0;
    for (const FleetPart& part : parts)
      sum += part.tokens_per_day;
    text += fmt::format("\n  Together {:.4g} tokens a day, inputs and outputs.\n", sum);
  }
  std::string rest = fmt::format(
      "{} Each engine runs the plan and batch of `infersim run`; requests of {} tokens in, {} out. "
      "Spares are {} of the devices. ",
      basis_words(first), digits(first.traffic.isl), digits(first.traffic.osl),
      show_percent(demand.spares));
  rest +=
      "A year pays for energy, idle hours and hosting where devices are bought, and for the "
      "rent where they are not; capital that is `-` is rented.";
  return text + "\n" + wrap(rest, style.width) + "\n";
}

std::string fleet_rows(const std::vector<FleetPart>& parts, bool markdown) {
  std::vector<std::vector<std::string>> lines(1);
  for (const char* key : {"hw", "model", "devices_per_engine", "plan", "reason"})
    lines.front().emplace_back(key);
  for (const Row& row : rows)
    lines.front().emplace_back(row.key);
  for (const FleetPart& part : parts) {
    const bool runs = part.answer.has_value();
    lines.push_back({part.title, part.scenario.model.id,
                     runs ? fmt::format("{}", part.answer->best.plan.devices()) : "",
                     runs ? plan_words(part.answer->best) : "",
                     runs ? "" : part.answer.error().reason});
    for (const Row& row : rows) {
      const auto value = runs ? row.read(part) : std::nullopt;
      lines.back().push_back(value ? fmt::format("{}", *value) : "");
    }
  }
  return markdown ? markdown_table(lines) : csv_table(lines);
}

std::string fleet_json(const std::vector<FleetPart>& parts, const FleetDemand& demand) {
  Json document;
  const auto number = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json();
  };
  document["tokens_per_day"] = number(demand.tokens_per_day);
  document["output_tokens_per_day"] = number(demand.output_tokens_per_day);
  document["spares_share"] = demand.spares;
  document["devices_per_month"] = number(demand.per_month);
  document["fleets"] = Json::array();
  for (const FleetPart& part : parts) {
    Json json;
    json["hw"] = part.scenario.device.id;
    json["model"] = part.scenario.model.id;
    json["utilization"] = part.scenario.site.utilisation;
    json["price_basis"] = std::string(name(part.scenario.price_basis));
    json["in_stock"] = number(part.stock);
    if (part.answer) {
      json["plan"] = plan_words(part.answer->best);
      json["devices_per_engine"] = part.answer->best.plan.devices();
      json["objectives_met"] = part.answer->best.objectives_met();
      for (const Row& row : rows)
        json[row.key] = number(row.read(part));
    } else {
      json["reason"] = part.answer.error().reason;
    }
    document["fleets"].push_back(std::move(json));
  }
  return document.dump(2) + "\n";
}

}  // namespace infersim
