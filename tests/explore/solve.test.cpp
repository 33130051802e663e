#include "infersim/explore/solve.hpp"

#include <cmath>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/report/metric_fields.hpp"
#include "infersim/scenario/scenario.hpp"
#include "support/catch.hpp"

using namespace infersim;
using Catch::Matchers::WithinRel;

namespace {

Question asked() {
  Question question;
  question.hw = "h200";
  question.model = "llama3.1-70b";
  question.devices = 2;
  question.tp = 2;
  question.batch = 16.0;
  return question;
}

Solution solved(const Question& question, const std::string& target,
                const std::vector<std::string>& keys) {
  const Catalog catalog;
  auto found = solve(catalog, question, read_target(target), keys, [] {});
  REQUIRE(found);
  return *std::move(found);
}

double value_of(Question question, const std::string& metric, const std::string& key,
                const std::string& value) {
  question.set.push_back({key, value});
  const Catalog catalog;
  const Scenario scenario = load_scenario(catalog, question);
  const auto planned = find_plan(scenario);
  REQUIRE(planned);
  return *metric_value(metric_field(metric, ""), Answer{scenario, *planned});
}

}  // namespace

TEST_CASE("Solve: a price is proportional to the rent") {
  const double base =
      *solved(asked(), "usd_per_mtok_output = 1", {"device.rental.rate"}).base.value;
  for (const double times : {0.1, 0.5, 1.0, 3.0}) {
    const Solution found = solved(asked(), fmt::format("usd_per_mtok_output = {}", times * base),
                                  {"device.rental.rate"});
    REQUIRE(found.keys.front().point);
    CHECK_THAT(found.keys.front().point->factor, WithinRel(times, 2e-3));
  }
}

TEST_CASE(
    "Solve: what is found reaches the target when it is asked for, and hardly less does not") {
  const Solution found = solved(asked(), "tpot_ms = 26", {"device.memory.bandwidth"});
  REQUIRE(found.keys.front().point);
  const SolvedPoint& point = *found.keys.front().point;
  const std::string setting = point.settings.front();
  const std::string key = setting.substr(0, setting.find('='));
  const double at = value_of(asked(), "tpot_ms", key, setting.substr(setting.find('=') + 1));
  CHECK_THAT(at, WithinRel(*point.value, 1e-6));
  const bool faster = *found.base.value > 26.0;
  CHECK((faster ? at <= 26.0 : at >= 26.0));
  const double terabytes = std::stod(setting.substr(setting.find('=') + 1));
  const double nearer =
      value_of(asked(), "tpot_ms", key, fmt::format("{} TB/s", terabytes * (faster ? 0.99 : 1.01)));
  CHECK((faster ? nearer > 26.0 : nearer < 26.0));
}

TEST_CASE("Solve: a wall is told, with the nearest that there is") {
  const Solution found = solved(asked(), "tpot_ms = 0.01", {"device.memory.bandwidth"});
  CHECK_FALSE(found.keys.front().point);
  REQUIRE(found.keys.front().nearest.value);
  CHECK(*found.keys.front().nearest.value < *found.base.value);
  CHECK(found.keys.front().nearest.factor > 100.0);
}

TEST_CASE("Solve: several figures alone and together") {
  const Solution found =
      solved(asked(), "tpot_ms = 9", {"device.memory.bandwidth", "device.engine.vector_peak"});
  REQUIRE(found.keys.size() == 3);
  CHECK(found.keys.back().keys.size() == 2);
  const auto& alone = found.keys.front().point;
  const auto& together = found.keys.back().point;
  if (alone && together) {
    CHECK(std::abs(std::log(together->factor)) <= std::abs(std::log(alone->factor)) + 2e-3);
  }
}

TEST_CASE("Solve: bad targets and keys are told") {
  const Catalog catalog;
  for (const char* bad : {"tpot_ms", "tpot_ms = ", "tpot_ms = x", "tpot_ms = -1", "tpot_ms = nan",
                          "= 4", "no_such_thing = 4"})
    CHECK_THROWS_AS(read_target(bad), InputError);
  const Target target = read_target("tpot_ms=10");
  for (const char* key : {"device.memory.colour", "device.family", "nothing", "device.name"})
    CHECK_THROWS_AS(solve(catalog, asked(), target, {key}, [] {}), InputError);
}
