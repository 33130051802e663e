#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

/// Llama-3.1-70B: 64 query heads, 8 KV heads of 128.
AttentionShape grouped() {
  return {.query_heads = 64, .kv_heads = 8, .key_dim = 128, .value_dim = 128, .cached_values = 256};
}

/// DeepSeek-V3, absorbed: 128 heads over one latent row of 512 + 64.
AttentionShape latent() {
  return {
      .query_heads = 128, .kv_heads = 1, .key_dim = 576, .value_dim = 512, .cached_values = 576};
}

KernelEfficiency decode_kernel() {
  KernelEfficiency kernel = sharp_kernel();
  kernel.tile_rows = 16;
  kernel.tile_columns = 64;
  return kernel;
}

TEST_CASE("Decode attention of long contexts takes its cache bytes over the bandwidth") {
  const double context = 64 * 100000.0;
  const OpCost cost =
      attention_decode_cost(round_machine(), decode_kernel(), grouped(), 64, 1, context);
  CHECK(cost.bound == Bound::memory);
  // 8 KV heads of 256 values of 2 bytes: 4096 bytes a token in one layer.
  CHECK_THAT(busy(cost).base(), WithinRel(4096 * context / (0.8 * 4e12), 1e-3));
}

TEST_CASE("Decode attention is linear in the sum of contexts") {
  const Machine machine = round_machine();
  const auto memory = [&](double context) {
    return attention_decode_cost(machine, decode_kernel(), grouped(), 8, 1, context).memory;
  };
  const Seconds first = memory(20000) - memory(10000);
  const Seconds second = memory(40000) - memory(30000);
  CHECK_THAT(first / second, WithinRel(1.0, 1e-9));
  CHECK_THAT(first.base(), WithinRel(10000 * 4096 / 3.2e12, 1e-9));
}

TEST_CASE("An 8-bit cache halves what decode attention reads") {
  AttentionShape narrow = grouped();
  narrow.cache = NumberType::fp8;
  const Machine machine = round_machine();
  const Bytes wide =
      attention_decode_cost(machine, decode_kernel(), grouped(), 1, 1, 1e6).activity.memory;
  const Bytes half =
      attention_decode_cost(machine, decode_kernel(), narrow, 1, 1, 1e6).activity.memory;
  CHECK_THAT(wide / half, WithinRel(2.0, 1e-4));
}

TEST_CASE("A latent cache is 4.7 times smaller per token than Llama-3.1-70B's, 7.3 than 405B's") {
  const Machine machine = round_machine();
  const auto per_token = [&](const AttentionShape& shape) {
    const Bytes more =
        attention_decode_cost(machine, decode_kernel(), shape, 1, 1, 2e6).activity.memory;
    return (more -
            attention_decode_cost(machine, decode_kernel(), shape, 1, 1, 1e6).activity.memory) /
           1e6;
  };
  AttentionShape larger = grouped();
  larger.query_heads = 128;
  const Bytes deepseek = 61.0 * per_token(latent());
  CHECK_THAT(deepseek.base(), WithinAbs(70272, 0.5));  // (512 + 64) x 2 x 61
  CHECK_THAT((80.0 * per_token(grouped())).base(), WithinAbs(327680, 0.5));
  CHECK_THAT((126.0 * per_token(larger)).base(), WithinAbs(516096, 0.5));
  CHECK_THAT(80.0 * per_token(grouped()) / deepseek, WithinAbs(4.663, 1e-3));
  CHECK_THAT(126.0 * per_token(larger) / deepseek, WithinAbs(7.344, 1e-3));
}

TEST_CASE("Absorbed latent attention is bound by compute where grouped-query attention is not") {
  // 128 heads on each cached row: 2 * 128 * 1088 flop for 1152 bytes are 242 flop a byte; grouped
  // queries do 2 * 16 * 256 (padded to 16 rows) for 512 bytes, 16 flop a byte. The ridge lies at
  // 0.5 * 1000 / (0.8 * 4) = 156.
  const Machine machine = round_machine();
  const OpCost mla = attention_decode_cost(machine, decode_kernel(), latent(), 64, 1, 64e5);
  const OpCost gqa = attention_decode_cost(machine, decode_kernel(), grouped(), 64, 1, 64e5);
  CHECK(mla.bound == Bound::compute);
  CHECK(gqa.bound == Bound::memory);
  CHECK_THAT(mla.compute / mla.memory, WithinRel(241.8 / 156.25, 0.01));
}

