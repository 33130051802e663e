#include "infersim/explore/verdict.hpp"

#include <cmath>
#include <utility>

#include "infersim/core/catalog.hpp"
#include "infersim/report/metric_fields.hpp"
#include "support/catch.hpp"

using namespace infersim;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;

namespace {

ComparisonColumn column_of(const char* hw, double server_price = 0.0, double a_day = 0.0) {
  Question question;
  question.hw = hw;
  question.model = "llama3.1-8b";
  question.isl = 512;
  question.osl = 128;
  if (server_price > 0.0) question.prices.push_back({hw, server_price, Currency::usd, true});
  if (a_day > 0.0) question.requests_per_day = a_day;
  Scenario scenario = load_scenario(Catalog(), question);
  scenario.price_basis = PriceBasis::own;
  if (server_price > 0.0) scenario.price_basis = PriceBasis::on_demand;
  auto answer = find_plan(scenario);
  REQUIRE(answer);
  return {hw, std::move(scenario), std::move(answer)};
}

double usd(const ComparisonColumn& column) {
  return *metric_value(metric_field("cost.usd_per_request", ""),
                       Answer{column.scenario, *column.answer});
}

}  // namespace

TEST_CASE("Verdict: at the use where it breaks even a device costs what the server does") {
  std::vector<ComparisonColumn> columns;
  columns.push_back(column_of("m4"));
  columns.push_back(column_of("h200", 1e4));
  const auto verdict = verdict_of(columns);
  REQUIRE(verdict);
  const VerdictColumn& m4 = verdict->columns.front();
  REQUIRE(m4.break_even);
  REQUIRE(*m4.break_even < m4.most_a_day);
  const ComparisonColumn at = column_of("m4", 0.0, *m4.break_even);
  CHECK_THAT(usd(at), WithinRel(usd(columns.back()), 1e-6));
  // With more use it costs less, with less it costs more.
  CHECK(usd(column_of("m4", 0.0, 1.05 * *m4.break_even)) < usd(columns.back()));
  CHECK(usd(column_of("m4", 0.0, 0.95 * *m4.break_even)) > usd(columns.back()));
  CHECK_THAT(verdict_text(*verdict, columns.front().scenario, {}),
             ContainsSubstring("costs less than a server from"));
}

TEST_CASE("Verdict: who wins is the least of each row") {
  std::vector<ComparisonColumn> columns;
  columns.push_back(column_of("m4"));
  columns.push_back(column_of("h200", 3.0));
  const auto verdict = verdict_of(columns);
  REQUIRE(verdict);
  for (const VerdictColumn& column : verdict->columns) {
    CHECK(verdict->columns[*verdict->cheapest].usd <= column.usd);
    CHECK(verdict->columns[*verdict->fastest].seconds <= column.seconds);
    CHECK(verdict->columns[*verdict->frugal].joules <= column.joules);
    CHECK(*column.usd_power < *column.usd);
  }
  // A server at 3 USD an hour takes less for an answer than the Mac whatever its use.
  CHECK(*verdict->columns.front().break_even > verdict->columns.front().most_a_day);
  const std::string json = verdict_json(*verdict);
  CHECK_THAT(json, ContainsSubstring("\"cheapest\":\"h200\""));
}

TEST_CASE("Verdict: none of one column, or of unlike questions") {
  std::vector<ComparisonColumn> columns;
  columns.push_back(column_of("m4"));
  CHECK_FALSE(verdict_of(columns));
  columns.push_back(column_of("h200", 3.0));
  columns.back().scenario.traffic.osl = 64;
  CHECK_FALSE(verdict_of(columns));
}
