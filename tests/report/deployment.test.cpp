// Replicas, queues and sizes: what is counted over all replicas, and what the text says of it.

#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

#include "infersim/report/explain.hpp"
#include "infersim/report/json.hpp"
#include "infersim/report/summary.hpp"
#include "scenario/questions.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"

using namespace infersim;
using namespace infersim::test;
using nlohmann::json;

namespace {

struct Asked {
  Scenario scenario;
  PlannedAnswer planned;

  Asked(const Question& question, const ParallelPlan& plan, double batch, int replicas)
      : scenario(load_scenario(Catalog{}, question)) {
    planned.best = evaluate(scenario, plan, batch, replicas).value();
  }
  [[nodiscard]] Answer answer() const { return {scenario, planned}; }
  [[nodiscard]] json document() const { return json::parse(json_answer(answer())); }
  [[nodiscard]] std::string text(int width = 80) const {
    return summary(answer(), {.width = width, .color = false});
  }
};

ParallelPlan plan_of(int tp, int dp) {
  ParallelPlan plan;
  plan.tp = tp;
  plan.dp = dp;
  return plan;
}

double at(const json& document, const char* path) {
  return document.at(json::json_pointer(path)).get<double>();
}

bool fits(const std::string& text, int width) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (columns_of(line) > width) return false;
  }
  return true;
}

/// Unbroken, as if lines had no end.
std::string joined(std::string text) {
  for (std::size_t i = 0; (i = text.find("\n  ", i)) != std::string::npos;)
    text.replace(i, 3, " ");
  return text;
}

}  // namespace

TEST_CASE("of replicas rates, room and devices are those of all, figures of a device of one") {
  for (const PhaseChoice phase : {PhaseChoice::both, PhaseChoice::prefill, PhaseChoice::decode}) {
    Question question = ask("h200", "llama3.1-70b");
    question.phase = phase;
    const json one = Asked(question, plan_of(4, 2), 16, 1).document();
    const json eight = Asked(question, plan_of(4, 2), 128, 8).document();
    for (const char* path : {"/plan/devices", "/plan/nodes", "/plan/batch", "/plan/replicas",
                             "/memory/max_sequences", "/tokens_per_s", "/facility_power_w"}) {
      INFO(path);
      CHECK_THAT(at(eight, path), WithinRel(8.0 * at(one, path), 1e-9));
    }
    for (const char* path :
         {"/plan/tp", "/plan/dp", "/plan/ranks", "/memory/kv_bytes", "/memory/free_bytes",
          "/tokens_per_s_per_device", "/power_w", "/node_power_w", "/cost/usd_per_device_hour"}) {
      INFO(path);
      CHECK_THAT(at(eight, path), WithinRel(at(one, path), 1e-9));
    }
    for (const char* path :
         {"/ttft_ms", "/tpot_ms", "/prefill/tokens_per_s_per_device", "/prefill_time_share",
          "/decode/tokens_per_s_per_device", "/prompts_per_step", "/cost/usd_per_mtok_input",
          "/cost/usd_per_mtok_cached_input", "/cost/usd_per_mtok_output",
          "/energy_j_per_output_token"}) {
      INFO(path);
      CHECK(eight.at(json::json_pointer(path)).is_null() ==
            one.at(json::json_pointer(path)).is_null());
      if (one.at(json::json_pointer(path)).is_null()) continue;
      CHECK_THAT(at(eight, path), WithinRel(at(one, path), 1e-9));
    }
    if (phase != PhaseChoice::both) continue;
    CHECK_THAT(at(eight, "/running_sequences"),
               WithinRel(8.0 * at(one, "/running_sequences"), 1e-9));
  }
}

TEST_CASE("the headline names replicas, and a rack is not one for each node") {
  const Asked replicas(ask("h200", "llama3.1-70b"), plan_of(4, 2), 128, 8);
  CHECK_THAT(replicas.text(200),
             ContainsSubstring("on 8 replicas of 8 x NVIDIA H200 SXM (8 nodes of "));
  CHECK_THAT(replicas.text(200), ContainsSubstring("Plan\n  8 replicas of tp 4 pp 1 dp 2"));
  const Asked rack(ask("gb200", "llama3.1-70b"), plan_of(8, 1), 64, 1);
  CHECK_THAT(rack.text(200),
             ContainsSubstring("GB200, one GPU (2 nodes of 4 in one NVIDIA GB200 NVL72 rack, "));
  CHECK(explain(replicas.answer(), {}).find("64 devices x ") != std::string::npos);
}

TEST_CASE("requests that wait for a slot are told with the time that they wait") {
  Question question = ask("h200", "llama3.1-70b");
  question.settings.scheduler.max_seqs = 8;
  const Asked asked(question, plan_of(4, 2), 40, 1);
  const json document = asked.document();
  CHECK(at(document, "/queued_sequences") == 40 - 2 * 8);
  CHECK(at(document, "/running_sequences") <= 16);
  CHECK(at(document, "/ttft_queue_ms") > 0.5 * at(document, "/ttft_ms"));
  CHECK_THAT(joined(asked.text()),
             ContainsSubstring("40 in flight of which 16 run and 24 wait, once steady for "));
  question.settings.scheduler.max_seqs.reset();
  const Asked room(question, plan_of(4, 2), 40, 1);
  CHECK(at(room.document(), "/queued_sequences") == 0);
  CHECK(at(room.document(), "/ttft_queue_ms") == 0);
  CHECK_THAT(joined(room.text()), ContainsSubstring("40 sequences at a time"));
}

