#include "infersim/serving/pools.hpp"

#include "serving/fake_steps.hpp"
#include "serving/pool_simulation.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

constexpr double t_d = 10e-3;
constexpr double t_p = 1000 * 1e-6 + 1000.0 * 1000 / 2 * 1e-9;  // 1.5 ms

/// Prompts of 1.5 ms at a time and decode steps of 10 ms, whatever the batch.
struct FakePools {
  FakeSteps steps;
  PooledService service{{steps, steps, 1, 1, 1, {}}, {steps, steps, 1, 1, 1, {}}, Seconds{}};

  FakePools() {
    service.prefill.scheduler.split = false;
    service.prefill.scheduler.budget = 1000;
  }
};

ServingLoad load_of(double batch, double answer = 101) {
  ServingLoad load;
  load.traffic = {1000, answer};
  load.batch = batch;
  return load;
}

double in_flight(const PooledResult& r, const ServingLoad& load) {
  const double requests_per_s = r.output_tokens.base() / load.traffic.osl;
  return requests_per_s * (r.ttft + (load.traffic.osl - 1) * r.tpot).base();
}

}  // namespace

TEST_CASE("a single request waits for its own steps and its cache alone") {
  FakePools pools;
  pools.service.prefill.scheduler.front_latency = 4.0_ms;
  pools.service.decode.scheduler.lag = 1;
  pools.service.transfer = 2.0_ms;
  const PooledResult r = pooled_loop(pools.service, load_of(1));
  CHECK_THAT(r.ttft.base(), WithinRel(4e-3 + t_p + 2e-3, 1e-9));
  CHECK_THAT(r.tpot.base(), WithinRel(t_d, 1e-9));
  CHECK(r.terms.running == Seconds{});
  CHECK(r.terms.queue == Seconds{});
}

TEST_CASE("in pools requests in flight are their rate times the time each takes") {
  FakePools pools;
  for (const double batch : {1.0, 16.0, 300.0, 3000.0}) {
    for (const double slots : {8.0, 64.0, 1e6}) {
      pools.service.decode.scheduler.max_seqs = slots;
      ServingLoad load = load_of(batch);
      const PooledResult steady = pooled_loop(pools.service, load);
      CHECK_THAT(in_flight(steady, load), WithinRel(batch, 1e-6));
      CHECK_THAT((steady.rate * (steady.ttft_steady + 100 * steady.tpot)), WithinRel(batch, 1e-6));
      load.waves = 10;
      load.osl_width = 0.2;
      CHECK_THAT(in_flight(pooled_loop(pools.service, load), load), WithinRel(batch, 1e-6));
    }
  }
}

TEST_CASE("requests beyond the decode slots wait for them") {
  FakePools pools;
  pools.service.decode.workers = 2;
  pools.service.decode.scheduler.max_seqs = 8;
  const double answer = 100 * t_d;
  const PooledResult r = pooled_loop(pools.service, load_of(24));
  // A slot is free again after the answer and the look that finds the next request.
  CHECK_THAT(r.ttft_steady.base(), WithinAbs(0.5 * answer, 0.02 * answer));
  CHECK_THAT(r.running, WithinAbs(8.0, 0.1));
}

TEST_CASE("the rate is that of the slower pool") {
  FakePools pools;
  const double decode_bound = 1000 / (100 * t_d);  // requests/s if nothing else took time
  const PooledResult prefill_bound = pooled_loop(pools.service, load_of(1000));
  CHECK_THAT(prefill_bound.rate.base(), WithinRel(1.0 / t_p, 1e-6));
  pools.service.prefill.workers = 2;
  const PooledResult free = pooled_loop(pools.service, load_of(1000));
  CHECK(free.rate.base() > 1.2 * prefill_bound.rate.base());
  CHECK(free.rate.base() < decode_bound);
  pools.service.prefill.workers = 1;
  pools.service.transfer = Seconds{2 * t_p};
  CHECK_THAT(pooled_loop(pools.service, load_of(1000)).rate.base(), WithinRel(0.5 / t_p, 1e-6));
}

TEST_CASE("prefills do not interrupt the decodes of the other pool") {
  FakePools pools;
  for (const double batch : {1.0, 100.0, 10000.0}) {
    CHECK_THAT(pooled_loop(pools.service, load_of(batch)).tpot.base(), WithinRel(t_d, 1e-9));
  }
}

TEST_CASE("drafts divide the decode steps of pools") {
  FakePools pools;
  ServingLoad load = load_of(4);
  load.tokens_per_step = 2.5;
  CHECK_THAT(pooled_loop(pools.service, load).tpot.base(), WithinRel(t_d / 2.5, 1e-9));
}

TEST_CASE("a lone prompt's step is that of one busy group") {
  FakePools pools;
  pools.service.prefill.dp = 8;
  class Lone final : public StepModel {
   public:
    [[nodiscard]] StepCost step(const StepBatch& batch) const override {
      StepCost cost = FakeSteps().step(batch);
      cost.time = cost.occupancy = cost.time / 2.0;
      return cost;
    }
  } lone;
  const ServingPool with_lone{pools.steps, lone, 1, 8, 1, pools.service.prefill.scheduler};
  const PooledService service{with_lone, pools.service.decode, Seconds{}};
  CHECK_THAT(pooled_loop(service, load_of(1)).ttft.base(), WithinRel(t_p / 2, 1e-9));
  // Eight groups in lockstep have eight times one's rate.
  CHECK_THAT(pooled_loop(service, load_of(8000)).most.base(), WithinRel(8 / t_p, 1e-9));
}

TEST_CASE("pools in closed form are near their simulation") {
  FakePools pools;
  pools.service.decode.scheduler.lag = 1;
  pools.service.prefill.scheduler.front_latency = 5.0_ms;
  struct Case {
    double batch;
    int workers;
    double budget;
    double slots;
  };
  // From idle pools over a busy and a saturated one to one that lacks slots.
  for (const Case& each : {Case{8, 1, 1000, 1e6},
                           {200, 1, 1000, 1e6},
                           {600, 1, 1000, 1e6},
                           {1000, 1, 1000, 1e6},
                           {1000, 2, 4000, 1e6},
                           {300, 1, 1000, 200},
                           {300, 1, 1000, 100}}) {
    pools.service.prefill.workers = each.workers;
    pools.service.prefill.scheduler.budget = each.budget;
    pools.service.decode.scheduler.max_seqs = each.slots;
    ServingLoad load = load_of(each.batch);
    load.waves = 10;
    load.osl_width = 0.2 / 0.9;
    const auto simulated = PoolSimulation(pools.service, load, t_d).run();
    const PooledResult r = pooled_loop(pools.service, load);
    CAPTURE(each.batch, each.workers, each.slots, r.ttft.base(), simulated.ttft);
    CHECK_THAT(r.ttft.base(), WithinRel(simulated.ttft, 0.25));
  }
}
