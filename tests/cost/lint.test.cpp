#include "infersim/cost/lint.hpp"

#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

/// Kernels of one kind on the round machine, of which `change` may make something else.
template <class Change>
std::vector<Suspicion> found(Change change) {
  Machine machine = round_machine();
  KernelTable table;
  for (auto& formats : table.kernels)
    formats.fill(sharp_kernel());
  change(machine, table);
  machine.efficiency.kernels = std::make_shared<const KernelTable>(table);
  return suspicions(Device{}, machine);
}

TEST_CASE("kernels that memory binds are nothing to remark") {
  CHECK(found([](Machine&, KernelTable&) {}).empty());
}

TEST_CASE("one unit that waits for each value of k is bound by that, which is no padding") {
  const auto remarks = found([](Machine& machine, KernelTable& table) {
    machine.units = 1;
    for (KernelEfficiency& kernel : table.kernels[index(KernelClass::gemm)]) {
      kernel.gemm.tiles = TileSet::split;
      kernel.gemm.k_latency = Seconds{1.3e-9};
    }
  });
  CHECK(remarks.empty());
}

TEST_CASE("tiles of a GPU under memory ten times as fast are padding") {
  const auto remarks = found([](Machine& machine, KernelTable& table) {
    machine.memory_bandwidth *= 10.0;
    for (KernelEfficiency& kernel : table.kernels[index(KernelClass::grouped_gemm)]) {
      kernel.experts.tile_extra = 143;
      kernel.experts.least_tile_rows = 8;
    }
  });
  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0].key == "kernel.grouped_gemm.bf16");
}

}  // namespace
}  // namespace infersim::test
