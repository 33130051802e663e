#include "search/plans.hpp"

#include <algorithm>

#include "infersim/search/planner.hpp"
#include "scenario/questions.hpp"
#include "search/weight_floor.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;
using detail::engine_sizes;
using detail::expert_degrees;
using Ints = std::vector<int>;

TEST_CASE("replicas are of engines that divide the devices and stay within the system") {
  Question question = ask("gb200", "dsr1");  // 18 nodes of 4
  CHECK(engine_sizes(load(question), 12) == Ints{1, 2, 3, 4, 6, 12});
  CHECK(engine_sizes(load(question), 144).back() == 72);
  question.tp = 4;
  CHECK(engine_sizes(load(question), 24) == Ints{4, 8, 12, 24});
  question.replicas = 2;
  CHECK(engine_sizes(load(question), 24) == Ints{12});
  CHECK(engine_sizes(load(question), 25).empty());
}

TEST_CASE("an engine may be pinned beyond the system's extent") {
  Question question = ask("h200", "dsv3");  // 16 nodes of 8
  question.tp = 1;
  question.pp = 1;
  question.dp = 160;
  CHECK(engine_sizes(load(question), 320) == Ints{160});
  question.tp = question.pp = question.dp = std::nullopt;
  question.replicas = 1;
  CHECK(engine_sizes(load(question), 160) == Ints{160});
}

TEST_CASE("groups of a dense model are replicas unless they are pinned") {
  Question question = ask("h200", "llama3.1-70b");
  for (const ParallelPlan& plan : enumerate_plans(load(question), 8))
    CHECK(plan.dp == 1);
  question.dp = 4;
  const auto plans = enumerate_plans(load(question), 8);
  CHECK_FALSE(plans.empty());
  for (const ParallelPlan& plan : plans)
    CHECK(plan.dp == 4);
}

TEST_CASE("dies of one device may be groups of a dense model") {
  const auto plans = enumerate_plans(load(ask("ascend910c", "llama3.1-8b")), 1);
  const auto has = [&](int tp, int dp) {
    return std::any_of(plans.begin(), plans.end(),
                       [&](const ParallelPlan& plan) { return plan.tp == tp && plan.dp == dp; });
  };
  CHECK(has(2, 1));
  CHECK(has(1, 2));
}

TEST_CASE("experts go to one rank, all, or a number between that means something") {
  Question question = ask("h200", "dsv3");
  CHECK(expert_degrees(load(question), 1) == Ints{1});
  CHECK(expert_degrees(load(question), 64) == Ints{1, 8, 32, 64});
  CHECK(expert_degrees(load(question), 512) == Ints{1, 8, 256, 512});
  question.moe_tp = 4;
  CHECK(expert_degrees(load(question), 64) == Ints{16});
  CHECK(expert_degrees(load(question), 6).empty());
  question.ep = 8;
  CHECK(expert_degrees(load(question), 64).empty());
  CHECK(expert_degrees(load(question), 32) == Ints{8});
  CHECK(expert_degrees(load(ask("h200", "llama3.1-8b")), 8) == Ints{1});
}

TEST_CASE("ranks that share an expert are kept") {
  Question question = ask("h200", "dsv3");
  question.devices = 16;
  question.moe_tp = 2;
  const auto answer = find_plan(load(question));
  REQUIRE(answer);
  for (const Candidate& c : answer->considered)
    CHECK(c.plan.expert_slices() == 2);
}

TEST_CASE("degrees of experts that contradict each other are faults") {
  Question question = ask("h200", "dsv3");
  question.tp = 2;
  question.dp = 8;
  question.ep = 4;
  question.moe_tp = 4;
  CHECK(messages(question).empty());
  question.moe_tp = 2;
  CHECK(messages(question) ==
        std::vector<std::string>{"--moe-tp 2 x --ep 4 is not --tp 2 x --dp 8"});
  question = ask("h200", "llama3.1-8b");
  question.moe_tp = 2;
  CHECK(messages(question) == std::vector<std::string>{"--moe-tp 2: Llama 3.1 8B has no experts"});
}

TEST_CASE("replicas and degrees have to make the devices") {
  Question question = ask("h200", "dsv3");
  question.devices = 32;
  question.replicas = 3;
  CHECK(messages(question) ==
        std::vector<std::string>{
            "--replicas 3 x --tp 1 x --pp 1 x --dp 1 does not make --devices 32"});
  question.replicas = 2;
  question.tp = 2;
  question.pp = 1;
  question.dp = 8;
  CHECK(messages(question).empty());
  question.dp = 4;
  CHECK(messages(question).size() == 1);
  question.replicas.reset();  // four replicas make them
  CHECK(messages(question).empty());
  question.replicas = 0;
  CHECK(messages(question) == std::vector<std::string>{"--replicas: 0 is not possible"});
}

TEST_CASE("weights never weigh less than their floor") {
  for (const char* hw : {"h200", "ascend910c", "gb200", "l40s", "mi355x"}) {
    for (const char* model : {"dsv3", "gpt-oss-20b", "llama3.1-8b", "qwen3-30b-a3b", "gemma2-9b",
                              "nemotron-3-nano-30b-a3b", "kimi-k2"}) {
      const Scenario scenario = load(ask(hw, model));
      const detail::WeightFloor floor(scenario);
      for (const int devices : {1, 4, 32}) {
        for (const ParallelPlan& plan : enumerate_plans(scenario, devices)) {
          const auto engine = assemble(scenario.workload(), scenario.pool(plan));
          CAPTURE(hw, model, plan.tp, plan.pp, plan.dp, plan.ep);
          if (engine) {
            CHECK(floor.of(plan) <= engine->memory.weights);
            CHECK_FALSE(floor.exceeds_memory(plan));
          }
        }
      }
    }
  }
}
