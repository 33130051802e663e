#include "search/bounds.hpp"

#include <cmath>

#include "infersim/scenario/evaluate.hpp"
#include "infersim/search/planner.hpp"
#include "scenario/questions.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;
using detail::EngineBounds;

namespace {

struct Case {
  const char* hw;
  const char* model;
  int devices;
  double isl;
  double osl;
};

const Case cases[] = {
    {"h200", "llama3.1-70b", 8, 4000, 1000},        {"h200", "dsv3", 16, 2000, 2000},
    {"ascend910b", "qwen3-30b-a3b", 4, 4000, 1000}, {"gb200", "dsr1", 8, 1000, 1000},
    {"mi355x", "gpt-oss-120b", 4, 8000, 500},       {"l40s", "llama3.1-8b", 2, 16000, 800}};

Question question_of(const Case& c) {
  Question question = ask(c.hw, c.model);
  question.isl = c.isl;
  question.osl = c.osl;
  return question;
}

/// Calls `check` with every plan's engine, its bounds and what some batches of it make.
template <class Check>
void for_each_batch(const Scenario& scenario, int devices, Check check) {
  const Workload workload = scenario.workload();
  for (const ParallelPlan& plan : enumerate_plans(scenario, devices)) {
    const auto engine = assemble(workload, scenario.pool(plan));
    if (!engine) continue;
    const EngineBounds bounds(scenario, workload, *engine);
    const double most = std::floor(engine->scheduler.max_seqs);
    for (double b = plan.pp; b <= most; b = std::max(b + 1.0, std::floor(1.3 * b))) {
      CAPTURE(plan.tp, plan.pp, plan.dp, plan.ep, b);
      check(*engine, bounds, b, serve(workload, *engine, scenario.loop(b * plan.dp)));
    }
  }
}

}  // namespace

TEST_CASE("no batch that meets the objectives is beyond the bounds of its plan") {
  for (const Case& c : cases) {
    const Scenario scenario = load(question_of(c));
    int met = 0;
    for_each_batch(scenario, c.devices,
                   [&](const AssembledEngine& engine, const EngineBounds& bounds, double b,
                       const ServingResult& result) {
                     CAPTURE(c.hw, c.model);
                     const TokenRate tokens = result.output_tokens / engine.plan.devices();
                     if (!missed_objectives(scenario, headline(scenario, result)).empty()) return;
                     ++met;
                     CHECK(bounds.can_meet());
                     CHECK(tokens / bounds.tokens(b) <= 1.0);
                     CHECK(tokens / bounds.tokens() <= 1.0);
                     CHECK(b <= bounds.most());
                   });
    CHECK(met > 0);
  }
}

TEST_CASE("decodes alone are never slower than with prompts among them") {
  for (const Case& c : cases) {
    const Scenario scenario = load(question_of(c));
    for_each_batch(scenario, c.devices,
                   [&](const AssembledEngine& engine, const EngineBounds&, double b,
                       const ServingResult& result) {
                     CAPTURE(c.hw, c.model);
                     const ServingLoad load =
                         load_of(scenario.workload(), engine, scenario.loop(b * engine.plan.dp));
                     const PhaseResult alone = decode_alone(engine.decode, load, result.running);
                     CHECK(result.tpot / alone.tpot >= 0.99);
                   });
  }
}

TEST_CASE("bounds are close to what is reached") {
  const Scenario scenario = load(ask("gb200", "dsr1"));
  const auto answer = find_plan(scenario);
  REQUIRE(answer);
  const Evaluation& best = answer->best;
  const auto engine = assemble(scenario.workload(), scenario.pool(best.plan));
  REQUIRE(engine);
  const EngineBounds bounds(scenario, scenario.workload(), *engine);
  CHECK(bounds.tokens() < 1.15 * best.tokens_per_device);
}

TEST_CASE("an objective that no step meets is seen from the bounds") {
  Question question = ask("h200", "llama3.1-8b");
  question.tpot = 0.01_ms;
  const Scenario scenario = load(question);
  const auto engine = assemble(scenario.workload(), scenario.pool({}));
  REQUIRE(engine);
  const EngineBounds bounds(scenario, scenario.workload(), *engine);
  CHECK_FALSE(bounds.can_meet());
  CHECK(bounds.miss() > 100);
}
