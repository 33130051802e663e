#include "infersim/cost/attention_decode.hpp"

#include "limits/attention_shapes.hpp"
#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

/// Nothing is known but fractions of peaks: units share all work evenly.
KernelEfficiency even_kernel() {
  KernelEfficiency kernel = sharp_kernel();
  kernel.tile_rows = 16;
  kernel.tile_columns = 64;
  kernel.attention.least_rows = 16;
  return kernel;
}

/// A kernel as fits describe it, in round figures: a unit loads twice its share of bandwidth.
KernelEfficiency fitted_kernel() {
  KernelEfficiency kernel = sharp_kernel();
  kernel.tile_rows = 64;
  kernel.tile_columns = 128;
  AttentionTuning& tuning = kernel.attention;
  tuning.unit_start = Seconds{1e-6};
  tuning.unit_bandwidth = Bandwidth{80e9};
  tuning.merge = Seconds{3e-6};
  tuning.wave = 0.5;
  tuning.shortest_split = 1;
  tuning.most_splits = 128;
  tuning.split_from = 256;
  return kernel;
}

OpCost decode(const KernelEfficiency& kernel, const AttentionShape& shape, double sequences,
              double context, double queries = 1) {
  return attention_decode_cost(round_machine(), kernel, shape, sequences, queries,
                               sequences * context);
}

TEST_CASE("Decode attention of long contexts takes its cache bytes over the bandwidth") {
  for (const KernelEfficiency& kernel : {even_kernel(), fitted_kernel()}) {
    const OpCost cost = decode(kernel, grouped(), 64, 100000);
    CHECK(cost.bound == Bound::memory);
    // 8 KV heads of 256 values of 2 bytes: 4096 bytes a token in one layer.
    CHECK_THAT(busy(cost).base(), WithinRel(4096 * 64e5 / (0.8 * 4e12), 0.01));
  }
}

TEST_CASE("One long sequence has all units and all of the bandwidth where the kernel splits it") {
  const double context = 1e6;
  const double floor = 4096 * context / (0.8 * 4e12);
  CHECK_THAT(busy(decode(even_kernel(), grouped(), 1, context)).base(), WithinRel(floor, 0.001));
  // 12 splits of 8 heads are 96 work items: 4 of 100 units are idle, but units load twice as fast
  // as bandwidth has to give.
  const OpCost split = decode(fitted_kernel(), grouped(), 1, context);
  CHECK_THAT(busy(split).base(), WithinRel(floor, 0.02));
  // A kernel that never splits leaves 92 units idle.
  KernelEfficiency whole = fitted_kernel();
  whole.attention.most_splits = 1;
  const OpCost serial = decode(whole, grouped(), 1, context);
  CHECK_THAT(serial.compute / split.compute, WithinRel(12.0, 0.01));
}

TEST_CASE("Splitting helps few long sequences and neither many nor short ones") {
  KernelEfficiency whole = fitted_kernel();
  whole.attention.most_splits = 1;
  const auto gain = [&](double sequences, double context) {
    return decode(whole, grouped(), sequences, context).compute /
           decode(fitted_kernel(), grouped(), sequences, context).compute;
  };
  CHECK(gain(1, 131072) > 11.0);
  // From 80 of 100 units on nothing is split: 9 sequences of 8 heads are 72 items, 10 are 80.
  CHECK(gain(9, 131072) == 1.0);  // one part each: no more fits on 100 units
  CHECK(gain(6, 131072) > 1.9);   // two parts
  CHECK(gain(10, 131072) == 1.0);
  // A cache of one tile has nothing to split.
  CHECK(gain(1, 128) == 1.0);
}

TEST_CASE("The kernel that merges splits is paid from its first token on") {
  const auto extra = [](double context) {
    return decode(fitted_kernel(), grouped(), 1, context).extra;
  };
  CHECK(extra(256) == Seconds{});
  CHECK_THAT(extra(257).base(), WithinRel(3e-6, 1e-12));
}

TEST_CASE("Waves of work items are quantised as far as the kernel says") {
  KernelEfficiency kernel = fitted_kernel();
  const auto compute = [&](double sequences) {
    return decode(kernel, grouped(), sequences, 4096).compute;
  };
  kernel.attention.unit_start = {};
  // 12 sequences are 96 items, 13 are 104 on 100 units.
  kernel.attention.wave = 1;
  CHECK_THAT(compute(13) / compute(12), WithinRel(2.0, 1e-12));
  CHECK_THAT(compute(25) / compute(13), WithinRel(1.0, 1e-12));
  kernel.attention.wave = 0;
  CHECK_THAT(compute(13) / compute(12), WithinRel(1.04, 1e-12));
}

