#include "cost/chip_kernels.hpp"

#include "infersim/cost/experts.hpp"
#include "infersim/cost/gemm.hpp"
#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

using detail::kernels_on;
using detail::scores_a_second;
using detail::without_tiles;

/// One kernel of a table of which all are alike.
KernelEfficiency on(const Engine& engine, const KernelEfficiency& kernel, KernelClass kind,
                    FlopRate unit_exponentials = {}) {
  KernelTable table;
  for (auto& formats : table.kernels)
    formats.fill(kernel);
  Efficiency efficiency;
  efficiency.kernels = std::make_shared<const KernelTable>(table);
  efficiency.unit_exponentials = unit_exponentials;
  const auto found = kernels_on(engine, efficiency);
  return found->kernels[index(kind)][index(KernelFormat::bf16)];
}

Engine engine_of(std::optional<int> units, double exponentials = 0) {
  Engine engine;
  engine.units = units;
  engine.exponentials = FlopRate{exponentials};
  return engine;
}

/// A kernel with every cost of a tile.
KernelEfficiency tiled_kernel() {
  KernelEfficiency kernel = sharp_kernel();
  kernel.gemm.tiles = TileSet::split;
  kernel.gemm.side = 5;
  kernel.gemm.write = 0.6;
  kernel.gemm.k_latency = Seconds{1.3e-9};
  kernel.experts.tile_extra = 128;
  kernel.experts.least_tile_rows = 128;
  kernel.experts.fill = 1.5;
  return kernel;
}

TEST_CASE("kernels stay as they are where units are counted") {
  CHECK(on(engine_of(100), tiled_kernel(), KernelClass::gemm) == tiled_kernel());
  CHECK(on(engine_of(100, 1e13), tiled_kernel(), KernelClass::attention_prefill) == tiled_kernel());
}

TEST_CASE("without a count a GEMM computes its own rows, divided evenly, and keeps its launch") {
  const KernelEfficiency kernel = on(engine_of(std::nullopt), tiled_kernel(), KernelClass::gemm);
  Machine machine = round_machine();
  machine.units = 1;
  for (const double m : {1.0, 3.0, 100.0, 4099.0}) {
    INFO(m);
    const OpCost cost = gemm_cost(machine, kernel, {.m = m, .n = 1000, .k = 4096});
    // Full tiles of 256 x 128 with operands of 5 on each side: 0.945 of the fraction.
    const double fraction = 0.5 * 32768 / (32768 + 5 * 384);
    CHECK_THAT(cost.compute.base(), WithinRel(2 * m * 1000 * 4096 / (fraction * 1e15), 1e-9));
    CHECK_THAT(cost.activity.total_flops().base(), WithinRel(2 * m * 1000 * 4096, 1e-12));
    CHECK(cost.latency == tiled_kernel().latency);
  }
}

TEST_CASE("without a count four rows of an expert are not padded to what a tile costs") {
  const KernelEfficiency kernel =
      on(engine_of(std::nullopt), tiled_kernel(), KernelClass::grouped_gemm);
  Machine machine = round_machine();
  machine.units = 1;
  ExpertShape shape;
  shape.routing = {.routing = Routing::balanced, .tokens = 32, .top_k = 8, .replicas = 64};
  shape.hidden = 2048;
  shape.inner = 768;
  const OpCost cost =
      expert_part_cost(machine, kernel, shape, expert_load(shape.routing), ExpertPart::up);
  // Four rows on each of 64 experts, at what full tiles of 128 rows reach beside 128 more.
  const double flops = 2.0 * 4 * 64 * 2048 * 2 * 768;
  CHECK_THAT(cost.compute.base(), WithinRel(flops / (0.25 * 1e15), 0.01));
}

TEST_CASE("a fraction above the peak is taken back by tiles alone") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.compute = 1.2;
  kernel.bandwidth = 1.1;
  for (const KernelClass kind : all_kernel_classes) {
    CHECK(without_tiles(kind, kernel).compute == 1.0);
    CHECK(without_tiles(kind, kernel).bandwidth == 1.0);
  }
}

TEST_CASE("exponentials take a part of a score's time, and that part alone is faster") {
  CHECK_THAT(scores_a_second(3e10, 3e10, 3e10), WithinRel(3e10, 1e-12));
  // All of the time is theirs, with or without help of the other units.
  CHECK_THAT(scores_a_second(3e10, 3e10, 6e10), WithinRel(6e10, 1e-12));
  CHECK_THAT(scores_a_second(7e10, 3e10, 6e10), WithinRel(14e10, 1e-12));
  // 1 ns a score of which a thirtieth is theirs.
  CHECK_THAT(scores_a_second(1e9, 3e10, 6e10), WithinRel(1e9 / (1 - 1.0 / 60), 1e-12));
  CHECK(scores_a_second(1e9, 3e10, 1.5e10) < 1e9);
}

TEST_CASE("a chip's own exponentials change attention of prompts, not what was said of the chip") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.attention.exponentials = 5e10;
  const FlopRate fitted{3e10};
  const auto rate = [&](const Engine& engine, KernelClass kind) {
    return on(engine, kernel, kind, fitted).attention.exponentials;
  };
  const Engine twice = engine_of(100, 6e12);
  CHECK_THAT(rate(twice, KernelClass::attention_prefill), WithinRel(10e10, 1e-12));
  CHECK_THAT(rate(twice, KernelClass::mla_prefill), WithinRel(10e10, 1e-12));
  CHECK(rate(twice, KernelClass::attention_decode) == 5e10);
  CHECK(rate(engine_of(100), KernelClass::attention_prefill) == 5e10);
  kernel.attention.exponentials_of_device = true;
  CHECK(rate(twice, KernelClass::attention_prefill) == 5e10);
  kernel.attention = {};
  CHECK(rate(twice, KernelClass::attention_prefill) == 0);
}

}  // namespace
}  // namespace infersim::test
