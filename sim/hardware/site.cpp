#include "infersim/hardware/site.hpp"

#include "hardware/reading.hpp"

namespace infersim {

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

  root.finish();
  faults.throw_if_any();
  return site;
}

}  // namespace infersim
