// A step is evaluated without the heap. This file replaces the test program's allocation functions
// by ones that count.

#include <cstdlib>
#include <new>

#include "infersim/phase/analytic_step_model.hpp"
#include "phase/fixtures.hpp"
#include "support/catch.hpp"

namespace {

std::size_t allocations = 0;

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new[](std::size_t size) { return operator new(size); }
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size);
}
[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

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
