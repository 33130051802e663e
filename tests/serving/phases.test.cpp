#include "infersim/serving/phases.hpp"

#include "serving/fake_steps.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// 16 requests in 4 groups, 1000 tokens in and 101 out.
ServingLoad load_of() {
  ServingLoad load;
  load.traffic = {1000, 101};
  load.batch = 16;
  load.dp = 4;
  return load;
}

constexpr double t_d = 10e-3;
constexpr double t_p = 1000 * 1e-6 + 1000.0 * 1000 / 2 * 1e-9;  // 1.5 ms

}  // namespace

TEST_CASE("accepted drafts divide the decode steps") {
  ServingLoad load = load_of();
  load.tokens_per_step = 1.7;
  load.queries_per_sequence = 2;
  CHECK_THAT(load.decode_steps(), WithinRel(100 / 1.7, 1e-12));
  CHECK_THAT(decode_alone(FakeSteps(), load, 4).tpot.base(), WithinRel(t_d / 1.7, 1e-12));
}

TEST_CASE("pipeline stages work on parts of a group's batch in turn") {
  ServingLoad load = load_of();
  load.pp = 2;
  // A part takes 10 ms through both stages and occupies each for 5: two parts fill both.
  CHECK_THAT(decode_alone(FakeSteps(10.0_ms, 2), load, 4).step.base(), WithinRel(t_d, 1e-12));
}

TEST_CASE("stages that are occupied all the time set the pace of decode") {
  ServingLoad load = load_of();
  load.pp = 4;
  // Each of 4 parts occupies the busiest stage for 10/2 ms.
  CHECK_THAT(decode_alone(FakeSteps(10.0_ms, 2), load, 4).step.base(), WithinRel(4 * 5e-3, 1e-12));
}

TEST_CASE("prefill alone fills its steps with whole prompts") {
  const PhaseResult prefill = profile_prefill(FakeSteps(), load_of(), 8000).alone;
  CHECK(prefill.sequences == 8);  // of 1000 tokens, in 8000
  // Each of 4 groups: 8000 tokens in 8 x 1.5 ms
  CHECK_THAT(prefill.tokens.base(), WithinRel(4 * 8000 / (8 * t_p), 1e-12));
  CHECK_THAT(prefill.step.base(), WithinRel(t_p, 1e-12));  // of one request
}

TEST_CASE("a step of prompts holds no more of them than are in flight") {
  const PhaseResult prefill = prefill_alone(FakeSteps(), load_of(), 8000, 1);
  CHECK(prefill.sequences == 1);
  // Each of 4 groups: its prompt of 1000 tokens in 1.5 ms, which is its bare time.
  CHECK_THAT(prefill.tokens.base(), WithinRel(4 * 1000 / t_p, 1e-12));
  CHECK(prefill_alone(FakeSteps(), load_of(), 8000, 3).sequences == 3);
  CHECK(profile_prefill(FakeSteps(), load_of(), 8000, 3).alone.sequences == 3);
  CHECK(prefill_alone(FakeSteps(), load_of(), 500, 3).sequences == 1);
}

TEST_CASE("a prompt in chunks attends to the same pairs") {
  // four chunks of 250
  CHECK_THAT(profile_prefill(FakeSteps(), load_of(), 300).alone.step.base(), WithinRel(t_p, 1e-12));
}

TEST_CASE("chunks follow each other through the stages") {
  ServingLoad load = load_of();
  load.pp = 2;
  const PhaseResult alone = profile_prefill(FakeSteps(10.0_ms, 2), load, 500).alone;
  // 500 tokens cost 0.5 + 0.125 ms, the next 500 0.5 + 0.375: the first in full, then half of that.
  CHECK_THAT(alone.step.base(), WithinRel(0.625e-3 + 0.875e-3 / 2, 1e-12));
  CHECK_THAT(alone.cost.occupancy.base(), WithinRel(0.75e-3, 1e-12));
}

TEST_CASE("a cached token costs the attention over it, less than being computed") {
  const PrefillProfile profile = profile_prefill(FakeSteps(), load_of(), 8000);
  // Each of 500 new tokens attends to it: 500 ns. Computed it costs 1.5 us on average.
  CHECK_THAT(profile.marginal_cached.base(), WithinRel(500e-9, 1e-9));
  CHECK(profile.marginal_cached < profile.alone.step / 1000);
}

TEST_CASE("the context of decode is prompt and half of the answer unless pinned") {
  class SeesContext : public FakeSteps {
   public:
    [[nodiscard]] StepCost step(const StepBatch& batch) const override {
      if (batch.decode_sequences > 0) seen = batch.context_sum / batch.decode_sequences;
      return FakeSteps::step(batch);
    }
    mutable double seen = 0;
  };
  const SeesContext model;
  ServingLoad load = load_of();
  (void)decode_alone(model, load, 4);
  CHECK(model.seen == 1000 + 101 / 2.0);
  load.decode_context = 4989;
  (void)decode_alone(model, load, 4);
  CHECK(model.seen == 4989);
}

TEST_CASE("decode alone yields the tokens of its batch each step") {
  const PhaseResult decode = decode_alone(FakeSteps(), load_of(), 4);
  CHECK_THAT(decode.tokens.base(), WithinRel(16 / t_d, 1e-12));
  CHECK(decode.sequences == 4);
}
