#include "infersim/report/price_lists.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/report/table.hpp"
#include "report/figures.hpp"

namespace infersim {

namespace {

using Json = nlohmann::ordered_json;

Json document(const PriceList& list) {
  Json prices = Json::array();
  for (const ApiPrice& price : list.prices) {
    prices.push_back({{"model", price.model},
                      {"currency", name(price.currency)},
                      {"input", detail::number(price.input)},
                      {"cached", price.cached ? detail::number(*price.cached) : Json()},
                      {"output", detail::number(price.output)},
                      {"date", price.date},
                      {"off_peak", price.off_peak},
                      {"basis", name(price.provenance.basis)},
                      {"source", price.provenance.source},
                      {"note", price.provenance.note}});
  }
  return {{"id", list.id}, {"aliases", list.aliases}, {"name", list.name}, {"prices", prices}};
}

}  // namespace

std::vector<std::string> searched(const PriceList& list) {
  std::vector<std::string> names = {list.id, list.name};
  names.insert(names.end(), list.aliases.begin(), list.aliases.end());
  for (const ApiPrice& price : list.prices)
    names.push_back(price.model);
  return names;
}

std::string listing(const std::vector<PriceList>& lists, const TextStyle& style) {
  constexpr int least_name = 10;
  Table table;
  table.columns = {{"model"},       {"id", false, least_name}, {"since"},        {""},
                   {"input", true}, {"cached", true},          {"output", true}, {"basis"}};
  for (const PriceList& list : lists) {
    std::vector<ApiPrice> prices = list.prices;
    std::ranges::stable_sort(prices, [](const ApiPrice& a, const ApiPrice& b) {
      return a.model != b.model ? a.model < b.model : a.date > b.date;
    });
    for (const ApiPrice& price : prices) {
      table.rows.push_back({price.model + (price.off_peak ? ", off-peak" : ""), list.id, price.date,
                            std::string(name(price.currency)), detail::exact(price.input),
                            price.cached ? detail::exact(*price.cached) : "-",
                            detail::exact(price.output),
                            std::string(name(price.provenance.basis))});
    }
  }
  return table.text(style) + "\n  " +
         wrap("for a million tokens; cached: of prompts that the provider has seen", style.width,
              2) +
         '\n';
}

std::string json_listing(const std::vector<PriceList>& lists) {
  Json all = Json::array();
  for (const PriceList& list : lists)
    all.push_back(document(list));
  return detail::dumped(all);
}

std::string price_list_text(const PriceList& list, const TextStyle& style) {
  std::string text = heading(list.name, style) + listing({list}, style) + '\n';
  std::set<std::string> told;
  for (const ApiPrice& price : list.prices) {
    if (!told.insert(price.provenance.source).second) continue;
    text += "  " + wrap("source: " + price.provenance.source, style.width, 4) + '\n';
  }
  return text;
}

std::string price_list_json(const PriceList& list) {
  Json whole = {{"kind", "prices"}};
  whole.update(document(list));
  return detail::dumped(whole);
}

}  // namespace infersim
