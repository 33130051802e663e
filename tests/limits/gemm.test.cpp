#include <cmath>

#include "infersim/cost/gemm.hpp"
#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

GemmShape shape(double m, double n, double k, NumberType type = NumberType::bf16) {
  return {
      .m = m, .n = n, .k = k, .count = 1, .weights = type, .compute = type, .activations = type};
}

TEST_CASE("A huge square GEMM takes 2mnk over the achievable rate") {
  // 12800 is 100 tiles of 128 either way: 100 whole waves on 100 units.
  const OpCost cost = gemm_cost(round_machine(), sharp_kernel(), shape(12800, 12800, 12800));
  const double closed = 2.0 * std::pow(12800.0, 3) / (0.5 * 1e15);
  CHECK(cost.bound == Bound::compute);
  CHECK_THAT(busy(cost).base(), WithinRel(closed, 1e-9));
  CHECK_THAT(cost.tile_efficiency, WithinRel(1.0, 1e-12));
}

TEST_CASE("A GEMM of few rows takes its weight bytes over the achievable bandwidth") {
  const OpCost cost = gemm_cost(round_machine(), sharp_kernel(), shape(1, 12800, 8192));
  const double bytes = 2.0 * (12800.0 * 8192 + 8192 + 12800);
  CHECK(cost.bound == Bound::memory);
  CHECK_THAT(busy(cost).base(), WithinRel(bytes / (0.8 * 4e12), 1e-6));
  CHECK_THAT(cost.activity.memory.base(), WithinRel(bytes, 1e-12));
}

TEST_CASE("The ridge point of a GEMM lies where compute time meets weight time") {
  // n = 12800 is 100 column tiles: one wave for every 128 rows. Per wave 2 * 128 * 128 * k flop at
  // 5 TFLOP/s a unit is k * 6.5536 ns; the weights take 25600 k bytes / 3.2 TB/s = k * 8 ns. One
  // row tile is memory bound, two are compute bound.
  const double k = 8192;
  const OpCost below = gemm_cost(round_machine(), sharp_kernel(), shape(128, 12800, k));
  const OpCost above = gemm_cost(round_machine(), sharp_kernel(), shape(129, 12800, k));
  CHECK(below.bound == Bound::memory);
  CHECK(above.bound == Bound::compute);
  CHECK_THAT(below.compute.base(), WithinRel(k * 6.5536e-9, 1e-9));
  CHECK_THAT(above.compute.base(), WithinRel(2 * k * 6.5536e-9, 1e-9));
  CHECK_THAT(below.memory.base(), WithinRel(k * 8e-9, 0.03));
}

TEST_CASE("Few rows stream past weights, more wait for tiles") {
  // Up to 8 rows the vector kernels' bandwidth and sharp maximum hold, above them the tiles' own.
  KernelEfficiency kernel = sharp_kernel();
  kernel.bandwidth = 0.5;
  kernel.blend = 1.0;
  kernel.gemm.vector_rows = 8;
  kernel.gemm.vector_bandwidth = 0.9;
  kernel.gemm.vector_blend = 64.0;
  const OpCost few = gemm_cost(round_machine(), kernel, shape(8, 12800, 8192));
  const OpCost more = gemm_cost(round_machine(), kernel, shape(9, 12800, 8192));
  CHECK_THAT(busy(few).base(), WithinRel(few.activity.memory.base() / (0.9 * 4e12), 1e-6));
  CHECK_THAT(more.memory.base(), WithinRel(more.activity.memory.base() / (0.5 * 4e12), 1e-9));
  CHECK_THAT(busy(more).base(), WithinRel((more.memory + more.compute).base(), 1e-9));
}

TEST_CASE("Twice the memory bandwidth halves a memory-bound GEMM, its launch apart") {
  Machine machine = round_machine();
  const OpCost slow = gemm_cost(machine, sharp_kernel(), shape(4, 12800, 8192));
  machine.memory_bandwidth *= 2.0;
  const OpCost fast = gemm_cost(machine, sharp_kernel(), shape(4, 12800, 8192));
  CHECK_THAT(busy(slow) / busy(fast), WithinRel(2.0, 1e-6));
  CHECK(slow.time < 2.0 * fast.time);
}

TEST_CASE("One tile more than the units need costs a second wave") {
  // Row tiles of 128 by one column tile each; k is too short to be split.
  const Machine machine = round_machine();
  const OpCost full = gemm_cost(machine, sharp_kernel(), shape(100 * 128, 128, 1024));
  const OpCost over = gemm_cost(machine, sharp_kernel(), shape(100 * 128 + 1, 128, 1024));
  CHECK_THAT(over.compute / full.compute, WithinRel(2.0, 1e-12));
  CHECK_THAT(full.tile_efficiency, WithinRel(1.0, 1e-12));
  CHECK_THAT(over.tile_efficiency, WithinAbs(0.5, 1e-3));
}

TEST_CASE("A long sum is split over units that would stand idle") {
  // Ten tiles on 100 units: k = 8192 allows eight pieces of 1024, k = 1024 one.
  const Machine machine = round_machine();
  const OpCost split = gemm_cost(machine, sharp_kernel(), shape(128, 1280, 8192));
  const OpCost whole = gemm_cost(machine, sharp_kernel(), shape(128, 1280, 1024));
  CHECK_THAT(split.compute / whole.compute, WithinRel(1.0, 1e-9));
}

