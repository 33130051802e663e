#include "infersim/hardware/price.hpp"

#include "infersim/core/text.hpp"

namespace infersim {

std::string_view name(PriceBasis basis) {
  switch (basis) {
    case PriceBasis::on_demand: break;
    case PriceBasis::spot: return "spot";
    case PriceBasis::one_year: return "1 year";
    case PriceBasis::three_years: return "3 years";
    case PriceBasis::own: return "own";
  }
  return "on demand";
}

std::optional<PriceBasis> parse_price_basis(std::string_view text) {
  for (const PriceBasis basis : all_price_bases) {
    if (fold_name(text) == fold_name(name(basis))) return basis;
  }
  return std::nullopt;
}

}  // namespace infersim
