#include "infersim/cost/scan.hpp"

#include "infersim/cost/kernels.hpp"
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

TEST_CASE("decode time grows with sequences, and draft tokens read no further states") {
  const auto time = [](double sequences, double queries) {
    return busy(scan_decode_cost(machine(), sharp_kernel(), shape(), sequences, queries)).base();
  };
  CHECK_THAT(time(128, 1) / time(64, 1), WithinRel(2.0, 1e-9));
  CHECK_THAT(time(64, 2) / time(64, 1), WithinRel(1.0, 0.02));
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

TEST_CASE("a prefill launches its kernels one after the other") {
  const OpCost cost = scan_prefill_cost(machine(), sharp_kernel(), shape(), 1, 1);
  CHECK_THAT(cost.latency.base(), WithinRel(scan_kernels * 2e-6, 1e-12));
  const OpCost step = scan_decode_cost(machine(), sharp_kernel(), shape(), 1, 1);
  CHECK_THAT(step.latency.base(), WithinRel(2e-6, 1e-12));
}

TEST_CASE("nothing to do takes no time") {
  CHECK(scan_prefill_cost(machine(), sharp_kernel(), shape(), 0, 0).time == Seconds{});
  CHECK(scan_decode_cost(machine(), sharp_kernel(), shape(), 0, 1).time == Seconds{});
}
