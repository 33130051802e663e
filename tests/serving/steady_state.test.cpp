#include "infersim/serving/steady_state.hpp"

#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// Decode steps of `t_d` for any batch; prefill steps of 1 us for a token and 1 ns for a pair.
class FakeModel : public StepModel {
 public:
  explicit FakeModel(Seconds decode = 10.0_ms, double stages = 1) : decode_(decode), pp_(stages) {}

  [[nodiscard]] StepCost step(const StepBatch& batch) const override {
    StepCost cost;
    cost.time = batch.decode_sequences > 0
                    ? decode_
                    : Seconds{1e-6 * batch.prefill_tokens + 1e-9 * batch.prefill_pairs};
    cost.occupancy = cost.time / pp_;
    cost.energy = cost.occupancy * Watts{100};
    return cost;
  }

 private:
  Seconds decode_;
  double pp_;
};

/// 16 sequences in 4 groups, 1000 tokens in and 101 out: 100 decode steps after the prefill.
ServingLoad load_of() {
  ServingLoad load;
  load.traffic = {1000, 101};
  load.batch = 16;
  load.dp = 4;
  load.step_tokens = 8000;
  return load;
}

ServingResult serve(const StepModel& model, const ServingLoad& load) {
  return steady_state(profile_prefill(model, load), model, load);
}

constexpr double t_d = 10e-3;
constexpr double t_p = 1000 * 1e-6 + 1000.0 * 1000 / 2 * 1e-9;  // 1.5 ms

}  // namespace

TEST_CASE("a cycle is the decodes of a slot and the prefills of its group") {
  // 100 steps of 10 ms, 4 prefills of 1.5 ms
  CHECK_THAT(serve(FakeModel(), load_of()).cycle.base(), WithinRel(100 * t_d + 4 * t_p, 1e-12));
}

TEST_CASE("every slot yields one answer and takes one prompt in a cycle") {
  const ServingResult result = serve(FakeModel(), load_of());
  CHECK_THAT((result.output_tokens * result.cycle).base(), WithinRel(16.0 * 101, 1e-12));
  CHECK_THAT((result.input_tokens * result.cycle).base(), WithinRel(16.0 * 1000, 1e-12));
}

TEST_CASE("prefill and decode share the time between them") {
  const ServingResult result = serve(FakeModel(), load_of());
  CHECK_THAT(result.prefill_share, WithinRel(4 * t_p / (100 * t_d + 4 * t_p), 1e-12));
  CHECK_THAT(1.0 - result.prefill_share, WithinRel(100 * t_d / result.cycle.base(), 1e-12));
}

TEST_CASE("TPOT holds the prefills of the other slots") {
  const ServingResult result = serve(FakeModel(), load_of());
  CHECK_THAT(result.tpot.base(), WithinRel((100 * t_d + 3 * t_p) / 100, 1e-12));
  // A slot's cycle: its own prefill and 100 tokens.
  CHECK_THAT((100 * result.tpot).base() + t_p, WithinRel(result.cycle.base(), 1e-12));
}

TEST_CASE("TTFT is the prefill and half of the step that runs when a request arrives") {
  const ServingResult result = serve(FakeModel(), load_of());
  const double share = 4 * t_p / (100 * t_d + 4 * t_p);
  CHECK_THAT(result.ttft.base(), WithinRel(t_p + 0.5 * (share * t_p + (1 - share) * t_d), 1e-12));
}

TEST_CASE("one slot is never interrupted") {
  ServingLoad load = load_of();
  load.batch = load.dp = 1;
  CHECK_THAT(serve(FakeModel(), load).tpot.base(), WithinRel(t_d, 1e-12));
}

TEST_CASE("an answer of one token comes from the prefill") {
  ServingLoad load = load_of();
  load.traffic.osl = 1;
  const ServingResult result = serve(FakeModel(), load);
  CHECK_THAT(result.cycle.base(), WithinRel(4 * t_p, 1e-12));
  CHECK(result.prefill_share == 1.0);
  CHECK(result.tpot == Seconds{});
}

TEST_CASE("accepted drafts divide the decode steps") {
  ServingLoad load = load_of();
  load.tokens_per_step = 1.7;
  load.queries_per_sequence = 2;
  const ServingResult result = serve(FakeModel(), load);
  CHECK_THAT(result.cycle.base(), WithinRel(100 / 1.7 * t_d + 4 * t_p, 1e-12));
  CHECK_THAT(result.decode.tpot.base(), WithinRel(t_d / 1.7, 1e-12));
}

