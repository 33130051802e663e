#include "infersim/scenario/evaluate.hpp"

#include <numeric>

#include "scenario/questions.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

ParallelPlan plan_of(int tp, int dp, int ep) {
  ParallelPlan plan;
  plan.tp = tp;
  plan.dp = dp;
  plan.ep = ep;
  return plan;
}

Evaluation evaluated(const Question& question, const ParallelPlan& plan, double batch) {
  auto result = evaluate(load(question), plan, batch);
  if (!result) throw std::runtime_error(result.error().reason);
  return *std::move(result);
}

Scheduler scheduler(const Scenario& scenario, const ParallelPlan& plan) {
  return scheduler_of(scenario.workload(), scenario.pool(plan), ServingRole::engine);
}

Evaluation llama_on_h200(double batch = 32) {
  return evaluated(ask("h200", "llama3.1-8b"), plan_of(1, 8, 1), batch);
}

}  // namespace

TEST_CASE("a phase alone runs all that it is given at once: one more than fits is refused") {
  Question question = ask("h200", "llama3.1-8b");
  question.phase = PhaseChoice::decode;
  const Scenario scenario = load(question);
  const ParallelPlan plan = plan_of(1, 8, 1);
  const auto engine = assemble(scenario.workload(), scenario.pool(plan));
  REQUIRE(engine);
  const double most = engine->sequences;
  CHECK(evaluate(scenario, plan, most));
  const auto refused = evaluate(scenario, plan, most + 1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().needed > engine->memory.capacity - engine->memory.kv_per_token * 5000);
  CHECK(refused.error().available == engine->memory.capacity);
  CHECK_THAT(refused.error().hint, ContainsSubstring("--batch"));
}

TEST_CASE("a cache without room for one sequence is refused with what one would take") {
  Question question = ask("h200", "llama2-7b");
  // Llama-2-7B on a device whose memory is weights and little more: a longer model would not load,
  // so the lengths are the model's longest and the chip is a phone.
  question.hw = "snapdragon-8-gen3";
  question.dtype = NumberType::int8;  // 6.9 GB of 8 free
  question.isl = 3968;
  question.osl = 128;
  const auto refused = evaluate(load(question), plan_of(1, 1, 1), 1);
  REQUIRE_FALSE(refused);
  // 4096 tokens of 524,288 bytes on top of the weights
  CHECK(refused.error().needed.base() > 6.7e9 + 4096 * 524288.0);
  CHECK(refused.error().available == Bytes{12.0 * 1024 * 1024 * 1024});
}

TEST_CASE("a plan that cannot carry the model is refused by its degrees") {
  const auto refused = evaluate(load(ask("h200", "llama3.1-8b")), plan_of(3, 1, 1), 1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == "32 attention heads do not divide over tp 3");
}

TEST_CASE("output of a device is that of the system by the devices") {
  const Evaluation e = llama_on_h200();
  CHECK_THAT((8.0 * e.tokens_per_device).base(), WithinRel(e.headline.tokens.base(), 1e-12));
}

TEST_CASE("each phase alone is the headline where only it is asked for") {
  Question question = ask("h200", "llama3.1-8b");
  question.phase = PhaseChoice::decode;
  const Evaluation decode = evaluated(question, plan_of(1, 8, 1), 32);
  CHECK_THAT((8.0 * decode.tokens_per_device).base(),
             WithinRel(decode.decode->alone.tokens.base(), 1e-12));
  question.phase = PhaseChoice::prefill;
  const Evaluation prefill = evaluated(question, plan_of(1, 8, 1), 8);
  CHECK_THAT((8.0 * prefill.tokens_per_device).base(),
             WithinRel(prefill.prefill->alone.tokens.base(), 1e-12));
}

TEST_CASE("decode alone yields more than the mixed service") {
  const Evaluation e = llama_on_h200();
  CHECK(e.decode->alone.tokens > e.headline.tokens);
}

