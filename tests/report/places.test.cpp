#include "infersim/report/places.hpp"

#include <set>

#include <nlohmann/json.hpp>

#include "infersim/report/json.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/search/offload_hint.hpp"
#include "infersim/search/planner.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"

namespace infersim::test {
namespace {

using nlohmann::json;

Scenario split() {
  Question question;
  question.hw = "rtx-4070-super";
  question.model = "gpt-oss-120b";
  question.offload.automatic = true;
  question.set = {{"host.memory.capacity", "48 GiB"}};
  return load_scenario(Catalog{}, question);
}

}  // namespace

TEST_CASE("Times by place add up to the step") {
  const Scenario scenario = split();
  const PlannedAnswer planned = *find_plan(scenario);
  for (const StepBreakdown* step : {&planned.best.decode->steps, &planned.best.prefill->steps}) {
    const PlaceTimes times = place_times(*step);
    const Seconds sum = times.device + times.host + times.link + times.flash + times.software;
    CHECK_THAT(sum / step->cost.time, WithinRel(1.0, 1e-9));
    CHECK(times.flash > Seconds{});
    CHECK(times.device > Seconds{});
  }
}

TEST_CASE("docs/json.md lists every key of a placement") {
  const std::string docs = read_file(source_dir() / "docs/json.md");
  const Scenario scenario = split();
  const json document = json::parse(json_answer({scenario, *find_plan(scenario)}));
  REQUIRE(document.contains("placement"));
  std::set<std::string> keys;
  for (const auto& [key, value] : document["placement"].items()) {
    if (!value.is_object()) keys.insert("placement." + key);
    if (value.is_object()) {
      for (const auto& [inner, time] : value.items())
        keys.insert("placement." + key + '.' + inner);
    }
  }
  for (const std::string& key : keys) {
    INFO(key);
    CHECK(docs.find("| `" + key + "` |") != std::string::npos);
  }
}

TEST_CASE("A refusal for want of memory says what an offload would make of it") {
  Question question;
  question.hw = "rtx-4070-super";
  question.model = "qwen3-32b";
  const Scenario scenario = load_scenario(Catalog{}, question);
  const auto refused = find_plan(scenario);
  REQUIRE(!refused);
  const Infeasible hinted = with_offload_hint(Catalog{}, scenario, refused.error());
  CHECK_THAT(hinted.hint, ContainsSubstring("--offload auto"));
  CHECK_THAT(hinted.hint, ContainsSubstring("tokens/s a user"));
  question.offload.gpu_layers = 60;
  const Scenario pinned = load_scenario(Catalog{}, question);
  const auto again = find_plan(pinned);
  REQUIRE(!again);
  CHECK(with_offload_hint(Catalog{}, pinned, again.error()).hint == again.error().hint);
}

}  // namespace infersim::test
