#include "infersim/economics/bill.hpp"

#include <array>
#include <cmath>

#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

Device bought_device() {
  Device device;
  device.id = "chip";
  device.power.idle = 100.0_W;
  device.power.limit = 700.0_W;
  device.price = Price{Dollars{30000}, "one device", {Basis::press, "a price list", "2026", ""}};
  return device;
}

System eight_way() {
  System system;
  system.devices_per_node = 8;
  system.server.fixed = 1000.0_W;
  system.server.network = 400.0_W;
  system.server.network_multinode = 500.0_W;
  system.server.fans = 800.0_W;
  system.server.fans_full_load = 7000.0_W;
  system.server.psu_efficiency = 0.96;
  system.server.capital_per_device = Dollars{6000};
  return system;
}

Site site_at_ten_cents() {
  Site site;
  site.electricity = Dollars{0.10} / kilowatt_hour;
  site.pue = 1.3;
  site.grid_carbon = Carbon{400} / kilowatt_hour;
  site.hosting = Dollars{0.2} / kilowatt_hour;
  site.depreciation = 40000.0 * hour;
  site.utilisation = 0.5;
  return site;
}

/// One request of 4000 in and 1000 out a second on eight devices, a quarter of the time prefilling.
Usage one_request_a_second() {
  Usage usage;
  usage.devices = 8;
  usage.input_tokens = TokenRate{4000};
  usage.output_tokens = TokenRate{1000};
  usage.board_power = 500.0_W;
  usage.prefill_share = 0.25;
  usage.isl = 4000;
  usage.osl = 1000;
  usage.marginal_cached = Seconds{2e-6};
  usage.prompt_memory_share = 0.4;
  return usage;
}

double per_hour(DollarRate rate) { return (rate * hour).base(); }
double per_million(DollarsPerToken price) { return (price * million_tokens).base(); }

}  // namespace

TEST_CASE(
    "a node's power is its devices, server, network and fans over the efficiency of its PSU") {
  // load = 8 x 500 + 1000 + 400 = 5400 W, 0.771 of full load, so fans run at
  // (0.771 - 0.22)/0.58 = 0.951 of 800 W; plug = (5400 + 760.6)/0.96 = 6417.3 W
  const auto bill =
      energy_bill(bought_device(), eight_way(), site_at_ten_cents(), one_request_a_second());
  CHECK_THAT(bill.node.base(), WithinRel(6417.3, 1e-4));
  CHECK_THAT(bill.facility.base(), WithinRel(6417.3 * 1.3, 1e-4));
  CHECK_THAT(bill.per_output_token.base(), WithinRel(8.3425, 1e-4));
  // 8.3425 J x 400 g / 3.6e6 J
  CHECK_THAT(bill.carbon_per_output_token.base(), WithinRel(8.3425 * 400 / 3.6e6, 1e-4));
}

TEST_CASE("fans stand still under 22 % of full load and are at their nameplate over 80 %") {
  Usage usage = one_request_a_second();
  usage.board_power = 0.0_W;  // load 1400 W, 20 % of 7000 W
  CHECK_THAT(energy_bill(bought_device(), eight_way(), site_at_ten_cents(), usage).node.base(),
             WithinRel(1400 / 0.96, 1e-9));
  usage.board_power = 700.0_W;  // load 7000 W
  CHECK_THAT(energy_bill(bought_device(), eight_way(), site_at_ten_cents(), usage).node.base(),
             WithinRel(7800 / 0.96, 1e-9));
}

TEST_CASE("a job over several nodes pays for the wider network, and part of a node for its share") {
  System system = eight_way();
  system.server.fans = Watts{};
  Usage usage = one_request_a_second();
  usage.devices = 16;
  const auto two_nodes = energy_bill(bought_device(), system, site_at_ten_cents(), usage);
  CHECK_THAT(two_nodes.facility.base(), WithinRel(2 * 5500 / 0.96 * 1.3, 1e-9));
  usage.devices = 2;
  const auto quarter = energy_bill(bought_device(), system, site_at_ten_cents(), usage);
  CHECK_THAT(quarter.facility.base(), WithinRel(0.25 * 5400 / 0.96 * 1.3, 1e-9));
}

TEST_CASE("a rack that is cooled by liquid brings its own PUE to any site") {
  System rack = eight_way();
  rack.server.fans = Watts{};
  rack.server.pue = 1.1;
  const auto bill = energy_bill(bought_device(), rack, site_at_ten_cents(), one_request_a_second());
  CHECK(bill.pue == 1.1);
  CHECK_THAT(bill.facility.base(), WithinRel(5400 / 0.96 * 1.1, 1e-9));
}

