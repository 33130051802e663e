// A step is evaluated without the heap. This file replaces the test program's allocation functions
// by ones that count.

#include "infersim/phase/analytic_step_model.hpp"
#include "phase/fixtures.hpp"
#include "support/catch.hpp"
#include "support/counted_allocations.hpp"

using namespace infersim;
using namespace infersim::test;

TEST_CASE("lowering a batch and moving its context allocate nothing") {
  ParallelPlan plan = plan_of(4, 4, 16);
  plan.mtp = 1;
  for (const int microbatches : {1, 2}) {
    plan.microbatches = microbatches;
    const StepTable table = lower(catalogue_model("deepseek-v3"), machine_of("ascend910b"), plan,
                                  precision_of(NumberType::int8));
    LoweredBatch batch(table);
    const std::size_t before = allocations;
    batch.lower(StepBatch::decode(32, 4500, 2));
    Seconds sum = batch.cost().time;
    sum += batch.at_context(150000).time;
    batch.lower(StepBatch::prefill(1, 4000));
    sum += batch.cost().time;
    const std::size_t during = allocations - before;
    CHECK(during == 0);
    CHECK(sum > Seconds{});
  }
}

TEST_CASE("allocations are counted") {
  const std::size_t before = allocations;
  const std::vector<int> some(100);
  CHECK(allocations > before);
  CHECK(some.size() == 100);
}
