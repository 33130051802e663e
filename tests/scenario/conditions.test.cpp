#include "infersim/scenario/conditions.hpp"

#include <functional>
#include <limits>

#include "scenario/questions.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

struct Answered {
  Scenario scenario;
  Evaluation evaluation;

  explicit Answered(const Question& question) : scenario(load(question)) {
    ParallelPlan plan;
    plan.dp = 8;
    evaluation = evaluate(scenario, plan, 64, 2).value();
  }
};

Answered llama(PhaseChoice phase = PhaseChoice::both) {
  Question question = ask("h200", "llama3.1-8b");
  question.phase = phase;
  return Answered(question);
}

struct Break {
  const char* told;
  std::function<void(Evaluation&)> what;
};

}  // namespace

TEST_CASE("an answer meets every condition, whatever phases it has") {
  for (const PhaseChoice phase : {PhaseChoice::both, PhaseChoice::prefill, PhaseChoice::decode}) {
    const Answered answered = llama(phase);
    CHECK(broken_conditions(answered.scenario, answered.evaluation).empty());
  }
  Question cached = ask("h200", "llama3.1-8b");
  cached.cached = PrefixHits{0, 0.9};
  const Answered answered(cached);
  CHECK(broken_conditions(answered.scenario, answered.evaluation).empty());
}

TEST_CASE("each condition that is broken is told with its number") {
  const Answered answered = llama();
  const double idle = answered.scenario.device.power.idle.base();
  const double limit = answered.scenario.device.power.limit.base();
  const std::vector<Break> breaks = {
      {"TTFT comes out as -769 ms", [](Evaluation& e) { e.headline.ttft = Seconds{-0.769}; }},
      {"TPOT comes out as -5601 ms", [](Evaluation& e) { e.headline.tpot = Seconds{-5.601}; }},
      {"TPOT comes out as inf ms",
       [](Evaluation& e) { e.headline.tpot = Seconds{std::numeric_limits<double>::infinity()}; }},
      {"the token rate comes out as nan", [](Evaluation& e) { e.headline.tokens *= NAN; }},
      {"board power", [&](Evaluation& e) { e.board_power = Watts{1.03 * limit}; }},
      {"at idle", [&](Evaluation& e) { e.board_power = Watts{0.97 * idle}; }},
      {"the price of input", [](Evaluation& e) { *e.bill.input *= -1.0; }},
      {"what a request's tokens pay", [](Evaluation& e) { *e.bill.output *= 1.001; }},
      {"prefill's share of time", [](Evaluation& e) { e.service->prefill_share = 1.1; }},
      {"of a group decode where", [](Evaluation& e) { e.service->running = 1e6; }},
      {"a decode step", [](Evaluation& e) { e.decode->alone.step = Seconds{}; }},
      {"the wait for a slot", [](Evaluation& e) { e.service->terms.queue = Seconds{-1.0}; }},
  };
  for (const Break& each : breaks) {
    Evaluation broken = answered.evaluation;
    each.what(broken);
    INFO(each.told);
    const auto told = broken_conditions(answered.scenario, broken);
    REQUIRE_FALSE(told.empty());
    CHECK_THAT(told.front(), ContainsSubstring(each.told));
  }
}

TEST_CASE("power up to 2 % over the limit is a reading of it") {
  Answered answered = llama();
  answered.evaluation.board_power = 1.01 * answered.scenario.device.power.limit;
  CHECK(broken_conditions(answered.scenario, answered.evaluation).empty());
}
