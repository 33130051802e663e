#include "infersim/search/planner.hpp"

#include <algorithm>

#include "scenario/questions.hpp"
#include "search/batch_search.hpp"
#include "search/planned.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// Most tokens per device of all plans of an engine and all batches that meet the objectives.
TokenRate best_of_engine(const Scenario& scenario, int devices) {
  TokenRate best;
  for (const ParallelPlan& plan : enumerate_plans(scenario, devices)) {
    const auto engine = assemble(scenario.workload(), scenario.pool(plan));
    if (!engine) continue;
    for (double batch = plan.dp; batch <= engine->sequences; batch += plan.dp) {
      const ServingResult result = serve(scenario.workload(), *engine, scenario.loop(batch));
      if (!missed_objectives(scenario, headline(scenario, result)).empty()) continue;
      best = max(best, result.output_tokens / devices);
    }
  }
  return best;
}

/// The same of all replicas of engines that make so many devices.
TokenRate best_of_all(const Scenario& scenario, int devices) {
  TokenRate best;
  for (int size = 1; size <= devices; ++size) {
    if (devices % size == 0) best = max(best, best_of_engine(scenario, size));
  }
  return best;
}

}  // namespace

TEST_CASE("the winner is the best of all plans and batches, to what a batch is narrowed down to") {
  for (const char* hw : {"h200", "ascend910b"}) {
    for (const char* model : {"llama3.1-8b", "qwen3-30b-a3b"}) {
      Question question = ask(hw, model);
      question.devices = 4;
      const PlannedAnswer answer = planned(question);
      const TokenRate best = best_of_all(load(question), 4);
      CAPTURE(hw, model);
      CHECK(answer.best.tokens_per_device <= best * (1 + 1e-12));
      CHECK(answer.best.tokens_per_device >= best * 0.98);
    }
  }
}

TEST_CASE("no plan that bounds ruled out is better than the winner") {
  Question long_answers = ask("gb200", "dsr1");
  long_answers.isl = 2000;
  long_answers.osl = 4000;
  long_answers.ttft = Seconds{3};
  long_answers.tpot = 40.0_ms;
  for (Question question : {long_answers, ask("ascend910b", "dsv3"), ask("h200", "gpt-oss-120b")}) {
    question.devices = 64;
    const Scenario scenario = load(question);
    const Workload workload = scenario.workload();
    const PlannedAnswer answer = planned(question);
    for (const int size : {1, 2, 4, 8, 16, 32, 64}) {
      for (const ParallelPlan& plan : enumerate_plans(scenario, size)) {
        const auto engine = assemble(workload, scenario.pool(plan));
        if (!engine) continue;
        const detail::EngineBounds bounds(scenario, workload, *engine);
        const Candidate best =
            detail::BatchSearch(scenario, workload, *engine).over(bounds, nullptr).best;
        CAPTURE(question.hw, plan.tp, plan.pp, plan.dp, plan.ep, best.batch);
        if (best.objectives_met) {
          CHECK(best.tokens_per_device / answer.best.tokens_per_device <= 1.02);
        }
      }
    }
  }
}

TEST_CASE("the five best are told, and the rest of a small search") {
  const PlannedAnswer many = planned(ask("h200", "dsv3"));
  CHECK(many.considered.size() >= 5);
  Question question = ask("h200", "llama3.1-70b");
  question.devices = 4;
  const PlannedAnswer few = planned(question);
  CHECK(few.considered.size() == few.plans_tried - few.plans_infeasible);
}

TEST_CASE("what is pinned is kept") {
  Question question = ask("h200", "dsv3");
  question.devices = 16;
  question.tp = 2;
  question.ep = 16;
  question.batch = 64;
  const PlannedAnswer answer = planned(question);
  CHECK(answer.best.devices() == 16);
  CHECK(answer.best.plan.tp == 2);
  CHECK(answer.best.plan.ep == 16);
  CHECK(answer.best.batch == 64);
  for (const Candidate& c : answer.considered) {
    CHECK(c.plan.tp == 2);
    CHECK(c.plan.ep == 16);
    CHECK(c.batch == 64);
    CHECK(c.replicas * c.plan.devices() == 16);
  }
}

