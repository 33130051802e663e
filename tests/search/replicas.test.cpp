// Replicas of the best engine: what more devices of one kind may and may not do.

#include <cmath>
#include <map>

#include "infersim/search/planner.hpp"
#include "scenario/questions.hpp"
#include "search/planned.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

TokenRate rate_on(Question question, int devices) {
  question.devices = devices;
  return planned(question).best.tokens_per_device;
}

Question with_objectives(const char* hw, const char* model, double ttft, double tpot) {
  Question question = ask(hw, model);
  question.ttft = ttft * millisecond;
  question.tpot = tpot * millisecond;
  return question;
}

}  // namespace

TEST_CASE("multiples of the best engine yield as much a device, however many") {
  const Question question = ask("gb200", "dsr1");
  const TokenRate one = rate_on(question, 64);
  for (const int devices : {384, 1024, 4096}) {
    CAPTURE(devices);
    CHECK(rate_on(question, devices) >= 0.97 * one);
    CHECK(rate_on(question, devices) <= 1.03 * one);
  }
}

TEST_CASE("many engines yield more than one over all of the devices") {
  Question question = ask("b200", "dsr1");
  question.traffic = "chat";
  question.devices = 128;
  const TokenRate replicas = planned(question).best.tokens_per_device;
  question.replicas = 1;
  CHECK(replicas >= 1.2 * planned(question).best.tokens_per_device);
}

TEST_CASE("a fleet is at least replicas of two nodes") {
  const Question question = ask("h200", "dsv3");
  CHECK(rate_on(question, 384) >= rate_on(question, 16));
}

TEST_CASE("a node of a small mixture yields at least what its devices do one by one") {
  for (const char* hw : {"mi355x", "l40s"}) {
    const Question question = with_objectives(hw, "gpt-oss-20b", 1000, 15);
    CAPTURE(hw);
    CHECK(rate_on(question, 8) >= rate_on(question, 1));
  }
}

TEST_CASE("no number of devices yields less a device than one that divides it") {
  const std::vector<Question> questions = {ask("ascend910b", "qwen3-30b-a3b"),
                                           ask("h200", "llama3.1-70b"),
                                           ask("gb200", "dsr1"),
                                           ask("ascend910c", "gpt-oss-120b"),
                                           ask("tpu-v6e", "llama3.1-8b"),
                                           with_objectives("l40s", "gpt-oss-20b", 1000, 15)};
  for (const Question& question : questions) {
    std::map<int, Candidate> best;
    for (const int devices : {1, 2, 3, 4, 6, 8, 12, 16, 24, 48}) {
      Question sized = question;
      sized.devices = devices;
      const auto answer = find_plan(load(sized));
      if (answer) best[devices] = answer->considered.front();
    }
    CHECK(best.size() > 4);
    for (const auto& [devices, candidate] : best) {
      for (const auto& [fewer, part] : best) {
        if (devices % fewer != 0 || !part.objectives_met) continue;
        CAPTURE(question.hw, question.model, devices, fewer);
        CHECK(candidate.objectives_met);
        CHECK(candidate.tokens_per_device >= part.tokens_per_device * (1 - 1e-9));
      }
    }
  }
}

TEST_CASE("replicas share a pinned batch evenly, none of their groups idle") {
  Question question = ask("h200", "dsv3");
  question.devices = 32;
  question.replicas = 2;
  question.batch = 100;
  const PlannedAnswer answer = planned(question);
  CHECK(answer.best.batch == 100);
  for (const Candidate& c : answer.considered) {
    CHECK(c.replicas == 2);
    CHECK(c.batch == 100);
    CHECK(c.replicas * c.plan.dp <= 100);
  }
  Question half = question;
  half.devices = 16;
  half.replicas = 1;
  half.batch = 50;
  const double ratio = planned(half).best.tokens_per_device / answer.best.tokens_per_device;
  CHECK(std::abs(ratio - 1.0) < 1e-9);
}

TEST_CASE("a batch below the groups of every plan is told") {
  Question question = ask("h200", "llama3.1-8b");
  question.devices = 8;
  question.replicas = 8;
  question.batch = 4;
  const auto answer = find_plan(load(question));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().reason ==
        "a batch of 4 leaves some of 8 data-parallel groups of 8 replicas idle");
}

TEST_CASE("devices that no engine divides are refused with what would") {
  Question question = ask("gb200", "dsr1");
  question.devices = 4099;  // a prime
  const auto answer = find_plan(load(question));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().reason.find("4099") != std::string::npos);
}