TEST_CASE("drawn lengths, cached tokens and a benchmark are said in the headline") {
  Question question = ask("h200", "llama3.1-70b");
  question.isl = question.osl = 1024;
  question.lengths = {0.8, 1.0};
  question.cached = PrefixHits{0, 0.5};
  question.waves = 10;
  question.batch = 32;
  const std::string text = joined(Asked(question, plan_of(4, 2), 32, 1).text());
  CHECK_THAT(text, ContainsSubstring("requests of 922 tokens in and 922 out on average, drawn from "
                                     "80% to 100% of 1,024 and 1,024, 461 of each prompt cached"));
  CHECK_THAT(text, ContainsSubstring("a benchmark of 10 waves that start together"));
  question.waves.reset();
  CHECK_THAT(Asked(question, plan_of(4, 2), 32, 1).text(),
             ContainsSubstring("without --waves: a service that runs steadily"));
}

TEST_CASE(
    "sizes are a table under the headline and a list of the document, the chosen one marked") {
  Asked asked(ask("h200", "llama3.1-70b"), plan_of(4, 2), 128, 2);
  CHECK(asked.text().find("\nSizes\n") == std::string::npos);
  CHECK(asked.document()["sizes"].empty());
  const Evaluation& best = asked.planned.best;
  for (const int devices : {4, 8, 16, 1024}) {
    Candidate candidate;
    candidate.plan = plan_of(4, 2);
    candidate.replicas = devices;
    candidate.batch = 16.0 * devices;
    candidate.tokens_per_device = best.tokens_per_device;
    candidate.ttft = Seconds{0.5};
    candidate.tpot = Seconds{0.02};
    candidate.objectives_met = devices > 4;
    asked.planned.sizes.push_back({devices, candidate, best.bill.output, devices == 16});
  }
  for (const int width : {80, 120}) {
    const std::string text = asked.text(width);
    CHECK(fits(text, width));
    const std::size_t sizes = text.find("\nSizes\n");
    REQUIRE(sizes != std::string::npos);
    CHECK(sizes < text.find("\nScope\n"));
    const std::size_t row = text.find("\n       16 ", sizes);
    REQUIRE(row != std::string::npos);
    CHECK_THAT(text.substr(row, text.find('\n', row + 1) - row), ContainsSubstring("chosen"));
  }
  const json sizes = asked.document()["sizes"];
  REQUIRE(sizes.size() == 4);
  CHECK(sizes[3]["devices"] == 1024);
  CHECK(sizes[2]["chosen"] == true);
  CHECK(sizes[0]["objectives_met"] == false);
  CHECK(sizes[0]["usd_per_mtok_output"] == asked.document()["cost"]["usd_per_mtok_output"]);
  const std::string docs = read_file(source_dir() / "docs/json.md");
  for (const auto& [key, value] : sizes[0].items()) {
    INFO(key);
    CHECK(docs.find("| `sizes[]." + key + "` |") != std::string::npos);
  }
}

TEST_CASE("cached tokens make the first token earlier and cost less than those that are computed") {
  Question question = ask("h200", "llama3.1-70b");
  const json none = Asked(question, plan_of(4, 2), 32, 1).document();
  question.cached = PrefixHits{0, 0.8};
  const json most = Asked(question, plan_of(4, 2), 32, 1).document();
  CHECK(at(most, "/ttft_ms") < at(none, "/ttft_ms"));
  CHECK(at(most, "/tokens_per_s") > at(none, "/tokens_per_s"));
  CHECK(at(most, "/cost/usd_per_mtok_cached_input") < at(most, "/cost/usd_per_mtok_input"));
  // A request's tokens pay its share of the hour, whatever is cached.
  for (const json& document : {none, most}) {
    const double cached = at(document, "/traffic/cached_tokens");
    const double paid = (4000 - cached) * at(document, "/cost/usd_per_mtok_input") +
                        cached * at(document, "/cost/usd_per_mtok_cached_input") +
                        1000 * at(document, "/cost/usd_per_mtok_output");
    const double hour = 8 * at(document, "/cost/usd_per_device_hour");
    CHECK_THAT(paid, WithinRel(1e6 * 1000 / at(document, "/tokens_per_s") * hour / 3600, 1e-9));
  }
}

TEST_CASE("an answer that cannot be is no answer, in text and as a document") {
  const Scenario scenario = load_scenario(Catalog{}, ask("h200", "llama3.1-70b"));
  Infeasible refusal{"TPOT comes out as -5601 ms", {}, {}, "ask for another --batch"};
  refusal.no_answer = true;
  CHECK_THAT(infeasible_summary(scenario, refusal, {}), StartsWith("no answer: "));
  const json document = json::parse(json_infeasible(scenario, refusal))["infeasible"];
  CHECK(document["no_answer"] == true);
  CHECK(document["needed_bytes"].is_null());
  refusal.no_answer = false;
  CHECK_THAT(infeasible_summary(scenario, refusal, {}), ContainsSubstring("cannot run on"));
}