TEST_CASE("shares of peak lie between nothing and all") {
  for (const double batch : {8.0, 64.0, 512.0}) {
    const Evaluation e = llama_on_h200(batch);
    CAPTURE(batch);
    CHECK(e.decode->mfu > 0.0);
    CHECK(e.decode->mfu < 1.0);
    CHECK(e.decode->mbu > 0.0);
    CHECK(e.decode->mbu < 1.0);
  }
}

TEST_CASE("a larger batch makes more of the arithmetic") {
  CHECK(llama_on_h200(512).decode->mfu > 4 * llama_on_h200(32).decode->mfu);
}

TEST_CASE("the breakdown of decode is of the step that is served") {
  const Evaluation e = llama_on_h200();
  CHECK(e.decode->steps.cost.time == e.decode->alone.step);
}

TEST_CASE("the board draws between idle and its limit") {
  for (const char* hw : {"h200", "ascend910b", "mi300x"}) {
    const Scenario scenario = load(ask(hw, "llama3.1-8b"));
    const auto e = evaluate(scenario, plan_of(1, 8, 1), 64);
    REQUIRE(e);
    CAPTURE(hw);
    CHECK(e->board_power > scenario.device.power.idle);
    CHECK(e->board_power < 1.02 * scenario.device.power.limit);
  }
}

TEST_CASE("a benchmark's power is over its whole run, the end in which answers run out counted") {
  Question question = ask("h200", "llama3.1-8b");
  question.isl = 112;
  question.osl = 30;
  question.batch = 973;
  question.waves = 2;
  question.settings.scheduler.max_seqs = 9;
  const Scenario scenario = load(question);
  const auto answer = evaluate(scenario, {}, 973);
  REQUIRE(answer);
  CHECK(answer->headline.tokens == answer->service->run_output_tokens);
  CHECK(answer->board_power < scenario.device.power.limit);
}

TEST_CASE("a cached token costs more than nothing and less than an uncached one") {
  const Evaluation e = llama_on_h200();
  REQUIRE(e.bill.cached_input);
  CHECK(*e.bill.cached_input > DollarsPerToken{});
  CHECK(*e.bill.cached_input < *e.bill.input);
  CHECK(*e.bill.input < *e.bill.output);
}

TEST_CASE("objectives that are missed are named with their numbers") {
  Question question = ask("h200", "llama3.1-8b");
  question.ttft = 1.0_ms;
  question.tpot = 1.0_ms;
  const Evaluation e = evaluated(question, plan_of(1, 8, 1), 32);
  CHECK_FALSE(e.objectives_met());
  REQUIRE(e.missed.size() == 2);
  CHECK_THAT(e.missed[0], StartsWith("TTFT ") && EndsWith(" ms exceeds 1 ms"));
  CHECK_THAT(e.missed[1], StartsWith("TPOT ") && EndsWith(" ms exceeds 1.0 ms"));
}

TEST_CASE("objectives of a phase that is not asked for cannot be missed") {
  Question question = ask("h200", "llama3.1-8b");
  question.ttft = 0.001_ms;
  question.phase = PhaseChoice::decode;
  CHECK(evaluated(question, plan_of(1, 8, 1), 8).objectives_met());
}

TEST_CASE("two dies of a device draw and hold together what the device has") {
  Question question = ask("ascend910c", "llama3.1-8b");
  ParallelPlan plan = plan_of(1, 16, 1);
  plan.ranks_per_device = 2;
  const Evaluation e = evaluated(question, plan, 64);
  CHECK(e.memory.capacity == 64.0_GB);  // of a rank
  CHECK(e.board_power > load(question).device.power.idle);
}

TEST_CASE("a framework's settings come before its class's, and a pinned prefill before both") {
  Question question = ask("h200", "llama3.1-8b");
  question.framework = "atom";
  const ParallelPlan plan = plan_of(1, 8, 1);
  CHECK(scheduler(load(question), plan).budget == 16384);
  CHECK_FALSE(scheduler(load(question), plan).mixed);
  question.framework = "generic";
  CHECK(scheduler(load(question), plan).budget == 8192);
  question.phase = PhaseChoice::prefill;
  question.batch = 16;
  CHECK(scheduler(load(question), plan).budget == 2 * 4000);
}