TEST_CASE("Query heads of one KV head are padded to the kernel's rows") {
  const Machine machine = round_machine();
  AttentionShape exact = grouped();
  exact.query_heads = 8 * 16;
  AttentionShape over = grouped();
  over.query_heads = 8 * 17;
  const auto compute = [&](const AttentionShape& shape) {
    return attention_decode_cost(machine, decode_kernel(), shape, 1, 1, 1e5).compute;
  };
  CHECK(compute(grouped()) == compute(exact));  // 8 rows of 16 are as slow as 16
  CHECK_THAT(compute(over) / compute(exact), WithinRel(2.0, 1e-12));
}

TEST_CASE("Two drafted tokens read the cache once") {
  const Machine machine = round_machine();
  const OpCost one = attention_decode_cost(machine, decode_kernel(), grouped(), 32, 1, 32e4);
  const OpCost two = attention_decode_cost(machine, decode_kernel(), grouped(), 32, 2, 32e4);
  CHECK_THAT(two.memory / one.memory, WithinRel(1.0, 0.01));
  CHECK_THAT(two.useful_flops / one.useful_flops, WithinRel(2.0, 1e-12));
}

TEST_CASE("Short caches cost the half tile that every sequence wastes") {
  const Machine machine = round_machine();
  const auto compute = [&](double sequences, double context) {
    return attention_decode_cost(machine, decode_kernel(), grouped(), sequences, 1, context)
        .compute;
  };
  // 64 keys a tile: 1000 sequences waste 32 keys each, one sequence wastes 32.
  CHECK_THAT(compute(1000, 1000) / compute(1, 1000), WithinRel(33000.0 / 1032.0, 1e-12));
}

/// Pairs of new queries and the keys they see: new x past + new^2 / 2.
double pairs(double fresh, double past) { return fresh * past + fresh * fresh / 2; }

TEST_CASE("The pairs of a prompt's chunks add up to those of the whole") {
  double sum = 0;
  for (int i = 0; i < 4; ++i)
    sum += pairs(2048, 2048.0 * i);
  CHECK_THAT(sum, WithinRel(pairs(8192, 0), 1e-12));
}

TEST_CASE("Prefill attention of a long prompt takes its flops over the achievable rate") {
  const double tokens = 131072;
  const OpCost cost = attention_prefill_cost(round_machine(), sharp_kernel(), grouped(), 1, tokens,
                                             pairs(tokens, 0), 0);
  CHECK(cost.bound == Bound::compute);
  // Half of each diagonal tile (128 of 131072 keys) is computed in vain; 65,536 tiles on 100 units
  // leave the last of 656 waves partly empty.
  const double closed = 2 * 64 * 256 * pairs(tokens, 0) / (0.5 * 1e15);
  CHECK(busy(cost).base() > closed);
  CHECK_THAT(busy(cost).base(), WithinRel(closed, 2.5e-3));
}

TEST_CASE("Chunks of a prompt do the useful work of the whole and read the cache besides") {
  const Machine machine = round_machine();
  const OpCost whole =
      attention_prefill_cost(machine, sharp_kernel(), grouped(), 1, 8192, pairs(8192, 0), 0);
  Flops useful;
  Bytes moved;
  for (int i = 0; i < 4; ++i) {
    const double past = 2048.0 * i;
    const OpCost chunk = attention_prefill_cost(machine, sharp_kernel(), grouped(), 1, 2048,
                                                pairs(2048, past), past);
    useful += chunk.useful_flops;
    moved += chunk.activity.memory;
  }
  CHECK_THAT(useful / whole.useful_flops, WithinRel(1.0, 1e-12));
  // 2048 + 4096 + 6144 cached tokens of 4096 bytes.
  CHECK_THAT((moved - whole.activity.memory).base(), WithinRel(12288 * 4096.0, 1e-9));
}

}  // namespace
}  // namespace infersim::test