TEST_CASE("Decode attention never gets faster with more sequences or longer ones") {
  for (const KernelEfficiency& kernel : {even_kernel(), fitted_kernel()}) {
    for (const AttentionShape& shape : {grouped(), latent()}) {
      Seconds before;
      for (double sequences = 16; sequences < 4096; sequences *= 1.5) {
        const Seconds time = decode(kernel, shape, sequences, 4096).time;
        CHECK(time >= before);
        before = time;
      }
      before = {};
      for (double context = 1; context < 1e6; context *= 1.5) {
        const Seconds time = decode(kernel, shape, 200, context).time;
        CHECK(time >= before);
        before = time;
      }
    }
  }
}

TEST_CASE("Decode attention is linear in the sum of contexts") {
  const auto memory = [](double context) {
    return decode(even_kernel(), grouped(), 8, context).memory;
  };
  const Seconds first = memory(2500) - memory(1250);
  const Seconds second = memory(5000) - memory(3750);
  CHECK_THAT(first / second, WithinRel(1.0, 1e-9));
  CHECK_THAT(first.base(), WithinRel(10000 * 4096 / 3.2e12, 1e-9));
}

TEST_CASE("An 8-bit cache halves what decode attention reads, and has kernels of its own") {
  AttentionShape narrow = grouped();
  narrow.cache = NumberType::fp8;
  const Bytes wide = decode(even_kernel(), grouped(), 1, 1e6).activity.memory;
  const Bytes half = decode(even_kernel(), narrow, 1, 1e6).activity.memory;
  CHECK_THAT(wide / half, WithinRel(2.0, 1e-4));
  CHECK(attention_format(NumberType::bf16, NumberType::bf16) == KernelFormat::bf16);
  CHECK(attention_format(NumberType::bf16, NumberType::fp8) == KernelFormat::bf16_kv8);
  CHECK(attention_format(NumberType::fp16, NumberType::int8) == KernelFormat::bf16_kv8);
  CHECK(attention_format(NumberType::fp8, NumberType::fp8) == KernelFormat::fp8);
}

TEST_CASE("A latent cache is 4.7 times smaller per token than Llama-3.1-70B's, 7.3 than 405B's") {
  const auto per_token = [](const AttentionShape& shape) {
    return (decode(even_kernel(), shape, 1, 2e6).activity.memory -
            decode(even_kernel(), shape, 1, 1e6).activity.memory) /
           1e6;
  };
  AttentionShape larger = grouped();
  larger.query_heads = 128;
  const Bytes small = 61.0 * per_token(latent());
  CHECK_THAT(small.base(), WithinAbs(70272, 0.5));  // (512 + 64) x 2 x 61
  CHECK_THAT((80.0 * per_token(grouped())).base(), WithinAbs(327680, 0.5));
  CHECK_THAT((126.0 * per_token(larger)).base(), WithinAbs(516096, 0.5));
  CHECK_THAT(80.0 * per_token(grouped()) / small, WithinAbs(4.663, 1e-3));
  CHECK_THAT(126.0 * per_token(larger) / small, WithinAbs(7.344, 1e-3));
}

TEST_CASE("Absorbed latent attention is bound by compute where grouped-query attention is not") {
  // 128 heads on each cached row: 2 * 128 * 1088 flop for 1152 bytes are 242 flop a byte; grouped
  // queries do 2 * 16 * 256 (padded to 16 rows) for 512 bytes, 16 flop a byte. The ridge lies at
  // 0.5 * 1000 / (0.8 * 4) = 156.
  const OpCost mla = decode(even_kernel(), latent(), 64, 1e5);
  const OpCost gqa = decode(even_kernel(), grouped(), 64, 1e5);
  CHECK(mla.bound == Bound::compute);
  CHECK(gqa.bound == Bound::memory);
  CHECK_THAT(mla.compute / mla.memory, WithinRel(241.8 / 156.25, 0.01));
}