TEST_CASE("a plan that is pinned in ranks is evaluated as it stands") {
  Question question = ask("h200", "dsv3");
  ParallelPlan plan;
  plan.tp = 2;
  plan.dp = 8;
  plan.ep = 4;
  plan.redundant_experts = 12;
  question.plan = plan;
  const PlannedAnswer one = planned(question);
  CHECK(one.best.plan == plan);
  CHECK(one.best.replicas == 1);
  CHECK(one.plans_tried == 1);
  question.replicas = 3;
  const PlannedAnswer three = planned(question);
  CHECK(three.best.plan == plan);
  CHECK(three.best.devices() == 48);
  CHECK(three.best.batch == 3 * one.best.batch);
}

TEST_CASE("degrees that are all pinned make the devices") {
  Question question = ask("h200", "llama3.1-70b");
  question.tp = 4;
  question.pp = 1;
  question.dp = 3;
  const PlannedAnswer answer = planned(question);
  CHECK(answer.best.plan.devices() == 12);
  CHECK(answer.best.replicas == 1);
  CHECK(answer.sizes.empty());
}

TEST_CASE("the plan of CloudMatrix384 can be pinned by devices") {
  Question question = ask("ascend910c", "dsv3");
  question.tp = 1;
  question.pp = 1;
  question.dp = 160;
  question.ep = 320;
  question.redundant_experts = 64;
  const auto plans = enumerate_plans(load(question), 160);
  const auto published =
      std::find_if(plans.begin(), plans.end(), [](const ParallelPlan& p) { return p.tp == 1; });
  REQUIRE(published != plans.end());
  CHECK(published->ranks() == 320);
  CHECK(published->ep == 320);
  CHECK(published->redundant_experts == 64);
}

TEST_CASE("experts are copied until they fill their ranks, unless pinned") {
  Question question = ask("h800", "dsv3");
  question.ep = 144;
  question.tp = 1;
  question.pp = 1;
  question.dp = 144;
  const auto plans = enumerate_plans(load(question), 144);
  REQUIRE(plans.size() == 1);
  CHECK(plans.front().redundant_experts == 32);  // 288 = 2 x 144
}

TEST_CASE("every plan uses all devices and agrees with heads or is refused later") {
  const Scenario scenario = load(ask("ascend910c", "dsv3"));
  const auto plans = enumerate_plans(scenario, 16);
  CHECK_FALSE(plans.empty());
  for (const ParallelPlan& plan : plans) {
    CHECK(plan.devices() == 16);
    CHECK(plan.device_tp() * plan.pp * plan.device_dp() == 16);
    CHECK(plan.tp * plan.dp % plan.ep == 0);
  }
}

TEST_CASE("plans are enumerated once each") {
  const auto plans = enumerate_plans(load(ask("h200", "dsv3")), 16);
  for (auto plan = plans.begin(); plan != plans.end(); ++plan) {
    CHECK(std::find(plan + 1, plans.end(), *plan) == plans.end());
  }
}

TEST_CASE("candidates stand best first, the winner ahead") {
  const PlannedAnswer answer = planned(ask("h200", "dsv3"));
  REQUIRE_FALSE(answer.considered.empty());
  CHECK(answer.considered.front().plan == answer.best.plan);
  CHECK(answer.considered.front().batch == answer.best.batch);
  CHECK(std::is_sorted(answer.considered.begin(), answer.considered.end(),
                       [](const Candidate& a, const Candidate& b) {
                         if (a.objectives_met != b.objectives_met) return a.objectives_met;
                         return a.objectives_met && a.tokens_per_device > b.tokens_per_device;
                       }));
}

TEST_CASE("the winner meets the objectives and its batch fits") {
  const PlannedAnswer answer = planned(ask("h200", "llama3.1-70b"));
  CHECK(answer.best.objectives_met());
  CHECK(answer.best.headline.tpot <= 50.0_ms);
  CHECK(answer.best.headline.ttft <= Seconds{2});
  CHECK(answer.best.batch <= answer.best.max_sequences);
}

