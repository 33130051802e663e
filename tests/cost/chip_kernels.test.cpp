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

/// The parameters of one kernel on a device, where all are alike in its class's description or, if
/// `family` is not empty, in that family's.
KernelEfficiency on(const Device& device, const KernelEfficiency& kernel, KernelClass kind,
                    const FittedTo& fitted = {}, const std::string& family = "",
                    KernelFormat format = KernelFormat::bf16) {
  KernelTable table;
  for (auto& formats : table.kernels)
    formats.fill(kernel);
  KernelScope origin;
  origin.family = family;
  for (auto& formats : table.origins)
    formats.fill(origin);
  Efficiency efficiency;
  efficiency.kernels = std::make_shared<const KernelTable>(table);
  (family.empty() ? efficiency.class_fitted_to : efficiency.family_fitted_to) = fitted;
  const auto found = kernels_on(device, device.engines.front(), efficiency);
  return found->kernels[index(kind)][index(format)];
}

/// 1000 TFLOP/s in BF16 beside 4 TB/s: 250 flops a byte.
Device device_of(std::optional<int> units, double exponentials = 0) {
  Engine engine;
  engine.units = units;
  engine.exponentials = FlopRate{exponentials};
  engine.dense_peak[index(NumberType::bf16)] = FlopRate{1e15};
  engine.dense_peak[index(NumberType::int8)] = FlopRate{1e15};
  Device device;
  device.family = "mine";
  device.engines = {engine};
  device.memory.emplace_back();
  device.memory.front().bandwidth = Bandwidth{4e12};
  return device;
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
  CHECK(on(device_of(100), tiled_kernel(), KernelClass::gemm) == tiled_kernel());
  CHECK(on(device_of(100, 1e13), tiled_kernel(), KernelClass::attention_prefill) == tiled_kernel());
}

TEST_CASE("without a count a GEMM computes its own rows, divided evenly, and keeps its launch") {
  const KernelEfficiency kernel = on(device_of(std::nullopt), tiled_kernel(), KernelClass::gemm);
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
      on(device_of(std::nullopt), tiled_kernel(), KernelClass::grouped_gemm);
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

FittedTo fitted_in_bytes(double bf16, double fp8) {
  FittedTo fitted;
  fitted.flops_per_byte[index(NumberType::bf16)] = bf16;
  fitted.flops_per_byte[index(NumberType::fp8)] = fp8;
  return fitted;
}

TEST_CASE("the class's tiles are narrower on chips with fewer flops for each byte, and no wider") {
  const auto experts = [](double bf16, double fp8, KernelFormat format) {
    return on(device_of(100), tiled_kernel(), KernelClass::grouped_gemm, fitted_in_bytes(bf16, fp8),
              "", format)
        .experts;
  };
  // As many flops a byte, and more.
  CHECK(experts(250, 500, KernelFormat::bf16) == tiled_kernel().experts);
  CHECK(experts(100, 500, KernelFormat::bf16) == tiled_kernel().experts);
  // Half as many.
  CHECK_THAT(experts(500, 0, KernelFormat::bf16).tile_extra, WithinRel(64.0, 1e-12));
  CHECK_THAT(experts(500, 0, KernelFormat::bf16).least_tile_rows, WithinRel(64.0, 1e-12));
  // Weights that are widened are multiplied in 16 bits, integers are as floats of their width.
  CHECK_THAT(experts(500, 0, KernelFormat::int4).tile_extra, WithinRel(64.0, 1e-12));
  CHECK_THAT(experts(250, 500, KernelFormat::int8).tile_extra, WithinRel(64.0, 1e-12));
  // What is not said goes by the width; a type that the chip does not compute in is left alone.
  CHECK_THAT(experts(250, 0, KernelFormat::int8).tile_extra, WithinRel(64.0, 1e-12));
  CHECK(experts(500, 500, KernelFormat::fp8) == tiled_kernel().experts);
}

TEST_CASE("the class's GEMM has no tiles where its lowest would be padding") {
  const auto gemm = [](double bf16) {
    return on(device_of(100), tiled_kernel(), KernelClass::gemm, fitted_in_bytes(bf16, 0));
  };
  CHECK_THAT(gemm(500).gemm.side, WithinRel(2.5, 1e-12));
  CHECK(gemm(500).gemm.tiles == TileSet::split);
  CHECK(gemm(2000) == without_tiles(KernelClass::gemm, tiled_kernel()));
}

TEST_CASE("the family's tiles are narrower where a unit computes less") {
  FittedTo fitted;
  fitted.unit_flops = FlopRate{20e12};
  const auto extra = [&](int units, const std::string& family) {
    return on(device_of(units), tiled_kernel(), KernelClass::grouped_gemm, fitted, family)
        .experts.tile_extra;
  };
  CHECK_THAT(extra(100, "mine"), WithinRel(64.0, 1e-12));  // 10 TFLOP/s a unit
  CHECK_THAT(extra(50, "mine"), WithinRel(128.0, 1e-12));
  CHECK_THAT(extra(25, "mine"), WithinRel(128.0, 1e-12));
  CHECK_THAT(extra(100, "another"), WithinRel(128.0, 1e-12));
}

TEST_CASE("a chip's own exponentials change attention of prompts, not what was said of the chip") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.attention.exponentials = 5e10;
  FittedTo fitted;
  fitted.unit_exponentials = FlopRate{3e10};
  const auto rate = [&](const Device& device, KernelClass kind) {
    return on(device, kernel, kind, fitted, "mine").attention.exponentials;
  };
  const Device twice = device_of(100, 6e12);
  CHECK_THAT(rate(twice, KernelClass::attention_prefill), WithinRel(10e10, 1e-12));
  CHECK_THAT(rate(twice, KernelClass::mla_prefill), WithinRel(10e10, 1e-12));
  CHECK(rate(twice, KernelClass::attention_decode) == 5e10);
  CHECK(rate(device_of(100), KernelClass::attention_prefill) == 5e10);
  kernel.attention.exponentials_of_device = true;
  CHECK(rate(twice, KernelClass::attention_prefill) == 5e10);
  kernel.attention = {};
  CHECK(rate(twice, KernelClass::attention_prefill) == 0);
}

}  // namespace
}  // namespace infersim::test
