#include "infersim/serving/closed_loop.hpp"

#include <algorithm>
#include <vector>

#include "serving/fake_steps.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

constexpr double t_d = 10e-3;
constexpr double t_p = 1000 * 1e-6 + 1000.0 * 1000 / 2 * 1e-9;  // 1.5 ms

ServingLoad load_of(double batch) {
  ServingLoad load;
  load.traffic = {1000, 101};
  load.batch = batch;
  return load;
}

Scheduler scheduler_of(bool mixed, bool split = true, double budget = 8000) {
  Scheduler scheduler;
  scheduler.mixed = mixed;
  scheduler.split = split;
  scheduler.budget = budget;
  scheduler.lag = 1;
  return scheduler;
}

/// The schedulers of the catalogue's frameworks, more or less.
std::vector<Scheduler> schedulers() {
  Scheduler polling = scheduler_of(false);
  polling.recv_interval = 10;
  Scheduler gathering = scheduler_of(true, false);
  gathering.gather = 20;
  return {scheduler_of(true), scheduler_of(false), polling, gathering};
}

/// Requests in flight by Little's law.
double in_flight(const ServingResult& r, const ServingLoad& load) {
  const double requests_per_s = r.output_tokens.base() / load.traffic.osl;
  return requests_per_s * (r.ttft + (load.traffic.osl - 1) * r.tpot).base();
}

}  // namespace

TEST_CASE("a single request meets nothing but its own steps") {
  for (Scheduler scheduler : schedulers()) {
    scheduler.front_latency = 4.0_ms;
    const ServingResult r = serve(FakeSteps(), load_of(1), scheduler);
    CHECK_THAT(r.tpot.base(), WithinRel(t_d, 1e-12));
    CHECK_THAT(r.ttft.base(), WithinRel(4e-3 + t_p, 1e-9));
    CHECK(r.terms.queue == Seconds{});
    CHECK(r.terms.lag == Seconds{});
    CHECK(r.terms.look == Seconds{});
  }
}

TEST_CASE("requests in flight are their rate times the time each takes") {
  for (const Scheduler& scheduler : schedulers()) {
    for (const double batch : {1.0, 4.0, 32.0, 200.0}) {
      ServingLoad load = load_of(batch);
      CHECK_THAT(in_flight(serve(FakeSteps(), load, scheduler), load), WithinRel(batch, 1e-9));
      load.waves = 10;
      load.osl_width = 0.2;
      CHECK_THAT(in_flight(serve(FakeSteps(), load, scheduler), load), WithinRel(batch, 1e-9));
    }
  }
}

TEST_CASE("what decodes, prefills and waits is what is in flight") {
  for (const Scheduler& scheduler : schedulers()) {
    const ServingResult r = serve(FakeSteps(), load_of(32), scheduler);
    const double requests_per_s = r.output_tokens.base() / 101;
    CHECK_THAT(requests_per_s * 100 * r.tpot.base(), WithinRel(r.running, 1e-3));
    CHECK_THAT((requests_per_s * r.cycle).base(), WithinRel(32.0, 1e-6));
  }
}

TEST_CASE("an engine that mixes or takes turns does nothing else than its steps") {
  for (const Scheduler& scheduler : schedulers()) {
    const ServingResult r = serve(FakeSteps(), load_of(64), scheduler);
    // Every step draws 100 W, and some step always runs: energy of a cycle is 100 W over all of it.
    CHECK_THAT((r.energy / r.cycle).base(), WithinRel(100.0, 0.02));
  }
}

TEST_CASE("decodes are delayed by the prompts that come while they run") {
  const ServingResult r = serve(FakeSteps(), load_of(8), scheduler_of(false));
  // Prompts of one length take t_p each, however many go together.
  CHECK_THAT(r.delay.base(), WithinRel(t_p, 1e-9));
  const double decode = (100 * r.tpot).base();
  const double prompts = 8 * decode / r.cycle.base();
  CHECK_THAT(decode, WithinRel(100 * t_d + std::min(prompts, 7.0) * t_p, 1e-3));
}

TEST_CASE("prompts that cost nothing leave the bare decode step") {
  class FreePrompts : public FakeSteps {
   public:
    [[nodiscard]] StepCost step(const StepBatch& batch) const override {
      return FakeSteps::step(StepBatch::decode(batch.decode_sequences, 1));
    }
  };
  const ServingResult r = serve(FreePrompts(), load_of(32), scheduler_of(true));
  CHECK_THAT(r.tpot.base(), WithinRel(t_d, 1e-12));
  CHECK(r.prefill_share == 0.0);
}

TEST_CASE("more requests in flight: more tokens and longer latencies") {
  for (const Scheduler& scheduler : schedulers()) {
    ServingResult before = serve(FakeSteps(), load_of(2), scheduler);
    for (double batch = 3; batch < 300; batch = batch * 1.3 + 1) {
      const ServingResult r = serve(FakeSteps(), load_of(batch), scheduler);
      CHECK(r.output_tokens > before.output_tokens);
      CHECK(r.tpot > before.tpot);
      CHECK(r.prefill_share > before.prefill_share);
      before = r;
    }
  }
}

