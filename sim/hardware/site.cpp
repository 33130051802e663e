#include "infersim/hardware/site.hpp"

#include "hardware/reading.hpp"

namespace infersim {

std::optional<double> ExchangeRates::per_dollar(Currency currency) const {
  if (currency == Currency::usd) return 1.0;
  const double rate = currency == Currency::cny ? cny : eur;
  return rate > 0 ? std::optional(rate) : std::nullopt;
}

Site load_site(std::string_view toml, const std::string& path) {
  Diagnostics faults;
  TomlDocument document(toml, path, faults);
  TableReader root = document.root();

  Site site;
  site.path = path;
  site.id = root.text("id");
  site.aliases = root.optional_texts("aliases");
  site.name = root.text("name");

  TableReader electricity = root.table("electricity");
  site.electricity = electricity.quantity<DollarsPerJoule>("price");
  site.electricity_provenance = electricity.provenance();
  electricity.finish();

  TableReader pue = root.table("pue");
  site.pue = pue.number("value", 1.0, 10.0);
  site.pue_provenance = pue.provenance();
  pue.finish();

  TableReader carbon = root.table("carbon");
  site.grid_carbon = carbon.quantity<CarbonPerJoule>("intensity");
  site.carbon_provenance = carbon.provenance();
  carbon.finish();

  TableReader hosting = root.table("hosting");
  site.hosting = hosting.quantity<decltype(site.hosting)>("rate");
  site.hosting_provenance = hosting.provenance();
  hosting.finish();

  TableReader depreciation = root.table("depreciation");
  site.depreciation = hardware::read_positive<Seconds>(depreciation, "life", faults);
  site.utilisation = depreciation.number("utilisation", 0.01, 1.0);
  site.depreciation_provenance = depreciation.provenance();
  depreciation.finish();

  if (auto capital = root.optional_table("capital")) {
    site.cost_of_capital = capital->number("cost", 0.0, 1.0);
    site.residual = capital->number("residual", 0.0, 1.0);
    site.capital_provenance = capital->provenance();
    capital->finish();
  }

  if (auto rates = root.optional_table("rates")) {
    constexpr double least = 1e-3;
    constexpr double most = 1e3;
    site.rates.cny = rates->number("cny", least, most);
    site.rates.eur = rates->number("eur", least, most);
    site.rates.provenance = rates->provenance();
    rates->finish();
  }

  root.finish();
  faults.throw_if_any();
  return site;
}

}  // namespace infersim
