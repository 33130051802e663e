#include "infersim/economics/api_price.hpp"

#include "infersim/core/catalog.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/economics/api_margin.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

std::string list_of(const std::string& prices) {
  return "id = \"shop\"\nname = \"Shop\"\n" + prices +
         "[sources.page]\ntitle = \"Its page\"\ndate = \"2025-01-20\"\n";
}

std::string price(const std::string& model, const std::string& rest) {
  return "[[api_price]]\nmodel = \"" + model + "\"\n" + rest +
         "source = \"page\"\nbasis = \"press\"\n";
}

std::string faults_of(const std::string& toml) {
  try {
    load_price_list(toml, "shop.toml");
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

const std::string r1 = "currency = \"CNY\"\ninput = 4\ncached = 1\noutput = 16\n";

Device rented() {
  Device device;
  device.rentals = {
      {PriceBasis::on_demand, Dollars{2} / hour, {Basis::press, "a list", "2026", ""}}};
  return device;
}

Device bought() {
  Device device;
  device.power.idle = Watts{100};
  device.price = Price{Dollars{30000}, "one device", {Basis::press, "a list", "2026", ""}};
  return device;
}

Site site() {
  Site site;
  site.electricity = Dollars{0.10} / kilowatt_hour;
  site.hosting = Dollars{0.2} / kilowatt_hour;
  site.depreciation = 40000.0 * hour;
  site.cost_of_capital = 0.08;
  site.utilisation = 0.7;
  site.rates.cny = 7.0;
  return site;
}

Usage usage() {
  Usage usage;
  usage.input_tokens = TokenRate{4000};
  usage.output_tokens = TokenRate{1000};
  usage.board_power = Watts{500};
  usage.prefill_share = 0.25;
  usage.isl = 4000;
  usage.cached = 1000;
  usage.osl = 1000;
  usage.marginal_cached = Seconds{2e-6};
  usage.prompt_memory_share = 0.4;
  return usage;
}

}  // namespace

TEST_CASE("a price without currency, with a date that is none or an unknown key is refused") {
  CHECK(faults_of(list_of(price("m", r1 + "date = \"2025-01-20\"\n"))).empty());
  CHECK_THAT(faults_of(list_of(price("m", "input = 1\noutput = 2\ndate = \"2025-01-20\"\n"))),
             ContainsSubstring("currency"));
  CHECK_THAT(faults_of(list_of(price("m", r1 + "date = \"20 January\"\n"))),
             ContainsSubstring("shop.toml:") && ContainsSubstring("is no date"));
  CHECK_THAT(faults_of(list_of(price("m", r1 + "date = \"2025-01-20\"\nprice = 3\n"))),
             ContainsSubstring("price"));
}

TEST_CASE("of a model's prices the newest of each provider counts, off-peak hours apart") {
  const PriceList list = load_price_list(
      list_of(price("deepseek-r1", r1 + "date = \"2025-01-20\"\n") +
              price("DeepSeek R1",
                    "currency = \"USD\"\ninput = 0.5\noutput = 2\ndate = "
                    "\"2025-03-01\"\n") +
              price("deepseek-r1", r1 + "off_peak = true\ndate = \"2025-02-26\"\n") +
              price("other", r1 + "date = \"2026-01-01\"\n")),
      "shop.toml");
  const auto all = prices_of({list}, {"dsr1", "deepseek-r1"});
  REQUIRE(all.size() == 3);
  CHECK(all.front().date == "2025-03-01");
  const auto now = newest(all);
  REQUIRE(now.size() == 2);
  CHECK(now[0].currency == Currency::usd);
  CHECK(now[1].off_peak);
}

TEST_CASE("a price in yuan is in dollars by the rate of the site, or not at all") {
  ApiPrice price;
  price.currency = Currency::cny;
  price.input = 4;
  price.output = 16;
  const auto dollars = in_dollars(price, site().rates);
  REQUIRE(dollars);
  CHECK_THAT((dollars->output * million_tokens).base(), WithinRel(16 / 7.0, 1e-12));
  CHECK(dollars->cached == dollars->input);  // no price of its own
  CHECK_FALSE(in_dollars(price, ExchangeRates{}));
}

TEST_CASE("at the use of break-even a request costs exactly what the API asks") {
  ApiPrice price;
  price.input = 0.5;
  price.cached = 0.1;
  price.output = 2;
  const RequestTokens tokens{3000, 1000, 1000};
  for (const auto& [device, basis] :
       {std::pair{rented(), PriceBasis::on_demand}, std::pair{bought(), PriceBasis::own}}) {
    const Bill bill = make_bill(device, System{}, site(), usage(), basis);
    const auto margin = api_margin(price, bill, tokens, device, System{}, site());
    REQUIRE(margin);
    Site moved = site();
    moved.utilisation = margin->break_even;
    const Bill there = make_bill(device, System{}, moved, usage(), basis);
    const double cost = 3000 * there.input->base() + 1000 * there.cached_input->base() +
                        1000 * there.output->base();
    CHECK_THAT(cost * 1e6, WithinRel(3000 * 0.5 + 1000 * 0.1 + 1000 * 2.0, 1e-9));
    // The request's multiple lies among those of its classes.
    CHECK(margin->request <= std::max({margin->input, margin->cached, margin->output}));
    CHECK(margin->request >= std::min({margin->input, margin->cached, margin->output}));
  }
}

TEST_CASE("own cost against an API that asks for exactly that has no margin") {
  const Device device = rented();
  const Bill bill = make_bill(device, System{}, site(), usage(), PriceBasis::on_demand);
  ApiPrice price;
  price.input = (*bill.input * million_tokens).base();
  price.cached = (*bill.cached_input * million_tokens).base();
  price.output = (*bill.output * million_tokens).base();
  const auto even = api_margin(price, bill, {3000, 1000, 1000}, device, System{}, site());
  REQUIRE(even);
  CHECK_THAT(even->request, WithinRel(1.0, 1e-9));
  CHECK_THAT(even->break_even, WithinRel(0.7, 1e-9));
  CHECK_THAT(margin(even->request) + 1.0, WithinRel(1.0, 1e-9));
}

TEST_CASE("every price of the catalogue is read, dated and above nothing") {
  const auto lists = Catalog{}.descriptions(DescriptionKind::prices);
  REQUIRE(lists.size() > 10);
  for (const Description& each : lists) {
    INFO(each.path);
    for (const ApiPrice& price : load_price_list(each.text, each.path).prices) {
      INFO(price.model);
      CHECK(price.input > 0);
      CHECK(price.output >= price.input);
      CHECK(price.cached.value_or(0) <= price.input);
      const bool memory = price.provenance.source.find("from memory") != std::string::npos;
      CHECK((!memory || price.provenance.basis == Basis::estimate));
    }
  }
}