TEST_CASE("requests beyond the slots queue for one of them") {
  Scheduler scheduler = scheduler_of(true);
  scheduler.max_seqs = 16;
  const ServingResult all = serve(FakeSteps(), load_of(16), scheduler);
  const ServingResult twice = serve(FakeSteps(), load_of(32), scheduler);
  CHECK(twice.slots == 16);
  CHECK_THAT(twice.tpot.base(), WithinRel(all.tpot.base(), 1e-3));
  // A slot that is free has a request at once: it misses no steps.
  CHECK(twice.output_tokens > all.output_tokens);
  CHECK(twice.output_tokens < 1.04 * all.output_tokens);
  CHECK(twice.terms.running == Seconds{});
  // One cycle of a slot.
  CHECK_THAT(twice.terms.queue.base(), WithinRel(twice.cycle.base(), 1e-9));
}

TEST_CASE("a run of waves loses what its last answers leave idle") {
  ServingLoad load = load_of(32);
  CHECK(serve(FakeSteps(), load, scheduler_of(true)).run_output_tokens ==
        serve(FakeSteps(), load, scheduler_of(true)).output_tokens);
  load.osl_width = 1.0;
  double before = 0.0;
  for (const double waves : {2.0, 8.0, 32.0}) {
    load.waves = waves;
    const ServingResult r = serve(FakeSteps(), load, scheduler_of(true));
    const double share = r.run_output_tokens / r.output_tokens;
    CAPTURE(waves, share);
    CHECK(share > before);
    CHECK(share < 1.0);
    before = share;
  }
  // sqrt(32) spreads are more than a cycle: 32 cycles, and half of one in which answers run out.
  CHECK_THAT(before, WithinRel(32.0 / 32.5, 1e-9));
}

TEST_CASE("a prompt over the budget takes as many steps as it has budgets") {
  const ServingResult whole = serve(FakeSteps(), load_of(1), scheduler_of(false, true, 1000));
  const ServingResult parts = serve(FakeSteps(), load_of(1), scheduler_of(false, true, 250));
  CHECK_THAT(parts.ttft.base(), WithinRel(whole.ttft.base(), 1e-9));
  // Beside decodes each part takes a decode step too; the decodes take room in it.
  const ServingResult mixed = serve(FakeSteps(), load_of(2), scheduler_of(true, true, 252));
  CHECK_THAT(mixed.terms.own.base(), WithinRel(t_p + 4 * t_d, 0.01));
}

TEST_CASE("the first wave stalls once and waits for its own prefills") {
  ServingLoad load = load_of(16);
  load.osl_width = 0.2;
  load.waves = 10;
  Scheduler scheduler = scheduler_of(false, true, 4000);
  scheduler.front_latency = 3.0_ms;
  scheduler.stall = 1.0_s;
  const ServingResult r = serve(FakeSteps(), load, scheduler);
  // Four steps of four prompts: the mean request waits for 2.5 of them.
  CHECK_THAT(r.ttft_first.base(), WithinRel(1.0 + 3e-3 + 2.5 * 4 * t_p, 1e-9));
  CHECK_THAT(r.ttft.base(),
             WithinRel(0.1 * r.ttft_first.base() + 0.9 * r.ttft_steady.base(), 1e-9));
}

TEST_CASE("an answer of one token comes from the prefill") {
  ServingLoad load = load_of(16);
  load.traffic.osl = 1;
  const ServingResult r = serve(FakeSteps(), load, scheduler_of(false));
  CHECK(r.tpot == Seconds{});
  CHECK_THAT(r.prefill_share, WithinRel(1.0, 1e-9));
  CHECK_THAT((r.output_tokens * r.ttft).base(), WithinRel(16.0, 1e-9));
}

TEST_CASE("groups with as much to do each yield as much") {
  ServingLoad load = load_of(64);
  load.dp = 4;
  const ServingResult four = serve(FakeSteps(), load, scheduler_of(true));
  const ServingResult one = serve(FakeSteps(), load_of(16), scheduler_of(true));
  CHECK_THAT(four.tpot.base(), WithinRel(one.tpot.base(), 1e-12));
  CHECK_THAT(four.output_tokens.base(), WithinRel(4 * one.output_tokens.base(), 1e-12));
  CHECK_THAT(four.energy.base(), WithinRel(one.energy.base(), 1e-12));  // of one rank
}

TEST_CASE("a handful of steps is evaluated") {
  for (const Scheduler& scheduler : schedulers()) {
    const FakeSteps model;
    const ServingLoad load = load_of(64);
    const PrefillProfile profile = profile_prefill(model, load, scheduler.budget);
    model.evaluations = 0;
    (void)closed_loop({model, model, profile}, load, scheduler);
    CHECK(model.evaluations <= 12);
  }
}

TEST_CASE("prompts that are split fill the stages, whole ones let them run empty") {
  ServingLoad load = load_of(8);
  load.traffic.isl = 8000;  // 8 + 32 ms through both stages
  load.pp = 2;
  const FakeSteps stages(10.0_ms, 2);
  const ServingResult split = serve(stages, load, scheduler_of(true, true, 1000));
  const ServingResult whole = serve(stages, load, scheduler_of(true, false));
  CHECK(split.tpot < 0.95 * whole.tpot);
}
