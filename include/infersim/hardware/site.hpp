#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/currency.hpp"
#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"

namespace infersim {

/// What a dollar is worth, on the date of the source. 0: not said.
struct ExchangeRates {
  double cny = 0.0;
  double eur = 0.0;
  Provenance provenance;

  /// Units of that currency for a dollar; empty if that is not said.
  [[nodiscard]] std::optional<double> per_dollar(Currency currency) const;
};

/// Where a system stands: what a joule costs there, in money and in carbon.
struct Site {
  std::string id;
  std::vector<std::string> aliases;
  std::string name;
  DollarsPerJoule electricity;
  Provenance electricity_provenance;
  double pue = 1.0;  ///< facility energy over energy at the servers' plugs
  Provenance pue_provenance;
  CarbonPerJoule grid_carbon;
  Provenance carbon_provenance;
  /// Hosting (space, cooling plant, staff) for one watt of plug power, per second, without energy.
  Quantity<dim::money - dim::energy> hosting;
  Provenance hosting_provenance;
  /// Life over which capital is written off, and the share of it in which the system works.
  Seconds depreciation;
  double utilisation = 1.0;
  Provenance depreciation_provenance;
  /// What money costs a year, and the share of the price that is left at the end of that life.
  double cost_of_capital = 0.0;
  double residual = 0.0;
  Provenance capital_provenance;
  ExchangeRates rates;
  std::string path;
};

/// Reads a site description (`hardware/README.md` explains every key). Throws InputError with every
/// fault.
Site load_site(std::string_view toml, const std::string& path);

}  // namespace infersim