TEST_CASE("prompts join decode steps only where one engine runs both") {
  Scenario scenario = load(ask("h200", "llama3.1-8b"));
  CHECK(scheduler(scenario, plan_of(1, 8, 1)).mixed);
  scenario.device.engines.push_back(scenario.device.engines.front());
  scenario.device.engines.front().runs_decode = false;
  scenario.device.engines.back().runs_prefill = false;
  CHECK_FALSE(scheduler(scenario, plan_of(1, 8, 1)).mixed);
}

TEST_CASE("groups that share experts gather prompts where the framework does so") {
  Question question = ask("h200", "deepseek-v3");
  question.framework = "trtllm";
  CHECK(scheduler(load(question), plan_of(1, 8, 8)).gather == 30);
  CHECK(scheduler(load(question), plan_of(8, 1, 8)).gather == 0);
  question.model = "llama3.1-70b";
  CHECK(scheduler(load(question), plan_of(1, 8, 1)).gather == 0);
}

TEST_CASE("requests that memory does not hold queue where more are in flight") {
  const Scenario scenario = load(ask("h200", "llama3.1-8b"));
  const ParallelPlan plan = plan_of(1, 8, 1);
  const auto engine = assemble(scenario.workload(), scenario.pool(plan));
  REQUIRE(engine);
  const double most = engine->sequences;
  const auto twice = evaluate(scenario, plan, 2 * most);
  REQUIRE(twice);
  CHECK(twice->service->slots == most / 8);
  CHECK(twice->service->terms.queue > 0.9 * twice->service->cycle);
}

TEST_CASE("the rate of prompts is that of one where one is in flight") {
  Question question = ask("m4-max", "gpt-oss-20b");
  question.dtype = NumberType::int4;
  question.isl = 512;
  question.osl = 128;
  const auto both = evaluate(load(question), ParallelPlan{}, 1);
  REQUIRE(both);
  CHECK(both->prefill->alone.sequences == 1);
  CHECK_THAT(both->prefill->alone.tokens * both->prefill->alone.step / Tokens{1},
             WithinRel(512.0, 1e-9));
  CHECK(evaluate(load(question), ParallelPlan{}, 8)->prefill->alone.sequences == 4);
  question.phase = PhaseChoice::prefill;
  CHECK(evaluate(load(question), ParallelPlan{}, 1)->prefill->alone.sequences == 1);
  question.batch = 3;
  CHECK(evaluate(load(question), ParallelPlan{}, 3)->prefill->alone.sequences == 3);
}

TEST_CASE("replicas share nothing: as many times the rate, the same times and power") {
  const Scenario scenario = load(ask("h200", "llama3.1-8b"));
  const ParallelPlan plan = plan_of(1, 1, 1);
  const auto one = evaluate(scenario, plan, 16);
  const auto eight = evaluate(scenario, plan, 128, 8);
  REQUIRE(one);
  REQUIRE(eight);
  CHECK(eight->devices() == 8);
  CHECK(eight->max_sequences == 8 * one->max_sequences);
  CHECK(eight->headline.ttft == one->headline.ttft);
  CHECK(eight->headline.tpot == one->headline.tpot);
  CHECK(eight->tokens_per_device == one->tokens_per_device);
  CHECK(eight->board_power == one->board_power);
  CHECK_THAT((eight->bill.output->base()), WithinRel(one->bill.output->base(), 0.05));
}

TEST_CASE("settings of a question override the framework's") {
  Question question = ask("h200", "llama3.1-8b");
  question.settings.scheduler.budget = 2048;
  question.settings.scheduler.max_seqs = 3;
  const Scenario scenario = load(question);
  CHECK(scheduler(scenario, plan_of(1, 1, 1)).budget == 2048);
  const auto e = evaluate(scenario, plan_of(1, 1, 1), 6);
  REQUIRE(e);
  CHECK(e->service->slots == 3);
}
