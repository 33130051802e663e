// Every option once through the command line and once as a field of the question: the same answer.

#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "infersim/report/json.hpp"
#include "infersim/scenario/options.hpp"
#include "infersim/search/planner.hpp"
#include "support/catch.hpp"
#include "support/run_program.hpp"

using namespace infersim;
using namespace infersim::test;
using nlohmann::json;

namespace {

/// What is asked by the one way and the other.
struct Asked {
  std::vector<std::string> arguments;
  void (*set)(Question&);
};

const std::vector<Asked> cases = {
    {{"--site", "europe"}, [](Question& q) { q.site = "europe"; }},
    {{"--framework", "sglang"}, [](Question& q) { q.framework = "sglang"; }},
    {{"--engine", "gpu"},
     [](Question& q) {
       q.engine = EnginePair{EngineKind::gpu, EngineKind::gpu};
     }},
    {{"--phase", "decode"}, [](Question& q) { q.phase = PhaseChoice::decode; }},
    {{"--phase", "prefill"}, [](Question& q) { q.phase = PhaseChoice::prefill; }},
    {{"--traffic", "chat"}, [](Question& q) { q.traffic = "chat"; }},
    {{"--isl", "700", "--osl", "90"}, [](Question& q) { q.isl = 700, q.osl = 90; }},
    {{"--lengths", "0.5-1.5"},
     [](Question& q) {
       q.lengths = {0.5, 1.5};
     }},
    {{"--lengths", "exact"},
     [](Question& q) {
       q.lengths = {1.0, 1.0};
     }},
    {{"--cached", "512"},
     [](Question& q) {
       q.cached = PrefixHits{512, 0};
     }},
    {{"--cached", "40%"},
     [](Question& q) {
       q.cached = PrefixHits{0, 0.4};
     }},
    {{"--context", "3000"}, [](Question& q) { q.context = 3000; }},
    {{"--ttft", "900"}, [](Question& q) { q.ttft = Seconds{0.9}; }},
    {{"--tpot", "20 ms"}, [](Question& q) { q.tpot = Seconds{0.02}; }},
    {{"--confidence", "0.8"}, [](Question& q) { q.confidence = 0.8; }},
    {{"--waves", "10"}, [](Question& q) { q.waves = 10; }},
    {{"--size", "smallest"}, [](Question& q) { q.size = SizeChoice::smallest; }},
    {{"--replicas", "1"}, [](Question& q) { q.replicas = 1; }},
    {{"--tp", "2", "--pp", "2", "--dp", "2"}, [](Question& q) { q.tp = q.pp = q.dp = 2; }},
    {{"--ep", "8"}, [](Question& q) { q.ep = 8; }},
    {{"--moe-tp", "1"}, [](Question& q) { q.moe_tp = 1; }},
    {{"--redundant-experts", "8", "--ep", "8"},
     [](Question& q) { q.redundant_experts = 8, q.ep = 8; }},
    {{"--microbatches", "2"}, [](Question& q) { q.microbatches = 2; }},
    {{"--mtp", "1", "--acceptance", "0.8"}, [](Question& q) { q.mtp = 1, q.acceptance = 0.8; }},
    {{"--draft", "ngram", "--draft-tokens", "2", "--acceptance", "0.5"},
     [](Question& q) { q.draft = "ngram", q.mtp = 2, q.acceptance = 0.5; }},
    {{"--offload", "auto", "--host", "xeon-6980p"},
     [](Question& q) {
       q.offload.automatic = true;
       q.offload.host = "xeon-6980p";
     }},
    {{"--gpu-layers", "20"}, [](Question& q) { q.offload.gpu_layers = 20; }},
    {{"--cpu-experts", "all"}, [](Question& q) { q.offload.cpu_experts = all_layers; }},
    {{"--flash-layers", "auto"}, [](Question& q) { q.offload.flash_automatic = true; }},
    {{"--dtype", "bf16"}, [](Question& q) { q.dtype = NumberType::bf16; }},
    {{"--expert-dtype", "fp4"}, [](Question& q) { q.expert_dtype = NumberType::fp4; }},
    {{"--kv-dtype", "fp8"}, [](Question& q) { q.kv_dtype = NumberType::fp8; }},
    {{"--framework", "sglang", "--tuning", "plain"},
     [](Question& q) { q.framework = "sglang", q.tuning = Tuning::plain; }},
    {{"--memory-share", "0.95"}, [](Question& q) { q.settings.memory_share = 0.95; }},
    {{"--max-seqs", "2"}, [](Question& q) { q.settings.scheduler.max_seqs = 2; }},
    {{"--step-tokens", "4096"}, [](Question& q) { q.settings.scheduler.budget = 4096; }},
    {{"--chunked-prefill", "no"}, [](Question& q) { q.settings.scheduler.split = false; }},
    {{"--currency", "cny"}, [](Question& q) { q.currency = Currency::cny; }},
    {{"--price-basis", "3-years"}, [](Question& q) { q.price_basis = PriceBasis::three_years; }},
    {{"--price", "h200=15CNY/h"},
     [](Question& q) {
       q.prices = {{"h200", 15, Currency::cny, true}};
     }},
    {{"--requests-per-day", "50", "--dedicated", "yes"},
     [](Question& q) {
       q.requests_per_day = 50;
       q.dedicated = true;
     }},
    {{"--utilization", "0.4"}, [](Question& q) { q.utilization = 0.4; }},
    {{"--recv-interval", "20"}, [](Question& q) { q.settings.scheduler.recv_interval = 20; }},
};

/// Given in every case: a question with experts whose answer has every part.
const std::vector<std::string> base = {"--hw",      "h200", "--model", "deepseek-v3",
                                       "--devices", "8",    "--batch", "64"};

Question base_question() {
  Question question;
  question.hw = "h200";
  question.model = "deepseek-v3";
  question.devices = 8;
  question.batch = 64;
  return question;
}

std::string answer_to(const Question& question) {
  const Scenario scenario = load_scenario(Catalog{}, question);
  const auto planned = find_plan(scenario);
  return planned ? json_answer({scenario, *planned}) : json_infeasible(scenario, planned.error());
}

std::vector<std::string> command(const Asked& asked) {
  std::vector<std::string> all = base;
  all.insert(all.end(), asked.arguments.begin(), asked.arguments.end());
  all.emplace_back("--json");
  return all;
}

}  // namespace