TEST_CASE("a phone has no facility around it: no PUE and no hosting") {
  Device phone = bought_device();
  phone.device_class = DeviceClass::phone;
  System alone;
  Usage usage = one_request_a_second();
  usage.devices = 1;
  usage.board_power = 5.0_W;
  const auto bill = make_bill(phone, alone, site_at_ten_cents(), usage, PriceBasis::own);
  CHECK_THAT(bill.energy.facility.base(), WithinRel(5.0, 1e-12));
  REQUIRE(bill.hourly);
  CHECK(bill.hourly->hosting == DollarRate{});
}

Device rented_device() {
  Device device = bought_device();
  device.rentals = {
      {PriceBasis::on_demand, Dollars{3.39} / hour, {Basis::press, "a rental list", "2026", ""}},
      {PriceBasis::three_years, Dollars{1.60} / hour, {Basis::press, "a contract", "2026", ""}}};
  return device;
}

TEST_CASE("an hour of work of a rented device pays for the hours in which it idles") {
  const auto bill = make_bill(rented_device(), eight_way(), site_at_ten_cents(),
                              one_request_a_second(), PriceBasis::on_demand);
  REQUIRE(bill.hourly);
  CHECK(bill.hourly->method == "rental");
  CHECK(bill.hourly->provenance.source == "a rental list");
  // At work half of the time: 3.39 / 0.5.
  CHECK_THAT(per_hour(bill.hourly->rate), WithinRel(6.78, 1e-12));
  CHECK(bill.hourly->rental == bill.hourly->rate);
  CHECK(bill.hourly->capital == DollarRate{});
  Site always = site_at_ten_cents();
  always.utilisation = 1;
  const auto full = make_bill(rented_device(), eight_way(), always, one_request_a_second(),
                              PriceBasis::three_years);
  CHECK_THAT(per_hour(full.hourly->rate), WithinRel(1.60, 1e-12));
}

TEST_CASE("a basis without a figure has no price and says on which there is one") {
  const auto bill = make_bill(rented_device(), eight_way(), site_at_ten_cents(),
                              one_request_a_second(), PriceBasis::spot);
  CHECK_FALSE(bill.hourly);
  CHECK_FALSE(bill.output);
  CHECK(bill.no_price_reason == "no figure for spot; there is one for on demand, 3 years, own");
}

TEST_CASE("devices side by side share the first basis that all have, or else most") {
  const Device rented = rented_device();
  Device contract = rented_device();
  contract.rentals.erase(contract.rentals.begin());
  const Device owned = bought_device();
  const std::array<const Device*, 2> both_rented{&rented, &rented};
  const std::array<const Device*, 2> on_contract{&rented, &contract};
  const std::array<const Device*, 3> all{&rented, &contract, &owned};
  CHECK(usual_basis(both_rented) == PriceBasis::on_demand);
  CHECK(usual_basis(on_contract) == PriceBasis::three_years);
  CHECK(usual_basis(all) == PriceBasis::own);
  Device unpriced;
  const std::array<const Device*, 3> some{&unpriced, &rented, &contract};
  CHECK(usual_basis(some) == PriceBasis::three_years);
}

TEST_CASE("payments for capital are worth what they pay for") {
  constexpr Seconds year{365.25 * 86400};
  const Dollars price{36000};
  const double r = 0.08;
  const double residual = 0.1;
  const DollarRate rate = capital_rate(price, 5 * year, r, residual);
  // Discounted to today, five payments and the sale at the end make the price.
  Dollars worth{};
  for (int n = 1; n <= 5; ++n)
    worth += std::pow(1 + r, -n) * (rate * year);
  worth += std::pow(1 + r, -5) * residual * price;
  CHECK_THAT(worth.base(), WithinRel(36000, 1e-12));
}

TEST_CASE(
    "capital that costs nothing is written off in a straight line, the limit of the annuity") {
  constexpr Seconds year{365.25 * 86400};
  const DollarRate line = capital_rate(Dollars{1000}, 4 * year, 0, 0.2);
  CHECK_THAT((line * year).base(), WithinRel(200, 1e-12));
  CHECK_THAT(capital_rate(Dollars{1000}, 4 * year, 1e-7, 0.2).base(), WithinRel(line.base(), 1e-6));
  CHECK(capital_rate(Dollars{1000}, 4 * year, 0.08, 0.2) > line);
}

TEST_CASE("over a day an owned device pays for the energy that it takes, at work and idle") {
  const Site site = site_at_ten_cents();
  const auto bill =
      make_bill(bought_device(), eight_way(), site, one_request_a_second(), PriceBasis::own);
  Usage idle = one_request_a_second();
  idle.board_power = bought_device().power.idle;
  const auto resting = energy_bill(bought_device(), eight_way(), site, idle);
  const Seconds at_work = 12.0 * hour;
  // Of 24 hours half at work: paid 12 times, used by one device of eight in both halves.
  const Joules used = (at_work * bill.energy.node + at_work * resting.node) / 8 * 1.3;
  CHECK_THAT((at_work * bill.hourly->energy).base(),
             WithinRel((used * site.electricity).base(), 1e-12));
}

