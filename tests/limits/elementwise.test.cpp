#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

TEST_CASE("An element-wise pass takes its bytes over the achievable bandwidth") {
  const OpCost cost = elementwise_cost(round_machine(), sharp_kernel(), 1e4, 8192, 4096);
  CHECK_THAT(busy(cost).base(), WithinRel(2e4 * 12288 / 3.2e12, 1e-12));
  CHECK(cost.bound == Bound::memory);
}

TEST_CASE("A pass stays in a cache that holds twice its bytes, and not in a smaller one") {
  Machine machine = round_machine();
  machine.cache_bandwidth = Bandwidth{16e12};
  const double bytes = 2.0 * 100 * 8192;
  machine.cache_capacity = Bytes{2 * bytes};
  const OpCost inside = elementwise_cost(machine, sharp_kernel(), 100, 4096, 4096);
  machine.cache_capacity = Bytes{2 * bytes - 1};
  const OpCost outside = elementwise_cost(machine, sharp_kernel(), 100, 4096, 4096);
  CHECK(inside.activity.memory == Bytes{});
  CHECK_THAT(inside.activity.on_chip.base(), WithinRel(bytes, 1e-12));
  CHECK_THAT(outside.activity.memory.base(), WithinRel(bytes, 1e-12));
  CHECK_THAT(busy(outside) / busy(inside), WithinRel(4.0, 1e-12));
}

}  // namespace
}  // namespace infersim::test
