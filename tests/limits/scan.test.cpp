#include "infersim/cost/scan.hpp"

#include "infersim/cost/attention_prefill.hpp"
#include "infersim/cost/short_convolution.hpp"
#include "limits/machines.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// The linear attention of Qwen3.5-397B-A17B.
ScanShape shape() {
  return {.heads = 64,
          .key_heads = 16,
          .key_dim = 128,
          .value_dim = 128,
          .delta_rule = true,
          .compute = NumberType::bf16,
          .state = NumberType::fp32};
}

Machine machine() {
  Machine m = round_machine();
  m.vector_peak = FlopRate{60e12};
  return m;
}

}  // namespace

TEST_CASE("a decode step reads and writes each state once") {
  const OpCost cost = scan_decode_cost(machine(), sharp_kernel(), shape(), 64, 1);
  const double states = 2.0 * 64 * 64 * 128 * 128 * 4;
  CHECK(cost.bound == Bound::memory);
  CHECK_THAT(cost.activity.memory.base(), WithinRel(states, 0.02));
  CHECK_THAT(busy(cost).base(), WithinRel(states / (0.8 * 4e12), 0.02));
}

TEST_CASE("decode time grows with sequences, and each draft token writes them once more") {
  const auto time = [](double sequences, double queries) {
    return busy(scan_decode_cost(machine(), sharp_kernel(), shape(), sequences, queries)).base();
  };
  CHECK_THAT(time(128, 1) / time(64, 1), WithinRel(2.0, 1e-9));
  CHECK_THAT(time(64, 2) / time(64, 1), WithinRel(1.5, 0.02));
}

TEST_CASE("prefill is linear in tokens, where attention is quadratic") {
  const auto scan = [](double tokens) {
    return busy(scan_prefill_cost(machine(), sharp_kernel(), shape(), 1, tokens)).base();
  };
  const AttentionShape attention{.query_heads = 64, .kv_heads = 16};
  const auto attend = [&](double tokens) {
    return busy(attention_prefill_cost(machine(), sharp_kernel(), attention, 1, tokens,
                                       tokens * tokens / 2, 0))
        .base();
  };
  CHECK_THAT(scan(131072) / scan(65536), WithinRel(2.0, 0.01));
  CHECK_THAT(attend(131072) / attend(65536), WithinRel(4.0, 0.01));
  // The chunked products of a token are those of attention over a few hundred others.
  CHECK(scan(256) > attend(256));
  CHECK(scan(4096) < attend(4096));
}

TEST_CASE("the delta rule costs more than a decay alone") {
  ScanShape plain = shape();
  plain.delta_rule = false;
  const auto flops = [](const ScanShape& s) {
    return scan_prefill_cost(machine(), sharp_kernel(), s, 1, 8192).useful_flops.base();
  };
  CHECK(flops(shape()) / flops(plain) > 1.5);
  CHECK(flops(shape()) / flops(plain) < 2.0);
}

TEST_CASE("channels of one value are stepped on vector units, in as few chains as states fill") {
  // Mamba-1 of Jamba: 8,192 channels with states of 16 values.
  const ScanShape channels{.heads = 8192,
                           .key_heads = 1,
                           .key_dim = 16,
                           .value_dim = 1,
                           .channels = true,
                           .compute = NumberType::bf16,
                           .state = NumberType::fp32};
  const OpCost cost = scan_prefill_cost(machine(), sharp_kernel(), channels, 1, 65536);
  // Seven operations a value of the state, at the vector units' 60 TFLOP/s.
  const double flops = 65536.0 * 8192 * 16 * 7;
  CHECK(cost.useful_flops.base() == flops);
  CHECK_THAT(cost.compute.base(), WithinRel(flops / (60e12 * sharp_kernel().compute), 1e-9));
  // As heads of one value the products within chunks would be many times that.
  ScanShape heads = channels;
  heads.channels = false;
  CHECK(scan_prefill_cost(machine(), sharp_kernel(), heads, 1, 65536).useful_flops.base() >
        15 * flops);
  // Eight chains of 128 x 128 values, not 8,192: they wait for their chunks, but not for units.
  KernelEfficiency kernel = sharp_kernel();
  kernel.scan.chunk = Seconds{100e-6};
  CHECK_THAT(busy(scan_prefill_cost(machine(), kernel, channels, 1, 64)).base(),
             WithinRel(100e-6, 0.01));
  // A step reads and writes each state once.
  const OpCost step = scan_decode_cost(machine(), sharp_kernel(), channels, 64, 1);
  CHECK_THAT(step.activity.memory.base(), WithinRel(2.0 * 64 * 8192 * 16 * 4, 0.15));
}