TEST_CASE("FP8 halves the weight bytes and adds the pass that quantises activations") {
  const Machine machine = round_machine();
  const double n = 8192;
  const double k = 4096;
  const OpCost wide = gemm_cost(machine, sharp_kernel(), shape(16, n, k));
  const OpCost narrow = gemm_cost(machine, sharp_kernel(), shape(16, n, k, NumberType::fp8));
  CHECK_THAT(wide.activity.memory.base(), WithinRel(2 * n * k + 2 * 16 * (n + k), 1e-12));
  // 8-bit weights and operands, 16-bit outputs; the pass reads 16 bits and writes 8.
  CHECK_THAT(narrow.activity.memory.base(),
             WithinRel(n * k + 16 * k + 2 * 16 * n + 3 * 16 * k, 1e-12));
  CHECK(narrow.memory < 0.51 * wide.memory);
}

TEST_CASE("Weights stored in fewer bits than are multiplied shorten reading alone") {
  const Machine machine = round_machine();
  GemmShape four_bits = shape(1, 12800, 8192);
  four_bits.weights = NumberType::int4;
  const OpCost wide = gemm_cost(machine, sharp_kernel(), shape(1, 12800, 8192));
  const OpCost narrow = gemm_cost(machine, sharp_kernel(), four_bits);
  // 4.5 bits of 16, but for a ten-thousandth of activations.
  CHECK_THAT(narrow.memory / wide.memory, WithinRel(4.5 / 16, 1e-3));
  CHECK(narrow.compute == wide.compute);
}

TEST_CASE("A GEMM never gets faster with more rows, columns or a longer sum") {
  const Machine machine = round_machine();
  Seconds last;
  for (double m = 1; m <= 20000; m = std::ceil(m * 1.13)) {
    const Seconds time = gemm_cost(machine, sharp_kernel(), shape(m, 5120, 3584)).time;
    CHECK(time >= last);
    last = time;
  }
  last = Seconds{};
  for (double n = 16; n <= 200000; n = std::ceil(n * 1.21)) {
    const Seconds time = gemm_cost(machine, sharp_kernel(), shape(4096, n, 512)).time;
    CHECK(time >= last);
    last = time;
  }
}

TEST_CASE("A batch of GEMMs moves as many times the bytes of one") {
  GemmShape many = shape(8, 512, 128);
  many.count = 128;
  const OpCost one = gemm_cost(round_machine(), sharp_kernel(), shape(8, 512, 128));
  const OpCost all = gemm_cost(round_machine(), sharp_kernel(), many);
  CHECK_THAT(all.activity.memory / one.activity.memory, WithinRel(128.0, 1e-12));
  CHECK_THAT(all.useful_flops / one.useful_flops, WithinRel(128.0, 1e-12));
}

TEST_CASE("No rows take no time") {
  CHECK(gemm_cost(round_machine(), sharp_kernel(), shape(0, 4096, 4096)).time == Seconds{});
}

TEST_CASE("A GEMM that is timed alone finds small weights in the cache, a server does not") {
  Machine machine = round_machine();
  machine.cache_capacity = Bytes{100e6};
  KernelEfficiency kernel = sharp_kernel();
  kernel.gemm.keep_weights = 0.5;
  kernel.gemm.keep_gain = 4;
  // 33.5 MB of weights against half of the cache: a share of 1.49^4 / (1 + 1.49^4) is warm.
  const GemmShape small = shape(1, 4096, 4096);
  const Seconds served = busy(gemm_cost(machine, kernel, small));
  machine.timed_alone = true;
  const double ratio = 0.5 * 100e6 / (2.0 * 4096 * 4096);
  const double share = std::pow(ratio, 4) / (1 + std::pow(ratio, 4));
  const double expected = (1 - share) + share * 0.8 / 4;  // cold at 0.8 of bandwidth
  CHECK_THAT(busy(gemm_cost(machine, kernel, small)) / served, WithinRel(expected, 1e-2));
  // Fifty times the cache is cold in either case.
  const GemmShape large = shape(1, 65536, 40960);
  machine.timed_alone = false;
  const Seconds cold = busy(gemm_cost(machine, kernel, large));
  machine.timed_alone = true;
  CHECK_THAT(busy(gemm_cost(machine, kernel, large)) / cold, WithinRel(1.0, 1e-5));
}

TEST_CASE("A GEMM that is timed alone waits for its host") {
  Machine machine = round_machine();
  machine.timed_alone = true;
  KernelEfficiency kernel = sharp_kernel();
  kernel.gemm.host = Seconds{100e-6};
  kernel.gemm.host_few = 0.5;
  kernel.gemm.host_thin = 2;
  kernel.gemm.host_padded = 1.5;
  const auto time = [&](double m, double n, double k) {
    return gemm_cost(machine, kernel, shape(m, n, k)).time.base();
  };
  CHECK_THAT(time(32, 512, 512), WithinRel(100e-6, 1e-3));
  CHECK_THAT(time(16, 512, 512), WithinRel(50e-6, 1e-3));
  CHECK_THAT(time(32, 32, 512), WithinRel(200e-6, 1e-3));
  CHECK_THAT(time(33, 512, 512), WithinRel(150e-6, 1e-3));
  // What takes longer than the host hides it.
  machine.timed_alone = false;
  const double busy_anyway = time(16384, 16384, 16384);
  machine.timed_alone = true;
  CHECK_THAT(time(16384, 16384, 16384), WithinRel(busy_anyway, 1e-6));
}

}  // namespace
}  // namespace infersim::test
