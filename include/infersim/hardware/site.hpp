#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"

namespace infersim {

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
  std::string path;
};

/// Reads a site description (`hardware/README.md` explains every key). Throws InputError with every
/// fault.
Site load_site(std::string_view toml, const std::string& path);

}  // namespace infersim