TEST_CASE("an option on the command line is a field of the question") {
  for (const Asked& asked : cases) {
    Question question = base_question();
    asked.set(question);
    INFO(asked.arguments.front() << ' ' << asked.arguments.at(1));
    const ProgramResult printed = run_infersim(command(asked));
    CHECK(printed.exit_code < 2);
    CHECK(printed.out == answer_to(question));
  }
}

TEST_CASE("every option is among those that are tried both ways") {
  std::set<std::string_view> tried(base.begin(), base.end());
  for (const Asked& asked : cases)
    tried.insert(asked.arguments.begin(), asked.arguments.end());
  tried.insert("--link");  // of PCs: tests/scenario/joined_devices.test.cpp
  for (const QuestionOption& option : question_options()) {
    INFO(option.name);
    CHECK(tried.contains(option.name));
  }
}

TEST_CASE("settings of the engine and the load change the answer") {
  const json plain = json::parse(answer_to(base_question()));
  for (const Asked& asked : cases) {
    const std::string& name = asked.arguments.front();
    const std::set<std::string> moving = {"--cached", "--step-tokens", "--max-seqs", "--waves",
                                          "--expert-dtype"};
    const bool drawn = name == "--lengths" && asked.arguments.at(1) != "exact";
    if (!moving.contains(name) && !drawn) continue;
    Question question = base_question();
    asked.set(question);
    INFO(name);
    const json moved = json::parse(answer_to(question));
    CHECK(moved["tokens_per_s"] != plain["tokens_per_s"]);
  }
}
