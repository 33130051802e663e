#include "report/money_words.hpp"

#include <fmt/format.h>

#include "infersim/report/text.hpp"
#include "report/figures.hpp"

namespace infersim::detail {

double in_currency(const Scenario& scenario, double usd) {
  return usd * scenario.site.rates.per_dollar(scenario.question.currency).value_or(1.0);
}

std::string money(const Scenario& scenario, double usd) {
  return fmt::format("{} {}", digits(in_currency(scenario, usd)), name(scenario.question.currency));
}

std::string with_currency(const Scenario& scenario, std::string_view label) {
  const std::string_view dollars = name(Currency::usd);
  if (!label.starts_with(dollars)) return std::string(label);
  return fmt::format("{}{}", name(scenario.question.currency), label.substr(dollars.size()));
}

std::string rate_text(const Scenario& scenario) {
  if (scenario.question.currency == Currency::usd) return {};
  return fmt::format("a dollar is {} {} ({})", exact(in_currency(scenario, 1.0)),
                     name(scenario.question.currency), scenario.site.rates.provenance.date);
}

}  // namespace infersim::detail
