#include "infersim/core/currency.hpp"

#include "infersim/core/text.hpp"

namespace infersim {

std::string_view name(Currency currency) {
  switch (currency) {
    case Currency::usd: break;
    case Currency::cny: return "CNY";
    case Currency::eur: return "EUR";
  }
  return "USD";
}

std::optional<Currency> parse_currency(std::string_view text) {
  for (const Currency currency : {Currency::usd, Currency::cny, Currency::eur}) {
    if (fold_name(text) == fold_name(name(currency))) return currency;
  }
  return std::nullopt;
}

}  // namespace infersim