TEST_CASE("Units that wait for their keys are bound by memory") {
  KernelEfficiency slow = fitted_kernel();
  slow.attention.unit_bandwidth = Bandwidth{10e9};  // a quarter of a unit's share
  const OpCost cost = decode(slow, grouped(), 64, 1e5);
  CHECK(cost.compute > cost.memory);
  CHECK(cost.bound == Bound::memory);
}

TEST_CASE("Query heads of one KV head are padded to the kernel's rows") {
  AttentionShape exact = grouped();
  exact.query_heads = 8 * 16;
  AttentionShape over = grouped();
  over.query_heads = 8 * 17;
  const auto compute = [](const AttentionShape& shape) {
    return decode(even_kernel(), shape, 1, 1e5).compute;
  };
  CHECK(compute(grouped()) == compute(exact));  // 8 rows of 16 are as slow as 16
  CHECK_THAT(compute(over) / compute(exact), WithinRel(2.0, 1e-12));
}

TEST_CASE("Query heads that are not packed load the cache each for itself") {
  KernelEfficiency kernel = fitted_kernel();
  kernel.attention.most_packed = 8;
  kernel.attention.unit_bandwidth_single = Bandwidth{80e9};
  kernel.attention.splits_single = true;
  AttentionShape wide = grouped();
  wide.query_heads = 72;
  const OpCost packed = decode(kernel, grouped(), 64, 8192);
  const OpCost single = decode(kernel, wide, 64, 8192);
  CHECK(single.compute > 7.0 * packed.compute);
  CHECK_THAT(single.memory / packed.memory, WithinRel(1.0, 0.01));  // the rest are in the cache
}

TEST_CASE("Two drafted tokens read the cache once") {
  for (const KernelEfficiency& kernel : {even_kernel(), fitted_kernel()}) {
    const OpCost one = decode(kernel, grouped(), 32, 10000);
    const OpCost two = decode(kernel, grouped(), 32, 10000, 2);
    CHECK_THAT(two.memory / one.memory, WithinRel(1.0, 0.01));
    CHECK_THAT(two.time / one.time, WithinRel(1.0, 0.05));
    CHECK_THAT(two.useful_flops / one.useful_flops, WithinRel(2.0, 1e-12));
  }
}

TEST_CASE("The last tile of a cache is computed as a whole") {
  const auto compute = [](double context) {
    return decode(even_kernel(), grouped(), 1000, context).compute;
  };
  CHECK(compute(1) == compute(64));
  CHECK_THAT(compute(65) / compute(64), WithinRel(2.0, 1e-12));
}

TEST_CASE("Beyond its window a decode step costs the window and the tile it straddles") {
  AttentionShape windowed = grouped();
  windowed.span = 1024;
  const auto cost = [](const AttentionShape& shape, double context) {
    return decode(even_kernel(), shape, 64, context);
  };
  CHECK(cost(windowed, 1024).time == cost(grouped(), 1024).time);
  CHECK(cost(windowed, 1025).time == cost(windowed, 1e6).time);
  CHECK(cost(windowed, 1e6).activity.memory == cost(grouped(), 1024).activity.memory);
  CHECK_THAT(cost(windowed, 1e6).compute / cost(grouped(), 1024).compute,
             WithinRel(17.0 / 16.0, 1e-12));
  windowed.chunked = true;  // half of its chunk in the mean
  CHECK(cost(windowed, 1e6).time == cost(grouped(), 512).time);
}

TEST_CASE("What a benchmark leaves in the cache counts only where kernels are timed alone") {
  KernelEfficiency kernel = even_kernel();
  kernel.attention.warm = 0.5;
  kernel.attention.warm_gain = 5;
  kernel.attention.host = Seconds{1e-4};
  Machine machine = round_machine();
  machine.cache_capacity = Bytes{2 * 4096 * 1000.0};
  const auto cost = [&](double context) {
    return attention_decode_cost(machine, kernel, grouped(), 1, 1, context);
  };
  const OpCost engine = cost(1000);
  machine.timed_alone = true;
  const OpCost warm = cost(1000);  // half of the cache: all of it warm
  CHECK(warm.memory < 0.25 * engine.memory);
  CHECK(warm.extra - engine.extra == kernel.attention.host);
  const OpCost cold = cost(2000);
  machine.timed_alone = false;
  CHECK(cold.memory == cost(2000).memory);
}

}  // namespace
}  // namespace infersim::test
