#include "infersim/cost/sparse_attention.hpp"

#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

/// DeepSeek-V3.2's absorbed attention on one of eight ranks.
AttentionShape attention() {
  AttentionShape shape;
  shape.query_heads = 16;
  shape.kv_heads = 1;
  shape.key_dim = shape.cached_values = 576;
  shape.value_dim = 512;
  shape.span = 2048;
  return shape;
}

AttentionShape indexer() {
  AttentionShape shape;
  shape.query_heads = 64;
  shape.kv_heads = 1;
  shape.key_dim = shape.cached_values = 128;
  shape.value_dim = 0;
  shape.span = 2048;
  return shape;
}

KernelEfficiency kernel() {
  KernelEfficiency efficiency = sharp_kernel();
  efficiency.compute = efficiency.bandwidth = 1.0;
  return efficiency;
}

TEST_CASE("Beyond what is picked attention costs no more, and the indexer costs all the more") {
  const Machine machine = round_machine();
  const auto decode = [](double context) { return sparse_queries(64, 1, context, 2048); };
  const auto attend = [&](double context) {
    return sparse_attention_cost(machine, kernel(), attention(), decode(context)).time;
  };
  const auto index_time = [&](double context) {
    return busy(index_cost(machine, kernel(), indexer(), decode(context))).base();
  };
  CHECK(attend(1024) < attend(2048));
  CHECK_THAT(attend(131072) / attend(4096), WithinRel(1.0, 1e-6));
  CHECK_THAT(index_time(131072) / index_time(65536), WithinRel(2.0, 1e-3));
}

TEST_CASE("Pairs of a short prompt are all of them, of a long one at most what is picked of each") {
  const SparseQueries within = sparse_queries(2, 1024, 0, 2048);
  CHECK(within.queries == 2048);
  CHECK(within.chosen == within.pairs);
  CHECK_THAT(within.pairs, WithinRel(2 * 1024.0 * 1024 / 2, 1e-12));
  const SparseQueries beyond = sparse_queries(1, 4096, 65536, 2048);
  CHECK_THAT(beyond.chosen, WithinRel(4096.0 * 2048, 1e-12));
  CHECK_THAT(beyond.pairs, WithinRel(4096 * (65536 + 2048.0), 1e-12));
  CHECK(beyond.keys == 65536 + 4096);
}

TEST_CASE("Attention is bound by flops of all heads or by the rows that are gathered") {
  const Machine machine = round_machine();
  const SparseQueries queries = sparse_queries(4096, 1, 65536, 2048);
  KernelEfficiency efficiency = kernel();
  AttentionShape shape = attention();
  shape.query_heads = 128;
  const double flops = 2.0 * (576 + 512) * 128 * 4096 * 2048;
  const OpCost computed = sparse_attention_cost(machine, efficiency, shape, queries);
  CHECK_THAT(computed.activity.total_flops().base(), WithinRel(flops, 1e-9));
  shape.query_heads = 1;
  const OpCost gathered = sparse_attention_cost(machine, efficiency, shape, queries);
  const double bytes = 4096.0 * 2048 * 576 * 2;
  CHECK(gathered.bound == Bound::memory);
  CHECK_THAT(busy(gathered).base(), WithinRel(bytes / 4e12, 0.01));
  // Neighbours that choose alike find their rows in the cache.
  efficiency.sparse.gather = 2.0;
  const OpCost shared = sparse_attention_cost(machine, efficiency, shape, queries);
  CHECK(shared.time < gathered.time);
  CHECK(shared.activity.memory < gathered.activity.memory);
}

TEST_CASE("A kernel of fixed width computes the places that a short context leaves empty") {
  const Machine machine = round_machine();
  KernelEfficiency efficiency = kernel();
  efficiency.attention.least_rows = 64;
  const auto compute = [&](double context) {
    return sparse_attention_cost(machine, efficiency, attention(),
                                 sparse_queries(256, 1, context, 2048))
        .compute.base();
  };
  CHECK(compute(256) < 0.2 * compute(4096));
  efficiency.sparse.padded = 1.0;
  CHECK_THAT(compute(256) / compute(4096), WithinRel(1.0, 1e-9));
  // 16 heads are computed as 64.
  const double flops = 2.0 * (576 + 512) * 64 * 256 * 2048;
  CHECK_THAT(compute(4096), WithinRel(flops / machine.peak[index(NumberType::bf16)].base(), 1e-9));
}

TEST_CASE("One unit picks from the scores of a query: few queries do not share, many do") {
  const Machine machine = round_machine();
  KernelEfficiency efficiency = kernel();
  efficiency.sparse.select = Seconds{1e-9};
  const auto pick = [&](double sequences) {
    return index_cost(machine, efficiency, indexer(), sparse_queries(sequences, 1, 65536, 2048))
        .extra.base();
  };
  CHECK_THAT(pick(1), WithinRel(65536e-9, 1e-3));
  CHECK_THAT(pick(machine.units) / pick(1), WithinRel(1.0, 1e-9));
  CHECK_THAT(pick(4.0 * machine.units) / pick(1), WithinRel(4.0, 1e-9));
  efficiency.sparse.select_start = Seconds{1e-3};
  CHECK(pick(1) > 1e-3);
  CHECK(index_cost(machine, efficiency, indexer(), sparse_queries(1, 1, 1024, 2048)).extra <
        Seconds{1e-5});
}

TEST_CASE("Nothing asked takes no time") {
  const Machine machine = round_machine();
  CHECK(sparse_attention_cost(machine, kernel(), attention(), {}).time == Seconds{});
  CHECK(index_cost(machine, kernel(), indexer(), {}).time == Seconds{});
}

}  // namespace
}  // namespace infersim::test