TEST_CASE("products and traffic of a scan follow each other") {
  const OpCost cost = scan_prefill_cost(machine(), sharp_kernel(), shape(), 8, 65536);
  CHECK_THAT(busy(cost).base(), WithinRel((cost.compute + cost.memory).base(), 1e-9));
}

TEST_CASE("few heads wait for their chain of chunks, many keep the units busy") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.scan.start = Seconds{20e-6};
  kernel.scan.chunk = Seconds{10e-6};
  kernel.scan.states = 0;
  const auto time = [&](double sequences, double tokens) {
    return busy(scan_prefill_cost(machine(), kernel, shape(), sequences, sequences * tokens));
  };
  // 64 heads on 100 units: one chain each of 128 chunks.
  CHECK_THAT(time(1, 8192).base(), WithinRel(20e-6 + 128 * 10e-6, 1e-6));
  CHECK_THAT(time(1, 65) / time(1, 64), WithinRel(40.0 / 30.0, 1e-6));
  // A second sequence of 64 heads shares units with the first: 1.28 chains on each.
  CHECK_THAT(time(2, 8192) / time(1, 8192), WithinRel(1.28, 0.01));
  kernel.scan.occupancy = 2;
  CHECK_THAT(time(2, 8192) / time(1, 8192), WithinRel(1.0, 0.01));
  kernel.scan.occupancy = 1;
  kernel.scan.wave = 1;
  CHECK_THAT(time(2, 8192) / time(1, 8192), WithinRel(2.0, 0.01));
}

TEST_CASE("a scan never gets faster with more tokens or sequences") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.blend = 1.5;
  kernel.scan.chunk = Seconds{2e-6};
  kernel.scan.wave = 0.3;
  kernel.scan.item = Seconds{3e-6};
  Seconds prefill;
  Seconds decode;
  Seconds convolution;
  for (double x = 1; x < 1e5; x *= 1.3) {
    const Seconds longer = scan_prefill_cost(machine(), kernel, shape(), 1, x).time;
    const Seconds more = scan_decode_cost(machine(), kernel, shape(), x, 1).time;
    const Seconds passes =
        short_convolution_cost(machine(), kernel, {4096, 4, NumberType::bf16}, 1, x).time;
    CHECK(longer >= prefill);
    CHECK(more >= decode);
    CHECK(passes >= convolution);
    prefill = longer;
    decode = more;
    convolution = passes;
  }
}

TEST_CASE("a short convolution reads and writes its channels once, and its state") {
  const ConvolutionShape channels{12288, 4, NumberType::bf16};
  const OpCost cost = short_convolution_cost(machine(), sharp_kernel(), channels, 2, 16384);
  CHECK_THAT(cost.activity.memory.base(), WithinRel(4.0 * 12288 * (16384 + 2 * 3), 1e-12));
  CHECK_THAT(busy(cost).base(), WithinRel(4.0 * 12288 * 16390 / 3.2e12, 1e-9));
}

