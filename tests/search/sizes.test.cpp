#include "search/sizes.hpp"

#include <algorithm>

#include "scenario/questions.hpp"
#include "search/planned.hpp"
#include "search/plans.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

const SizeOption& chosen(const PlannedAnswer& answer) {
  return *std::find_if(answer.sizes.begin(), answer.sizes.end(),
                       [](const SizeOption& option) { return option.chosen; });
}

bool meets(Question question, int devices) {
  question.devices = devices;
  const auto answer = find_plan(load(question));
  return answer && answer->best.objectives_met();
}

}  // namespace

TEST_CASE("the fewest devices meet the objectives, and none fewer") {
  for (const auto& [hw, model] : {std::pair{"h200", "dsv3"}, std::pair{"ascend910b", "dsv3"},
                                  std::pair{"gb200", "dsr1"}, std::pair{"l40s", "gpt-oss-120b"}}) {
    Question question = ask(hw, model);
    question.size = SizeChoice::smallest;
    const Scenario scenario = load(question);
    const PlannedAnswer answer = planned(question);
    const int fewest = answer.best.devices();
    CAPTURE(hw, model, fewest);
    CHECK(answer.best.objectives_met());
    CHECK(&chosen(answer) == &answer.sizes.front());
    const int node = scenario.system.devices_per_node;
    const int joined = std::max(node, scenario.system.scale_up.domain);
    for (int fewer = 1; fewer < fewest; ++fewer) {
      if (fewer <= joined || fewer % node == 0) CHECK_FALSE(meets(question, fewer));
    }
  }
}

TEST_CASE("sizes double from the fewest to the system's extent") {
  const PlannedAnswer answer = planned(ask("ascend910b", "dsv3"));  // 32 nodes of 8
  std::vector<int> sizes;
  for (const SizeOption& option : answer.sizes)
    sizes.push_back(option.devices);
  CHECK(sizes == std::vector<int>{16, 32, 64, 128, 256});
  for (const SizeOption& option : answer.sizes) {
    CHECK(option.candidate.replicas * option.candidate.plan.devices() == option.devices);
    CHECK(option.candidate.objectives_met);
    CHECK(option.output);
  }
}

TEST_CASE("the answer is the smallest within 3 % of the cheapest output tokens") {
  for (const char* hw : {"h200", "ascend910b", "gb200", "mi355x", "l40s"}) {
    for (const char* model : {"dsv3", "gpt-oss-20b", "llama3.1-70b"}) {
      const Question question = ask(hw, model);
      const auto found = find_plan(load(question));
      if (!found || !found->best.objectives_met()) continue;
      CAPTURE(hw, model);
      const SizeOption& answer = chosen(*found);
      CHECK(std::count_if(found->sizes.begin(), found->sizes.end(),
                          [](const SizeOption& option) { return option.chosen; }) == 1);
      CHECK(std::is_sorted(
          found->sizes.begin(), found->sizes.end(),
          [](const SizeOption& a, const SizeOption& b) { return a.devices < b.devices; }));
      CHECK(answer.devices == found->best.devices());
      CHECK(answer.output == found->best.bill.output);
      double least = detail::cost_of(answer);
      for (const SizeOption& option : found->sizes)
        least = std::min(least, detail::cost_of(option));
      CHECK(detail::cost_of(answer) <= 1.03 * least);
      for (const SizeOption& option : found->sizes) {
        if (option.devices < answer.devices) CHECK(detail::cost_of(option) > 1.03 * least);
      }
    }
  }
}

TEST_CASE("a size asked for has no other beside it") {
  Question question = ask("h200", "dsv3");
  question.devices = 128;
  const PlannedAnswer answer = planned(question);
  CHECK(answer.sizes.empty());
  CHECK(answer.choice.rfind("128 devices as asked for: 2 replicas of 64", 0) == 0);
}

TEST_CASE("engines that are pinned in part are multiplied") {
  Question question = ask("h200", "dsv3");
  question.tp = 8;
  question.replicas = 2;
  const PlannedAnswer answer = planned(question);
  CHECK(answer.best.replicas == 2);
  CHECK(answer.best.plan.tp == 8);
  for (const SizeOption& option : answer.sizes) {
    CHECK(option.devices % 16 == 0);
    CHECK(option.candidate.replicas == 2);
  }
}

TEST_CASE("what is said of the choice is what was compared") {
  Question question = ask("ascend910b", "dsv3");
  const PlannedAnswer cheapest = planned(question);
  CHECK(cheapest.choice.find("the system's 256 devices") != std::string::npos);
  question.size = SizeChoice::smallest;
  CHECK(planned(question).choice.find("smallest as asked") != std::string::npos);
  question.tpot = 0.001_ms;
  CHECK(planned(question).choice.find("no size up to the system's 256 devices meets") !=
        std::string::npos);
}
