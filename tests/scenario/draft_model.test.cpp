#include "infersim/phase/draft_model.hpp"

#include "infersim/scenario/evaluate.hpp"
#include "scenario/questions.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

Question drafting(const std::string& draft, int tokens, double acceptance) {
  Question question = ask("h100", "qwen3-32b");
  question.draft = draft;
  question.mtp = tokens;
  question.acceptance = acceptance;
  return question;
}

AssembledEngine engine_of(const Question& question) {
  const Scenario scenario = load(question);
  ParallelPlan plan;
  plan.tp = 2;
  plan.mtp = question.mtp.value_or(0);
  plan.acceptance = question.acceptance.value_or(0.0);
  auto engine = assemble(scenario.workload(), scenario.pool(plan));
  REQUIRE(engine.has_value());
  return *std::move(engine);
}

Seconds decode_time(const AssembledEngine& engine, double queries) {
  StepBatch batch;
  batch.decode_sequences = 1;
  batch.queries_per_sequence = queries;
  batch.context_sum = 2000;
  return engine.decode.step(batch).time;
}

Seconds prompt_time(const AssembledEngine& engine) {
  StepBatch batch;
  batch.prefill_sequences = 1;
  batch.prefill_tokens = 4000;
  batch.prefill_pairs = 4000.0 * 4000 / 2;
  return engine.prefill.step(batch).time;
}

}  // namespace

TEST_CASE("A draft model's weights and cache lie beside those of the first") {
  const MemoryLedger alone = engine_of(ask("h100", "qwen3-32b")).memory;
  const MemoryLedger both = engine_of(drafting("qwen3-0.6b", 4, 0.7)).memory;
  // 596 M parameters in BF16 and 114,688 bytes of cache a token, over two ranks.
  CHECK_THAT((both.weights - alone.weights).base(), WithinRel(596e6 * 2 / 2, 0.02));
  CHECK_THAT((both.kv_per_token - alone.kv_per_token).base(), WithinRel(114688.0 / 2, 1e-6));
  CHECK(both.sequence_bytes(5000) > alone.sequence_bytes(5000));
}

TEST_CASE("A step makes each draft in turn, and a prompt passes through both models") {
  const AssembledEngine none = engine_of(drafting("ngram", 4, 0.7));
  const AssembledEngine four = engine_of(drafting("qwen3-0.6b", 4, 0.7));
  const AssembledEngine eight = engine_of(drafting("qwen3-0.6b", 8, 0.7));
  const AssembledEngine small = engine_of(ask("h100", "qwen3-0.6b"));
  const Seconds drafts = decode_time(four, 5) - decode_time(none, 5);
  CHECK(drafts > Seconds{});
  CHECK_THAT((decode_time(eight, 5) - decode_time(none, 5)) / drafts, WithinRel(2.0, 0.05));
  // The same passes as of the small model served alone, less what its host does.
  CHECK(drafts < 4.2 * decode_time(small, 1));
  CHECK(drafts > 1.5 * decode_time(small, 1));
  CHECK(prompt_time(four) > prompt_time(none));
  CHECK(prompt_time(four) <= 1.02 * (prompt_time(none) + prompt_time(small)));
}

TEST_CASE("Drafts of n-grams cost their verification alone") {
  const Question plain = ask("h100", "qwen3-32b");
  const AssembledEngine none = engine_of(plain);
  const AssembledEngine looked_up = engine_of(drafting("ngram", 4, 0.7));
  CHECK(looked_up.memory.weights == none.memory.weights);
  CHECK(decode_time(looked_up, 5) == decode_time(none, 5));
  CHECK(looked_up.plan.tokens_per_step() > 2.7);
}

TEST_CASE("What drafts is said whole, and speaks the model's tokens") {
  Question question = ask("h100", "qwen3-32b");
  question.draft = "qwen3-0.6b";
  CHECK(messages(question) ==
        std::vector<std::string>{"--draft: how many tokens it drafts is not known"});
  CHECK_THAT(messages(drafting("llama3.2-1b", 4, 0.7)).at(0), ContainsSubstring("vocabulary"));
  CHECK_THAT(messages(drafting("qwen9", 4, 0.7)).at(0), ContainsSubstring("no model is called"));
}

}  // namespace infersim::test
