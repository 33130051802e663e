#include "serving/simulation.hpp"

#include <limits>

#include "serving/fake_steps.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// Weights of 8 ms, 6 us a token beyond what hides behind them, attention over the context.
class Roofline : public StepModel {
 public:
  [[nodiscard]] StepCost step(const StepBatch& batch) const override {
    double time = std::pow(std::pow(8e-3, 4) + std::pow(6e-6 * batch.tokens(), 4), 0.25) + 5e-4;
    if (batch.decode_sequences > 0) time += 1e-4 + 5e-10 * batch.context_sum;
    if (batch.prefill_tokens > 0) time += 2e-4 + 1e-9 * batch.prefill_pairs;
    StepCost cost;
    cost.time = cost.occupancy = Seconds{time};
    return cost;
  }
};

struct Policy {
  const char* name;
  Scheduler scheduler;
};

std::vector<Policy> policies() {
  Scheduler mixed;
  mixed.lag = 1;
  mixed.front_latency = 4.0_ms;
  Scheduler exclusive = mixed;
  exclusive.mixed = false;
  exclusive.front_latency = 40.0_ms;
  Scheduler polling = exclusive;
  polling.recv_interval = 10;
  Scheduler whole = mixed;
  whole.split = false;
  return {{"mixed", mixed}, {"exclusive", exclusive}, {"polling", polling}, {"whole", whole}};
}

ServingLoad load_of(double batch, double isl, double osl) {
  ServingLoad load;
  load.traffic = {isl, osl};
  load.batch = batch;
  return load;
}

/// Closed form and simulation of every policy from light to heavy load.
void check_all(double waves, double osl_width, double tpot, double ttft) {
  for (const Policy& policy : policies()) {
    for (const double batch : {1.0, 4.0, 16.0, 64.0}) {
      for (const double isl : {1000.0, 7000.0}) {
        ServingLoad load = load_of(batch, isl, 400);
        load.waves = waves;
        load.osl_width = osl_width;
        const ServingResult closed = serve(Roofline(), load, policy.scheduler);
        const auto simulated = Simulation(Roofline(), load, policy.scheduler, 7, true).run();
        INFO(policy.name << ", " << batch << " requests of " << isl << " tokens");
        CHECK_THAT(closed.tpot.base(), WithinRel(simulated.tpot, tpot));
        // Looks of an engine that stops its decodes are in step with what ended between them.
        const double seldom = policy.scheduler.recv_interval > 1 ? 1.4 : 1.0;
        CHECK_THAT(closed.ttft.base(), WithinRel(simulated.ttft, seldom * ttft));
      }
    }
  }
}

}  // namespace

TEST_CASE("Prompts that stop the decodes of requests of one length: the simulation to the digit") {
  Scheduler scheduler;
  scheduler.mixed = false;
  scheduler.budget = 4000;
  ServingLoad load = load_of(16, 1000, 101);
  load.waves = 10;
  const ServingResult closed = serve(FakeSteps(), load, scheduler);
  const auto simulated = Simulation(FakeSteps(), load, scheduler, 7, true).run();
  CHECK_THAT(closed.ttft.base(), WithinRel(simulated.ttft, 1e-9));
  CHECK_THAT(closed.tpot.base(), WithinRel(simulated.tpot, 1e-9));
}

TEST_CASE("Ten waves of lengths that differ come near the simulation") {
  check_all(10, 0.222, 0.02, 0.07);
}

TEST_CASE("Steady state comes near the simulation once its start is forgotten") {
  check_all(std::numeric_limits<double>::infinity(), 1.0, 0.015, 0.14);
}
