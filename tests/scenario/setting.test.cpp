#include "infersim/scenario/setting.hpp"

#include "infersim/scenario/scope.hpp"
#include "infersim/search/planner.hpp"
#include "scenario/questions.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;
using Catch::Matchers::ContainsSubstring;

namespace {

Question with(std::initializer_list<Setting> settings) {
  Question question = ask("h200", "llama3.1-8b");
  question.set = settings;
  return question;
}

}  // namespace

TEST_CASE("a figure that is set is what the chip has, for that question alone") {
  const Scenario bent = load(with({{"device.memory.bandwidth", "32TB/s"}}));
  const Scenario own = load(ask("h200", "llama3.1-8b"));
  CHECK(bent.device.main_memory().bandwidth / own.device.main_memory().bandwidth ==
        Approx(32.0 / 4.8));
  REQUIRE(bent.set.size() == 1);
  CHECK(bent.set.front().key == "device.memory.HBM3e.bandwidth");
  CHECK(bent.set.front().was == "4.8 TB/s");
}

TEST_CASE("a chip whose physics is set exists on paper alone, one with another price does not") {
  CHECK(load(with({{"device.power.limit", "300W"}})).device.is_concept);
  CHECK(!load(with({{"device.price.capital", "9000USD"}})).device.is_concept);
  CHECK(!load(with({{"site.utilisation", "0.3"}})).device.is_concept);
}

TEST_CASE("several settings hold together, the later of two on one figure") {
  const Scenario bent = load(with({{"device.memory.bandwidth", "32TB/s"},
                                   {"site.utilisation", "0.3"},
                                   {"device.memory.bandwidth", "8TB/s"}}));
  CHECK(bent.device.main_memory().bandwidth == Bandwidth{8e12});
  CHECK(bent.set.size() == 3);
}

TEST_CASE("a setting that leads nowhere is told with what would be right") {
  CHECK_THAT(messages(with({{"chip.memory.bandwidth", "1TB/s"}})).front(),
             ContainsSubstring("is not a kind of description"));
  CHECK_THAT(messages(with({{"device.memory.bandwith", "1TB/s"}})).front(),
             ContainsSubstring("bandwith: unknown key"));
  CHECK_THAT(messages(with({{"device.memory.bandwidth", "1TB"}})).front(),
             ContainsSubstring("bandwidth"));
  CHECK_THAT(messages(with({{"traffic.ttft", "1 s"}})).front(),
             ContainsSubstring("the question names no traffic"));
}
