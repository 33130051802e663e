#include "report/api_section.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/report/table.hpp"
#include "report/field_values.hpp"
#include "report/figures.hpp"
#include "report/summary_words.hpp"

namespace infersim::detail {

namespace {

using Json = nlohmann::ordered_json;

/// Columns of text: of a provider at least, of its name and date, of a column of margins, and from
/// which on there is room for the prices themselves.
constexpr int least_name = 10;
constexpr int column_of_names = 26;
constexpr int column_of_margins = 13;
constexpr int roomy_width = 110;

std::string provider(const ApiPrice& price) {
  return price.provider + (price.off_peak ? ", off-peak" : "") +
         (price.provenance.basis == Basis::estimate ? " (estimate)" : "");
}

/// `x3.1 68%`: the multiple and the margin.
std::string multiple(double value) {
  return fmt::format("x{} {:.0f}%", digits(value), 100.0 * margin(value));
}

std::string use(double share) { return share > 1.0 ? "never" : show_percent(share); }

std::string asked(const ApiPrice& price) {
  return fmt::format("{} {} / {} / {}", name(price.currency), exact(price.input),
                     price.cached ? exact(*price.cached) : "-", exact(price.output));
}

constexpr std::string_view meaning =
    "x: API price over own cost, %: margin; request: all its tokens together; break-even: share "
    "of all hours at work at which a request costs what the API asks";

/// Whether a margin is against that price.
auto against(const ApiPrice& price) {
  return [&price](const ApiMargin& m) {
    return m.price.provider == price.provider && m.price.model == price.model &&
           m.price.off_peak == price.off_peak;
  };
}

/// A line for each provider; empty if there is none.
std::string margin_table(std::span<const ComparisonColumn> columns, const TextStyle& style) {
  std::vector<std::vector<ApiMargin>> all;
  std::vector<ApiMargin> rows;
  Table table;
  table.columns = {{"provider", false, least_name}, {"since"}};
  for (const ComparisonColumn& column : columns) {
    table.columns.push_back({column.title, true});
    all.push_back(column.answer ? api_margins(Answer{column.scenario, *column.answer})
                                : std::vector<ApiMargin>{});
    for (const ApiMargin& each : all.back())
      if (std::ranges::none_of(rows, against(each.price))) rows.push_back(each);
  }
  if (rows.empty()) return {};
  for (const ApiMargin& row : rows) {
    std::vector<std::string> cells = {provider(row.price), row.price.date};
    for (const auto& margins : all) {
      const auto found = std::ranges::find_if(margins, against(row.price));
      cells.push_back(found == margins.end()
                          ? "-"
                          : fmt::format("x{} {}", digits(found->request), use(found->break_even)));
    }
    table.rows.push_back(std::move(cells));
  }
  return table.text(style);
}

}  // namespace

std::vector<ApiMargin> api_margins(const Answer& a) {
  const Scenario& s = a.scenario;
  const RequestTokens tokens{s.traffic.isl - a.best().cached, a.best().cached, s.traffic.osl};
  std::vector<ApiMargin> margins;
  for (const ApiPrice& price : s.api_prices) {
    if (auto each = api_margin(price, a.best().bill, tokens, s.device, s.system, s.site)) {
      margins.push_back(*std::move(each));
    }
  }
  return margins;
}

std::string api_section(const Answer& a, const TextStyle& style) {
  const std::vector<ApiMargin> margins = api_margins(a);
  if (margins.empty()) return {};
  const bool roomy = style.width >= roomy_width;
  Table table;
  table.columns = {{"provider", false, least_name},
                   {"since"},
                   {"input", true},
                   {"cached", true},
                   {"output", true},
                   {"request", true},
                   {"break-even", true}};
  if (roomy) table.columns.push_back({"input / cached / output"});
  for (const ApiMargin& each : margins) {
    table.rows.push_back({provider(each.price), each.price.date, "x" + digits(each.input),
                          "x" + digits(each.cached), "x" + digits(each.output),
                          multiple(each.request), use(each.break_even)});
    if (roomy) table.rows.back().push_back(asked(each.price));
  }
  std::string note(meaning);
  const ExchangeRates& rates = a.scenario.site.rates;
  const auto foreign = [](const ApiMargin& m) { return m.price.currency != Currency::usd; };
  if (std::ranges::any_of(margins, foreign)) {
    note += fmt::format("; a dollar is {} CNY, {} EUR ({})", exact(rates.cny), exact(rates.eur),
                        rates.provenance.date);
  }
  return heading("Own cost against API prices of a million tokens", style) + table.text(style) +
         paragraph(note, style);
}

std::string api_comparison(const std::vector<ComparisonColumn>& columns, const TextStyle& style) {
  const auto each =
      static_cast<std::size_t>(std::max(1, (style.width - column_of_names) / column_of_margins));
  std::string text;
  for (std::size_t at = 0; at < columns.size(); at += each) {
    const std::span some(columns.data() + at, std::min(each, columns.size() - at));
    const std::string table = margin_table(some, style);
    if (!table.empty()) text += '\n' + table;
  }
  if (text.empty()) return {};
  return '\n' + heading("  API price over own cost of a request, and use at break-even", style) +
         text.substr(1) + "  " +
         wrap(
             "x: the newest price of each provider over own cost, of which 1 - 1/x is the margin; "
             "%: share of all hours at work at which they are equal",
             style.width - 2, 2) +
         '\n';
}

Json api_json(const Answer& a) {
  Json list = Json::array();
  const auto per_million = [](DollarsPerToken price) {
    return number((price * million_tokens).base());
  };
  for (const ApiMargin& each : api_margins(a)) {
    list.push_back({{"provider", each.price.provider},
                    {"date", each.price.date},
                    {"off_peak", each.price.off_peak},
                    {"currency", name(each.price.currency)},
                    {"usd_per_mtok_input", per_million(each.dollars.input)},
                    {"usd_per_mtok_cached_input", per_million(each.dollars.cached)},
                    {"usd_per_mtok_output", per_million(each.dollars.output)},
                    {"multiple_input", number(each.input)},
                    {"multiple_cached_input", number(each.cached)},
                    {"multiple_output", number(each.output)},
                    {"multiple_request", number(each.request)},
                    {"margin_request", number(margin(each.request))},
                    {"break_even_utilization",
                     std::isfinite(each.break_even) ? number(each.break_even) : Json()},
                    {"basis", name(each.price.provenance.basis)},
                    {"source", each.price.provenance.source}});
  }
  return list;
}

}  // namespace infersim::detail