TEST_CASE("pipeline stages work on parts of a group's batch in turn") {
  ServingLoad load = load_of();
  load.pp = 2;
  // A part takes 10 ms through both stages and occupies each for 5: two parts fill both.
  const ServingResult result = serve(FakeModel(10.0_ms, 2), load);
  CHECK_THAT(result.decode.step.base(), WithinRel(t_d, 1e-12));
  // A prompt takes 1.5 ms, and the next follows half of that after it.
  CHECK_THAT(result.prefill_time.base(), WithinRel(t_p / 2, 1e-12));
  CHECK_THAT(result.cycle.base(), WithinRel(100 * t_d + 4 * t_p / 2, 1e-12));
}

TEST_CASE("stages that are occupied all the time set the pace of decode") {
  ServingLoad load = load_of();
  load.pp = 4;
  // Each of 4 parts occupies the busiest stage for 10/2 ms.
  CHECK_THAT(serve(FakeModel(10.0_ms, 2), load).decode.step.base(), WithinRel(4 * 5e-3, 1e-12));
}

TEST_CASE("a single prompt takes its latency, however many stages it passes") {
  ServingLoad load = load_of();
  load.pp = 2;
  load.batch = load.dp = 1;
  CHECK_THAT(serve(FakeModel(10.0_ms, 2), load).cycle.base(), WithinRel(100 * t_d + t_p, 1e-12));
}

TEST_CASE("prefill alone fills its steps with whole prompts") {
  const PhaseResult prefill = serve(FakeModel(), load_of()).prefill;
  CHECK(prefill.sequences == 8);  // of 1000 tokens, in 8000
  // Each of 4 groups: 8000 tokens in 8 x 1.5 ms
  CHECK_THAT(prefill.tokens.base(), WithinRel(4 * 8000 / (8 * t_p), 1e-12));
  CHECK_THAT(prefill.step.base(), WithinRel(t_p, 1e-12));  // of one request
}

TEST_CASE("a prompt in chunks attends to the same pairs") {
  ServingLoad load = load_of();
  load.step_tokens = 300;  // four chunks of 250
  CHECK_THAT(profile_prefill(FakeModel(), load).latency.base(), WithinRel(t_p, 1e-12));
}

TEST_CASE("chunks follow each other through the stages") {
  ServingLoad load = load_of();
  load.step_tokens = 500;
  load.pp = 2;
  const PrefillProfile profile = profile_prefill(FakeModel(10.0_ms, 2), load);
  // 500 tokens cost 0.5 + 0.125 ms, the next 500 0.5 + 0.375: the first in full, then half of that.
  CHECK_THAT(profile.latency.base(), WithinRel(0.625e-3 + 0.875e-3 / 2, 1e-12));
  CHECK_THAT(profile.occupancy.base(), WithinRel(0.75e-3, 1e-12));
}

TEST_CASE("a cached token costs the attention over it, less than being computed") {
  const PrefillProfile profile = profile_prefill(FakeModel(), load_of());
  // Each of 500 new tokens attends to it: 500 ns. Computed it costs 1.5 us on average.
  CHECK_THAT(profile.marginal_cached.base(), WithinRel(500e-9, 1e-9));
  CHECK(profile.marginal_cached < profile.occupancy / 1000);
}

TEST_CASE("energy of a cycle is that of its steps") {
  const ServingResult result = serve(FakeModel(), load_of());
  CHECK_THAT(result.energy.base(), WithinRel(100 * (100 * t_d + 4 * t_p), 1e-12));
}

TEST_CASE("the context of decode is prompt and half of the answer unless pinned") {
  class SeesContext : public FakeModel {
   public:
    [[nodiscard]] StepCost step(const StepBatch& batch) const override {
      if (batch.decode_sequences > 0) seen = batch.context_sum / batch.decode_sequences;
      return FakeModel::step(batch);
    }
    mutable double seen = 0;
  };
  const SeesContext model;
  ServingLoad load = load_of();
  (void)decode_alone(model, load);
  CHECK(model.seen == 1000 + 101 / 2.0);
  load.decode_context = 4989;
  (void)decode_alone(model, load);
  CHECK(model.seen == 4989);
}

TEST_CASE("decode alone yields the tokens of its batch each step") {
  const PhaseResult decode = decode_alone(FakeModel(), load_of());
  CHECK_THAT(decode.tokens.base(), WithinRel(16 / t_d, 1e-12));
  CHECK(decode.sequences == 4);
}
