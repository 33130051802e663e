#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/currency.hpp"
#include "infersim/core/text.hpp"
#include "infersim/explore/verdict.hpp"
#include "infersim/report/table.hpp"

namespace infersim {
namespace {

using Json = nlohmann::ordered_json;

/// `10,400`, `never`, `more than it can give`.
std::string use_words(const VerdictColumn& column) {
  if (!column.break_even) return "-";
  if (!std::isfinite(*column.break_even)) return "never";
  if (*column.break_even > column.most_a_day) return "> all it can";
  return digits(*column.break_even);
}

/// `m4, 2.1 times below h200`.
template <class Read>
std::string winner(const std::vector<VerdictColumn>& columns, std::size_t best, Read read) {
  std::string text = columns[best].title;
  const VerdictColumn* next = nullptr;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i == best || !read(columns[i])) continue;
    if (next == nullptr || *read(columns[i]) < *read(*next)) next = &columns[i];
  }
  if (next == nullptr) return text;
  return fmt::format("{}, {} times below {}", text, digits(*read(*next) / *read(columns[best]), 2),
                     next->title);
}

/// Of the devices of one user the one whose answers take least electricity, if there is one.
const VerdictColumn* cheapest_power(const std::vector<VerdictColumn>& columns) {
  const VerdictColumn* best = nullptr;
  for (const VerdictColumn& column : columns) {
    if (!column.one_user || !column.usd_power) continue;
    if (best == nullptr || *column.usd_power < *best->usd_power) best = &column;
  }
  return best;
}

}  // namespace

std::string verdict_text(const Verdict& verdict, const Scenario& scenario, const TextStyle& style) {
  const auto& columns = verdict.columns;
  const double rate = scenario.site.rates.per_dollar(scenario.question.currency).value_or(1.0);
  const std::string currency(name(scenario.question.currency));
  const auto money = [&](const std::optional<double>& usd) {
    return usd ? digits(*usd * rate * 1000.0) : std::string("-");
  };
  bool edge = false;
  for (const VerdictColumn& column : columns)
    edge = edge || column.break_even.has_value();
  Table table{{{"1,000 answers", false, 12},
               {currency + " all in", true},
               {currency + " power", true},
               {"s each", true},
               {"J each", true}},
              {}};
  if (edge) table.columns.push_back({"cheaper from, a day", true});
  for (const VerdictColumn& column : columns) {
    table.rows.push_back({column.title, money(column.usd), money(column.usd_power),
                          digits(column.seconds), digits(column.joules)});
    if (edge) table.rows.back().push_back(use_words(column));
  }
  std::string text = "\n" + heading("Verdict", style) + "\n" + table.text(style) + "\n";
  std::string words;
  if (verdict.cheapest) {
    words += fmt::format("Cheapest: {}", winner(columns, *verdict.cheapest,
                                                [](const VerdictColumn& c) { return c.usd; }));
    for (const VerdictColumn& column : columns) {
      if (!column.break_even || !(*column.break_even <= column.most_a_day)) continue;
      words += fmt::format("; {} costs less than a server from {} answers a day on", column.title,
                           digits(*column.break_even));
    }
    words += ". ";
  } else {
    words += "No column has a price. ";
  }
  if (const VerdictColumn* owned = cheapest_power(columns); owned != nullptr && verdict.cheapest) {
    const VerdictColumn& best = columns[*verdict.cheapest];
    words += fmt::format(
        "Where the device is there anyway, {} takes {} {} of power for 1,000 "
        "answers, {} takes {} all in. ",
        owned->title, money(owned->usd_power), currency, best.title, money(best.usd));
  }
  words += fmt::format("Fastest: {}. ",
                       winner(columns, *verdict.fastest,
                              [](const VerdictColumn& c) { return std::optional(c.seconds); }));
  words += fmt::format("Least energy: {}.",
                       winner(columns, *verdict.frugal,
                              [](const VerdictColumn& c) { return std::optional(c.joules); }));
  std::vector<std::string> types;
  bool differ = false;
  for (const VerdictColumn& column : columns) {
    differ = differ || column.weights != columns.front().weights;
    types.push_back(fmt::format("{} on {}", column.weights, column.title));
  }
  if (differ) words += fmt::format(" Weights differ: {} (--dtype makes them alike).", join(types));
  words += " The network between a user and a server is not counted.";
  return text + wrap(words, style.width) + "\n";
}

std::string verdict_json(const Verdict& verdict) {
  const auto number = [](const std::optional<double>& value) {
    return value && std::isfinite(*value) ? Json(*value) : Json();
  };
  const auto title = [&](const std::optional<std::size_t>& index) {
    return index ? Json(verdict.columns[*index].title) : Json();
  };
  Json document;
  document["cheapest"] = title(verdict.cheapest);
  document["fastest"] = title(verdict.fastest);
  document["least_energy"] = title(verdict.frugal);
  document["columns"] = Json::array();
  for (const VerdictColumn& column : verdict.columns) {
    Json json;
    json["title"] = column.title;
    json["usd_per_request"] = number(column.usd);
    json["usd_power_per_request"] = number(column.usd_power);
    json["latency_s"] = column.seconds;
    json["energy_j_per_request"] = column.joules;
    json["dtype"] = column.weights;
    json["most_requests_per_day"] = column.most_a_day;
    json["break_even_requests_per_day"] = number(column.break_even);
    document["columns"].push_back(std::move(json));
  }
  return document.dump();
}

}  // namespace infersim
