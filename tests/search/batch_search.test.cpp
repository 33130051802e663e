#include "search/batch_search.hpp"

#include <algorithm>
#include <cmath>

#include "scenario/questions.hpp"
#include "search/ranking.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;
using detail::BatchSearch;
using detail::EngineBounds;

namespace {

/// The best of all batches of an engine, one by one.
Candidate best_of_all(const Scenario& scenario, const AssembledEngine& engine) {
  const Workload workload = scenario.workload();
  Candidate best;
  const double most = std::floor(engine.scheduler.max_seqs);
  for (double b = std::min(1.0 * engine.plan.pp, most); b <= most; b += 1.0) {
    BatchSearch one(scenario, workload, engine);
    const Candidate c = one.at_batch(b * engine.plan.dp).best;
    if (best.batch == 0 || detail::better(c, best)) best = c;
  }
  return best;
}

void check_all_plans(const Question& question, int devices) {
  const Scenario scenario = load(question);
  const Workload workload = scenario.workload();
  for (const ParallelPlan& plan : enumerate_plans(scenario, devices)) {
    const auto engine = assemble(workload, scenario.pool(plan));
    if (!engine) continue;
    const EngineBounds bounds(scenario, workload, *engine);
    const auto found = BatchSearch(scenario, workload, *engine).over(bounds, nullptr);
    const Candidate best = best_of_all(scenario, *engine);
    CAPTURE(question.hw, question.model, plan.tp, plan.pp, plan.dp, plan.ep, found.best.batch,
            best.batch);
    CHECK(found.complete);
    CHECK(found.best.objectives_met == best.objectives_met);
    if (best.objectives_met) {
      CHECK(found.best.tokens_per_device >= 0.98 * best.tokens_per_device);
      // Nor is it given up for what is known to yield less.
      Candidate known = best;
      known.tokens_per_device *= 0.95;
      const auto again = BatchSearch(scenario, workload, *engine).over(bounds, &known);
      CHECK(again.complete);
      CHECK(again.best.tokens_per_device >= 0.98 * best.tokens_per_device);
    } else {
      CHECK(found.best.overshoot <= 1.1 * best.overshoot);
    }
  }
}

Question lengths(const char* hw, const char* model, double isl, double osl) {
  Question question = ask(hw, model);
  question.isl = isl;
  question.osl = osl;
  return question;
}

}  // namespace

TEST_CASE("no batch of a plan yields 2 % more than the one that is found") {
  check_all_plans(ask("h200", "dsv3"), 16);
  check_all_plans(ask("ascend910b", "qwen3-30b-a3b"), 2);
  check_all_plans(lengths("h200", "llama3.1-70b", 1000, 1000), 4);
  check_all_plans(lengths("gb200", "gpt-oss-120b", 8000, 300), 4);
  Question loose = lengths("mi355x", "qwen3-32b", 2000, 500);
  loose.ttft = Seconds{60};
  loose.tpot = Seconds{1};
  check_all_plans(loose, 2);
  Question strict = lengths("l40s", "llama3.1-8b", 2000, 500);
  strict.ttft = 300.0_ms;
  check_all_plans(strict, 2);
}

TEST_CASE("a search is given up where another engine is known to yield more") {
  const Scenario scenario = load(ask("h200", "llama3.1-70b"));
  const Workload workload = scenario.workload();
  ParallelPlan plan;
  plan.tp = 4;
  const auto engine = assemble(workload, scenario.pool(plan));
  REQUIRE(engine);
  const EngineBounds bounds(scenario, workload, *engine);
  const auto whole = BatchSearch(scenario, workload, *engine).over(bounds, nullptr);
  Candidate known = whole.best;
  known.tokens_per_device *= 2.0;
  const auto given_up = BatchSearch(scenario, workload, *engine).over(bounds, &known);
  CHECK_FALSE(given_up.complete);
  CHECK(given_up.tried < whole.tried);
  // One that yields less stops nothing.
  known.tokens_per_device *= 0.25;
  const auto same = BatchSearch(scenario, workload, *engine).over(bounds, &known);
  CHECK(same.complete);
  CHECK(same.best.batch == whole.best.batch);
}

TEST_CASE("times that are none miss every objective") {
  const Scenario scenario = load(ask("h200", "llama3.1-8b"));
  Candidate c;
  c.tokens_per_device = TokenRate{1.0};
  c.ttft = Seconds{0.1};
  c.tpot = Seconds{0.01};
  CHECK(detail::overshoot(scenario, c) <= 1.0);
  c.tpot = Seconds{-0.01};
  CHECK(std::isinf(detail::overshoot(scenario, c)));
  c.tpot = Seconds{std::nan("")};
  CHECK(std::isinf(detail::overshoot(scenario, c)));
}