TEST_CASE("a bought device's hour of work pays for its idle hours too") {
  // capital (30000 + 6000) / (40000 h x 0.5) = 1.80 USD/h
  // plug 802.16 W at work; idle load 8 x 100 + 1400 = 2200 W, fans at (0.3143 - 0.22)/0.58 =
  // 0.1626: plug 303.38 W. energy (802.16 + 303.38) W x 1.3 x 0.10 USD/kWh = 0.1437 USD/h hosting
  // 802.16 W x 0.2 USD/kWh / 0.5 = 0.3209 USD/h
  const auto bill = make_bill(bought_device(), eight_way(), site_at_ten_cents(),
                              one_request_a_second(), PriceBasis::own);
  REQUIRE(bill.hourly);
  CHECK(bill.hourly->method == "capital");
  CHECK_THAT(per_hour(bill.hourly->capital), WithinRel(1.80, 1e-9));
  CHECK_THAT(per_hour(bill.hourly->energy), WithinRel(0.1437, 1e-3));
  CHECK_THAT(per_hour(bill.hourly->hosting), WithinRel(0.3209, 1e-3));
  CHECK_THAT(per_hour(bill.hourly->rate), WithinRel(1.80 + 0.1437 + 0.3209, 1e-3));
}

TEST_CASE("the tokens of a request pay exactly for the time that it occupies") {
  const Usage usage = one_request_a_second();
  const auto bill =
      make_bill(bought_device(), eight_way(), site_at_ten_cents(), usage, PriceBasis::own);
  REQUIRE(bill.output);
  const double paid = 4000 * bill.input->base() + 1000 * bill.output->base();
  // One request a second on 8 devices: a second of 8 devices.
  CHECK_THAT(paid, WithinRel(8 * bill.hourly->rate.base(), 1e-12));
}

TEST_CASE("a cached token costs more than nothing and less than an uncached one") {
  const auto bill = make_bill(bought_device(), eight_way(), site_at_ten_cents(),
                              one_request_a_second(), PriceBasis::own);
  // P/isl = 0.25 s / 4000 = 62.5 us, D/isl = 187.5 us, h = 0.4: an uncached token pays for
  // 62.5 + 0.4 x 187.5 = 137.5 us, a cached one for 0.6 x 2 us of attention + 0.4 x 250 us.
  CHECK_THAT(bill.cached_input->base() / bill.input->base(), WithinRel(101.2 / 137.5, 1e-9));
  CHECK(bill.cached_input->base() > 0);
  Usage quadratic = one_request_a_second();
  quadratic.marginal_cached = Seconds{1.0};
  const auto dear =
      make_bill(bought_device(), eight_way(), site_at_ten_cents(), quadratic, PriceBasis::own);
  CHECK(*dear.cached_input <= *dear.input);
}

TEST_CASE("where one phase runs alone its tokens pay for everything") {
  Usage prefill = one_request_a_second();
  prefill.output_tokens = TokenRate{};
  prefill.prefill_share = 1;
  const auto in =
      make_bill(bought_device(), eight_way(), site_at_ten_cents(), prefill, PriceBasis::own);
  CHECK_FALSE(in.output);
  CHECK_THAT(per_million(*in.input), WithinRel(8 * in.hourly->rate.base() / 4000 * 1e6, 1e-12));

  Usage decode = one_request_a_second();
  decode.input_tokens = TokenRate{};
  decode.prefill_share = 0;
  const auto out =
      make_bill(bought_device(), eight_way(), site_at_ten_cents(), decode, PriceBasis::own);
  CHECK_FALSE(out.input);
  CHECK_FALSE(out.cached_input);
  CHECK_THAT(per_million(*out.output), WithinRel(8 * out.hourly->rate.base() / 1000 * 1e6, 1e-12));
}

TEST_CASE("without a published price there is a reason instead of a number") {
  Device device = bought_device();
  device.price.reset();
  device.price_reason = "sold only inside notebooks";
  const auto bill =
      make_bill(device, eight_way(), site_at_ten_cents(), one_request_a_second(), PriceBasis::own);
  CHECK_FALSE(bill.hourly);
  CHECK_FALSE(bill.input);
  CHECK_FALSE(bill.output);
  CHECK(bill.no_price_reason == "sold only inside notebooks");
  CHECK(bill.energy.facility > Watts{});
}
