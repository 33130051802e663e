#include "infersim/explore/fleet.hpp"

#include <utility>

#include "infersim/core/catalog.hpp"
#include "support/catch.hpp"

using namespace infersim;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;

namespace {

FleetPart part_of(const char* hw, double utilization = 0.7) {
  Question question;
  question.hw = hw;
  question.model = "llama3.1-70b";
  question.isl = 3000;
  question.osl = 1000;
  question.utilization = utilization;
  Scenario scenario = load_scenario(Catalog(), question);
  auto answer = find_plan(scenario);
  REQUIRE(answer);
  return {hw, std::move(scenario), std::move(answer)};
}

FleetDemand tokens(double per_day) {
  FleetDemand demand;
  demand.tokens_per_day = per_day;
  return demand;
}

}  // namespace

TEST_CASE("Fleet: it serves what is asked, and one engine less does not") {
  for (const double per_day : {1e6, 1e9, 4e12}) {
    FleetPart part = part_of("h200");
    size_fleet(part, tokens(per_day));
    CHECK(part.tokens_per_day >= per_day * (1.0 - 1e-9));
    CHECK((part.engines - 1.0) / part.engines * part.tokens_per_day < per_day);
    CHECK(part.devices == part.engines * part.answer->best.plan.devices());
    CHECK(part.nodes * part.scenario.system.devices_per_node >= part.devices + part.spares);
    CHECK_THAT(part.tokens_per_day, WithinRel(4.0 * part.output_per_day, 1e-12));
    CHECK(part.mean < part.peak);
  }
}

TEST_CASE("Fleet: without spares a year over its tokens is the price of an answer") {
  for (const PriceBasis basis : {PriceBasis::on_demand, PriceBasis::own}) {
    FleetPart part = part_of("h200");
    part.scenario.price_basis = basis;
    part.answer = find_plan(part.scenario);
    REQUIRE(part.answer);
    FleetDemand demand = tokens(1e12);
    demand.spares = 0.0;
    size_fleet(part, demand);
    REQUIRE(part.per_year);
    const Bill& bill = part.answer->best.bill;
    const double requests = part.output_per_day * 365.25 / 1000.0;
    const double tokens_paid =
        requests * (3000.0 * bill.input->base() + 1000.0 * bill.output->base());
    CHECK_THAT(*part.per_year, WithinRel(tokens_paid, 1e-6));
    CHECK(part.capital.has_value() == (basis == PriceBasis::own));
  }
}

TEST_CASE("Fleet: a stock serves what a fleet of its size is for") {
  FleetPart fleet = part_of("h200");
  size_fleet(fleet, tokens(1e12));
  FleetPart stock = part_of("h200");
  stock.stock = fleet.devices + fleet.spares;
  size_fleet(stock, {});
  CHECK(stock.engines == fleet.engines);
  CHECK_THAT(stock.tokens_per_day, WithinRel(fleet.tokens_per_day, 1e-12));
  CHECK(stock.devices + stock.spares == *stock.stock);
}

TEST_CASE("Fleet: less use needs more devices, and supply takes months") {
  FleetPart busy = part_of("h200", 1.0);
  FleetPart idle = part_of("h200", 0.25);
  FleetDemand demand = tokens(1e13);
  demand.per_month = 100.0;
  size_fleet(busy, demand);
  size_fleet(idle, demand);
  CHECK_THAT(idle.devices / busy.devices, WithinRel(4.0, 0.02));
  CHECK(*idle.months >= *busy.months);
  CHECK(*busy.months * 100.0 >= busy.devices + busy.spares);
  CHECK((*busy.months - 1.0) * 100.0 < busy.devices + busy.spares);
}

TEST_CASE("Fleet: what cannot run is a column with its reason, in every format") {
  std::vector<FleetPart> parts;
  parts.push_back(part_of("h200"));
  Question question = parts.front().scenario.question;
  question.hw = "rtx-4090";
  question.devices = 1;
  question.dtype = NumberType::bf16;
  Scenario scenario = load_scenario(Catalog(), question);
  auto answer = find_plan(scenario);
  REQUIRE_FALSE(answer);
  parts.push_back({"rtx-4090", std::move(scenario), std::move(answer)});
  const FleetDemand demand = tokens(1e9);
  for (FleetPart& part : parts)
    size_fleet(part, demand);
  CHECK_THAT(fleet_text(parts, demand, {}), ContainsSubstring("cannot run"));
  CHECK_THAT(fleet_rows(parts, false), ContainsSubstring("exceed"));
  CHECK_THAT(fleet_rows(parts, true), ContainsSubstring("| rtx-4090 |"));
  CHECK_THAT(fleet_json(parts, demand), ContainsSubstring("\"reason\""));
}
