#include "infersim/economics/api_price.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "infersim/core/text.hpp"
#include "infersim/core/toml_reader.hpp"

namespace infersim {

namespace {

/// `2025-01-20`
bool is_date(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00";
  return text.size() == shape.size() &&
         std::equal(text.begin(), text.end(), shape.begin(), [](char given, char wanted) {
           return wanted == '-' ? given == '-' : given >= '0' && given <= '9';
         });
}

ApiPrice read_price(TableReader& table, const std::string& provider) {
  constexpr double dearest = 1e6;
  ApiPrice price;
  price.provider = provider;
  price.model = table.text("model");
  price.currency =
      parse_currency(table.one_of("currency", {"USD", "CNY", "EUR"})).value_or(Currency::usd);
  price.input = table.number("input", 0.0, dearest);
  price.cached = table.optional_number("cached", 0.0, dearest);
  price.output = table.number("output", 0.0, dearest);
  price.date = table.text("date");
  if (!price.date.empty() && !is_date(price.date)) {
    table.fault("date", quote(price.date) + " is no date", "write it as 2025-01-20");
  }
  price.off_peak = table.optional_boolean("off_peak").value_or(false);
  price.provenance = table.provenance();
  table.finish();
  return price;
}

}  // namespace

PriceList load_price_list(std::string_view toml, const std::string& path) {
  Diagnostics faults;
  TomlDocument document(toml, path, faults);
  TableReader root = document.root();
  PriceList list;
  list.path = path;
  list.id = root.text("id");
  list.aliases = root.optional_texts("aliases");
  list.name = root.text("name");
  for (TableReader& table : root.tables("api_price", 1))
    list.prices.push_back(read_price(table, list.name));
  root.finish();
  faults.throw_if_any();
  return list;
}

std::vector<ApiPrice> prices_of(const std::vector<PriceList>& lists,
                                const std::vector<std::string>& names) {
  std::vector<ApiPrice> found;
  for (const PriceList& list : lists) {
    for (const ApiPrice& price : list.prices) {
      const auto is_it = [&](const std::string& name) {
        return fold_name(name) == fold_name(price.model);
      };
      if (std::any_of(names.begin(), names.end(), is_it)) found.push_back(price);
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const ApiPrice& a, const ApiPrice& b) { return a.date > b.date; });
  return found;
}

std::vector<ApiPrice> newest(const std::vector<ApiPrice>& prices) {
  std::set<std::pair<std::string, bool>> seen;
  std::vector<ApiPrice> first;
  for (const ApiPrice& price : prices) {
    if (seen.emplace(price.provider, price.off_peak).second) first.push_back(price);
  }
  return first;
}

std::optional<DollarPrice> in_dollars(const ApiPrice& price, const ExchangeRates& rates) {
  const auto rate = rates.per_dollar(price.currency);
  if (!rate) return std::nullopt;
  const auto dollars = [&](double amount) { return Dollars{amount / *rate} / million_tokens; };
  return DollarPrice{dollars(price.input), dollars(price.cached.value_or(price.input)),
                     dollars(price.output)};
}

}  // namespace infersim
