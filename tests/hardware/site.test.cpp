#include "hardware/descriptions.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

double cents_per_kwh(const Site& site) { return site.electricity * kilowatt_hour / Dollars{0.01}; }

double grams_per_kwh(const Site& site) { return site.grid_carbon * kilowatt_hour / Carbon{1.0}; }

}  // namespace

TEST_CASE("the sites have their prices of electricity and their grids") {
  CHECK_THAT(cents_per_kwh(site("china")), WithinRel(8.7));
  CHECK_THAT(cents_per_kwh(site("us")), WithinRel(9.1));
  CHECK_THAT(cents_per_kwh(site("europe")), WithinRel(20.0));
  CHECK_THAT(grams_per_kwh(site("china")), WithinRel(582.0));
  CHECK_THAT(grams_per_kwh(site("us")), WithinRel(369.0));
  CHECK_THAT(grams_per_kwh(site("europe")), WithinRel(213.0));
  // Expectation: 0.233 EUR at 1.08 USD.
  CHECK_THAT(cents_per_kwh(site("germany")), WithinRel(25.0, 0.01));
  CHECK_THAT(grams_per_kwh(site("germany")), WithinRel(381.0));
}

TEST_CASE("hosting is priced by power and month, capital written off over five years") {
  const Site us = site("us");
  // Expectation: a server of 10 kW for a year costs 10 x 12 x 184.06 = 22,087 USD.
  const Dollars year = us.hosting * Watts{10e3} * Seconds{365.25 * 86400.0};
  CHECK_THAT(year.base(), WithinRel(22087.2));
  CHECK_THAT(us.depreciation / hour, WithinRel(5.0 * 8766.0));
  CHECK(us.utilisation == 0.7);
  CHECK(us.pue == 1.3);
}

TEST_CASE("what nobody published of a site is marked as assumed and says from what") {
  const Site china = site("china");
  CHECK(china.hosting_provenance.basis == Basis::assumed);
  CHECK_THAT(china.hosting_provenance.note, ContainsSubstring("184.06"));
  CHECK(site("us").hosting_provenance.basis == Basis::press);
}

TEST_CASE("faults of a site are reported together") {
  std::string text = description("sites", "us");
  text = with(text, "value  = 1.3", "value  = 0.9");
  text = with(text, "life        = \"5 year\"", "life        = \"0 year\"");
  text = with(text, "\"369 g/kWh\"", "\"369 g\"");
  text = with(text, "utilisation = 0.7", "utilization = 0.7");
  const std::string faults = faults_of(load_site, text, "us.toml");
  CHECK_THAT(faults, ContainsSubstring("pue.value: expected a number from 1 to 10, found 0.9"));
  CHECK_THAT(faults, ContainsSubstring("depreciation.life: must be more than zero"));
  CHECK_THAT(faults, ContainsSubstring("carbon.intensity: "));
  CHECK_THAT(faults, ContainsSubstring("depreciation.utilisation: missing required key"));
  CHECK_THAT(faults, ContainsSubstring("depreciation.utilization: unknown key\n"
                                       "  hint: did you mean `utilisation`?"));
}

TEST_CASE("a site needs each of its tables") {
  CHECK(faults_of(load_site, "id = \"moon\"\nname = \"Moon\"\n", "moon.toml") ==
        "moon.toml: error: electricity: missing required key\n"
        "moon.toml: error: pue: missing required key\n"
        "moon.toml: error: carbon: missing required key\n"
        "moon.toml: error: hosting: missing required key\n"
        "moon.toml: error: depreciation: missing required key");
}