TEST_CASE("a short convolution of few tokens costs blocks of channels and sequences") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.tile_rows = 8;
  kernel.scan.item = Seconds{1e-6};
  kernel.scan.sequence = Seconds{1e-7};
  const auto cost = [&](double sequences, double tokens) {
    return short_convolution_cost(machine(), kernel, {2560, 4, NumberType::bf16}, sequences,
                                  tokens);
  };
  // 10 blocks of 256 channels on 100 units; 8 tokens a block, 9 are two.
  CHECK_THAT(cost(1, 8).compute.base(), WithinRel(1e-7, 1e-12));
  CHECK_THAT(cost(1, 9).compute.base(), WithinRel(2e-7, 1e-12));
  CHECK_THAT(cost(50, 50).extra.base(), WithinRel(5e-6, 1e-12));
}

TEST_CASE("nothing to do takes no time") {
  CHECK(scan_prefill_cost(machine(), sharp_kernel(), shape(), 0, 0).time == Seconds{});
  CHECK(scan_decode_cost(machine(), sharp_kernel(), shape(), 0, 1).time == Seconds{});
  CHECK(short_convolution_cost(machine(), sharp_kernel(), {}, 0, 0).time == Seconds{});
}

TEST_CASE("the work of a decode step's units is in proportion to its states") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.scan.item = Seconds{4e-6};
  ScanShape half = shape();
  half.value_dim = 64;
  const auto compute = [&](const ScanShape& s) {
    return scan_decode_cost(machine(), kernel, s, 10, 1).compute.base();
  };
  CHECK_THAT(compute(shape()), WithinRel(10 * 64 / 100.0 * 4e-6, 1e-12));
  CHECK_THAT(compute(half) / compute(shape()), WithinRel(0.5, 1e-12));
}

TEST_CASE("a convolution's work items begin once for each sequence and block of channels") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.tile_rows = 512;
  kernel.scan.start = Seconds{1e-3};
  const auto compute = [&](double channels, double sequences, double tokens) {
    return short_convolution_cost(machine(), kernel, {channels, 4}, sequences, tokens)
        .compute.base();
  };
  CHECK_THAT(compute(2048, 1, 512), WithinRel(8 * 1e-3 / 100, 1e-9));
  CHECK_THAT(compute(4096, 1, 512) / compute(2048, 1, 512), WithinRel(2.0, 1e-9));
  CHECK_THAT(compute(2048, 4, 2048) / compute(2048, 1, 512), WithinRel(4.0, 1e-9));
  kernel.scan.item = Seconds{1e-3};
  CHECK_THAT(compute(2048, 1, 2048) / compute(2048, 1, 512), WithinRel(5.0 / 2.0, 1e-9));
}

TEST_CASE("tokens that wait for each other take a step each, in a convolution within its tile") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.tile_rows = 8;
  kernel.scan.step = Seconds{1e-3};
  const auto waited = [&](double tokens) {
    return short_convolution_cost(machine(), kernel, {2048, 4}, 1, tokens).extra.base();
  };
  CHECK(waited(1) == 0.0);
  CHECK_THAT(waited(4), WithinRel(3e-3, 1e-9));
  CHECK_THAT(waited(4096), WithinRel(7e-3, 1e-9));
  const auto verified = [&](double queries) {
    return scan_decode_cost(machine(), kernel, shape(), 8, queries).extra.base();
  };
  CHECK(verified(1) == 0.0);
  CHECK_THAT(verified(4), WithinRel(3e-3, 1e-9));
}

TEST_CASE("linear attention waits for a host without a graph alone and not in a server") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.scan.host = Seconds{1e-3};
  Machine m = machine();
  const auto all = [&] {
    return scan_prefill_cost(m, kernel, shape(), 1, 64).time +
           scan_decode_cost(m, kernel, shape(), 1, 1).time +
           short_convolution_cost(m, kernel, {2048, 4}, 1, 64).time;
  };
  const Seconds served = all();
  m.timed_alone = true;
  CHECK_THAT((all() - served).base(), WithinRel(3e-3, 1e-6));
  m.launch = 2.0;
  CHECK_THAT((all() - served).base(), WithinRel(6e-3, 1e-6));
}