TEST_CASE("where no plan meets the objectives the nearest miss is still an answer") {
  Question question = ask("h200", "llama3.1-8b");
  question.tpot = 0.01_ms;
  question.devices = 8;
  const PlannedAnswer answer = planned(question);
  CHECK_FALSE(answer.best.objectives_met());
  CHECK_FALSE(answer.best.missed.empty());
  for (const Candidate& c : answer.considered)
    CHECK(c.tpot >= answer.best.headline.tpot);
}

TEST_CASE("without an objective in reach the nearest miss of all sizes is the answer") {
  Question question = ask("h200", "dsv3");
  question.tpot = 0.001_ms;
  const PlannedAnswer answer = planned(question);
  REQUIRE_FALSE(answer.sizes.empty());
  for (const SizeOption& option : answer.sizes) {
    CHECK_FALSE(option.candidate.objectives_met);
    CHECK(option.candidate.overshoot >= answer.considered.front().overshoot);
  }
}

TEST_CASE("a model that fits nowhere is told by its nearest miss") {
  Question question = ask("snapdragon-8-gen3", "llama3.1-70b");
  const auto answer = find_plan(load(question));
  REQUIRE_FALSE(answer);
  // 69.5 G weights of 4.5 bits and the head and embedding in 8, into 12 GiB
  CHECK(answer.error().needed > 39.0_GB);
  CHECK(answer.error().available == Bytes{12.0 * 1024 * 1024 * 1024});
}

TEST_CASE("a batch that fits on no plan is told with the room there is, where it cannot queue") {
  Question question = ask("h200", "llama3.1-8b");
  question.devices = 1;
  question.batch = 100000;
  CHECK_FALSE(planned(question).best.objectives_met());
  question.phase = PhaseChoice::decode;
  const auto answer = find_plan(load(question));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().needed > answer.error().available);
}

TEST_CASE("phones and PCs serve one user unless asked otherwise") {
  Question question = ask("m3-max", "llama3.1-8b");
  CHECK(planned(question).best.batch == 1);
  CHECK(planned(question).best.devices() == 1);
  question.batch = 4;
  CHECK(planned(question).best.batch == 4);
}

TEST_CASE("a stricter TPOT never yields more") {
  TokenRate before;
  for (const double tpot : {10.0, 20.0, 40.0, 80.0}) {
    Question question = ask("h200", "llama3.1-70b");
    question.devices = 8;
    question.tpot = tpot * millisecond;
    const PlannedAnswer answer = planned(question);
    CAPTURE(tpot);
    CHECK(answer.best.objectives_met());
    CHECK(answer.best.tokens_per_device >= before * 0.98);
    before = answer.best.tokens_per_device;
  }
}

TEST_CASE("decode alone is planned for its own objective") {
  Question question = ask("h200", "llama3.1-70b");
  question.phase = PhaseChoice::decode;
  question.ttft = 0.001_ms;  // of no concern
  const PlannedAnswer answer = planned(question);
  CHECK(answer.best.objectives_met());
  CHECK(answer.best.headline.tpot <= 50.0_ms);
}

TEST_CASE("the answer does not depend on the number of threads") {
  for (const char* hw : {"ascend910b", "gb200"}) {
    const Scenario scenario = load(ask(hw, "dsv3"));
    const auto alone = find_plan(scenario, 1);
    REQUIRE(alone);
    for (const unsigned threads : {2U, 5U}) {
      const auto together = find_plan(scenario, threads);
      REQUIRE(together);
      CHECK(together->best.plan == alone->best.plan);
      CHECK(together->best.batch == alone->best.batch);
      CHECK(together->choice == alone->choice);
      CHECK(together->plans_tried == alone->plans_tried);
      CHECK(together->batches_tried == alone->batches_tried);
      REQUIRE(together->considered.size() == alone->considered.size());
      for (std::size_t i = 0; i < alone->considered.size(); ++i) {
        CHECK(together->considered[i].plan == alone->considered[i].plan);
        CHECK(together->considered[i].batch == alone->considered[i].batch);
      }
    }
  }
}

TEST_CASE("no more run at once than the scheduler takes") {
  Question question = ask("h200", "llama3.1-8b");
  question.devices = 1;
  question.settings.scheduler.max_seqs = 16;
  const PlannedAnswer answer = planned(question);
  CHECK(answer.best.batch <= 16 * answer.best.plan.dp);
  CHECK(answer.best.objectives_met());
}
