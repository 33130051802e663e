#include "infersim/cost/attention_prefill.hpp"

#include <cmath>

#include "limits/attention_shapes.hpp"
#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

/// Pairs of new queries and the keys they see: new x past + new^2 / 2.
double pairs(double fresh, double past) { return fresh * past + fresh * fresh / 2; }

OpCost prefill(const KernelEfficiency& kernel, const AttentionShape& shape, double sequences,
               double fresh, double past = 0) {
  return attention_prefill_cost(round_machine(), kernel, shape, sequences, sequences * fresh,
                                sequences * pairs(fresh, past), sequences * past);
}

TEST_CASE("The pairs of a prompt's chunks add up to those of the whole") {
  double sum = 0;
  for (int i = 0; i < 4; ++i)
    sum += pairs(2048, 2048.0 * i);
  CHECK_THAT(sum, WithinRel(pairs(8192, 0), 1e-12));
}

TEST_CASE("Prefill attention of a long prompt takes its flops over the achievable rate") {
  const double tokens = 131072;
  const OpCost cost = prefill(sharp_kernel(), grouped(), 1, tokens);
  CHECK(cost.bound == Bound::compute);
  // Half of each diagonal tile (128 of 131072 keys) is computed in vain.
  const double closed = 2 * 64 * 256 * pairs(tokens, 0) / (0.5 * 1e15);
  CHECK_THAT(busy(cost).base(), WithinRel(closed * (1 + 128 / tokens), 1e-6));
}

TEST_CASE("Prefill attention grows as the square of long prompts and is flat for short ones") {
  for (const double balance : {0.0, 4.0}) {
    KernelEfficiency kernel = sharp_kernel();
    kernel.attention.balance = balance;
    const auto time = [&](double tokens) {
      return busy(prefill(kernel, grouped(), 1, tokens)).base();
    };
    CHECK_THAT(time(131072) / time(65536), WithinRel(4.0, 0.01));
    CHECK(prefill(kernel, grouped(), 1, 2).compute == prefill(kernel, grouped(), 1, 1).compute);
  }
}

TEST_CASE("A prompt of few heads waits for the tile that sees most") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.attention.balance = 64;
  AttentionShape lone = grouped();
  lone.query_heads = lone.kv_heads = 1;
  // 32 tiles on 100 units: the last sees all 4096 keys in 32 tiles of 128 x 128.
  const double tile = 128 * 128 * 2 * 256 / (0.5 * 1e15 / 100);
  CHECK_THAT(prefill(kernel, lone, 1, 4096).compute.base(), WithinRel(32 * tile, 1e-9));
  // With 64 heads on 100 units the mean counts.
  const OpCost many = prefill(kernel, grouped(), 16, 4096);
  CHECK_THAT(many.compute.base(), WithinRel(16 * 64 * 32 / 100.0 * 16.5 * tile, 0.01));
}

TEST_CASE("Few query rows are cheaper packed by KV head, many are not where packing costs") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.attention.balance = 64;
  kernel.attention.packed = 1.2;
  KernelEfficiency packs = kernel;
  packs.attention.packs = true;
  const auto gain = [&](double fresh) {
    return prefill(kernel, grouped(), 64, fresh, 8192).compute /
           prefill(packs, grouped(), 64, fresh, 8192).compute;
  };
  CHECK(gain(16) > 6.0);     // 16 x 8 rows fill one tile instead of an eighth of eight
  CHECK(gain(4096) == 1.0);  // tiles are full either way
}

TEST_CASE("Prefill attention never gets faster with more sequences, longer prompts or pasts") {
  KernelEfficiency kernel = sharp_kernel();
  kernel.attention.balance = 2;
  kernel.attention.exponentials = 5e10;
  kernel.attention.unit_start = Seconds{2e-6};
  kernel.attention.edge = 0.7;
  const auto grows = [&](auto cost) {
    Seconds before;
    for (double x = 1; x < 1e5; x *= 1.4) {
      const Seconds time = cost(std::ceil(x)).time;
      CHECK(time >= before);
      before = time;
    }
  };
  grows([&](double x) { return prefill(kernel, grouped(), x, 512); });
  grows([&](double x) { return prefill(kernel, grouped(), 4, x); });
  grows([&](double x) { return prefill(kernel, grouped(), 4, 512, x); });
}

TEST_CASE("Prefill under a window grows with the prompt, not with its square") {
  AttentionShape windowed = grouped();
  windowed.span = 1024;
  KernelEfficiency kernel = sharp_kernel();
  kernel.attention.balance = 4;
  const auto compute = [&](const AttentionShape& shape, double fresh) {
    return prefill(kernel, shape, 1, fresh).compute;
  };
  // Within the window there is no difference.
  CHECK_THAT(compute(windowed, 1024) / compute(grouped(), 1024), WithinRel(1.0, 1e-9));
  CHECK_THAT(compute(windowed, 131072) / compute(windowed, 65536), WithinRel(2.0, 0.02));
  CHECK(compute(windowed, 131072) < 0.05 * compute(grouped(), 131072));
  // What was cached beyond the window is not read.
  CHECK(prefill(kernel, windowed, 1, 512, 1e6).time == prefill(kernel, windowed, 1, 512, 1e5).time);
}

TEST_CASE("Chunks of a prompt do the useful work of the whole and read the cache besides") {
  const OpCost whole = prefill(sharp_kernel(), grouped(), 1, 8192);
  Flops useful;
  Bytes moved;
  for (int i = 0; i < 4; ++i) {
    const OpCost chunk = prefill(sharp_kernel(), grouped(), 1, 2048, 2048.0 * i);
    useful += chunk.useful_flops;
    moved += chunk.activity.memory;
  }
  CHECK_THAT(useful / whole.useful_flops, WithinRel(1.0, 1e-12));
  // 2048 + 4096 + 6144 cached tokens of 4096 bytes.
  CHECK_THAT((moved - whole.activity.memory).base(), WithinRel(12288 * 4096.0, 1e-9));
}

TEST_CASE(
    "Latent prefill over the latents does 3.4 times the products over 71 times fewer values") {
  KernelEfficiency kernel = sharp_kernel();
  const auto shape = [&] {
    return latent_prefill_shape(kernel, deepseek(), 128, NumberType::bf16, NumberType::bf16);
  };
  const OpCost expanded = prefill(kernel, shape(), 1, 4096, 4096);
  const double expanded_values = shape().kv_heads * shape().cached_values;
  kernel.attention.absorbed = true;
  const OpCost absorbed = prefill(kernel, shape(), 1, 4096, 4096);
  CHECK_THAT(absorbed.useful_flops / expanded.useful_flops, WithinRel(1088.0 / 320.0, 1e-12));
  CHECK_THAT(expanded_values / (shape().kv_heads * shape().cached_values),
             WithinRel(128 * 320 / 576.0, 1e-12));
}

}  // namespace
}  // namespace infersim::test
