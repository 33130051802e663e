#include "infersim/calibration/operator_cost.hpp"

#include <memory>

#include "infersim/cost/gemm.hpp"
#include "infersim/cost/kernels.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// 100 TFLOP/s in BF16 and 200 in FP8, 1 TB/s, eight ranks in a domain; every kernel takes 10 us
/// besides.
Machine machine() {
  Machine m;
  m.peak[index(NumberType::bf16)] = 100.0_TFLOPps;
  m.peak[index(NumberType::fp8)] = 200.0_TFLOPps;
  m.units = 100;
  m.memory_bandwidth = 1.0_TBps;
  m.fabric.topology = Topology::fabric;
  m.fabric.domain = 8;
  m.fabric.scale_up = 100.0_GBps;
  m.energy.idle = 50.0_W;
  m.energy.active = 100.0_W;
  m.energy.limit = 400.0_W;
  m.energy.flop[index(NumberType::bf16)] = JoulesPerFlop{1e-12};
  m.energy.memory = JoulesPerByte{5e-11};
  auto table = std::make_shared<KernelTable>();
  for (auto& formats : table->kernels) {
    for (KernelEfficiency& kernel : formats)
      kernel.latency = 10.0_us;
  }
  m.efficiency.kernels = table;
  return m;
}

MeasuredOperator gemm(double m, double n, double k, OperatorTypes types) {
  MeasuredOperator op;
  op.labels.chip = "mychip";
  op.types = types;
  op.shape = MeasuredGemm{m, n, k};
  return op;
}

MeasuredOperator attention(OperatorKind kind, MeasuredAttention shape) {
  MeasuredOperator op;
  op.kind = kind;
  op.shape = shape;
  return op;
}

constexpr OperatorTypes fp8{NumberType::fp8, NumberType::fp8, NumberType::bf16, KernelFormat::fp8};

}  // namespace

TEST_CASE("a measured GEMM costs what the cost layer says of its shape and types") {
  const Machine m = machine();
  GemmShape shape{64, 4096, 4096};
  CHECK(predict(gemm(64, 4096, 4096, {}), m)->time ==
        gemm_cost(m, m.efficiency.kernel(KernelClass::gemm, KernelFormat::bf16), shape).time);
  shape.weights = shape.compute = NumberType::fp8;
  CHECK(predict(gemm(64, 4096, 4096, fp8), m)->time ==
        gemm_cost(m, m.efficiency.kernel(KernelClass::gemm, KernelFormat::fp8), shape).time);
}

TEST_CASE("a kernel that found its inputs quantised spends nothing on that") {
  const Machine m = machine();
  MeasuredOperator op = gemm(4096, 4096, 4096, fp8);
  const OpCost whole = *predict(op, m);
  op.inputs_ready = true;
  const OpCost alone = *predict(op, m);
  CHECK(whole.extra > 50.0_us);  // 4096 x 4096 values read in 16 bits and written in 8: 50 MB
  CHECK(alone.extra == Seconds{});
  CHECK(alone.time < whole.time);
}

TEST_CASE("a window bounds what decode reads and what prefill multiplies") {
  const Machine m = machine();
  MeasuredAttention shape{
      .batch = 4, .new_tokens = 1, .past = 8192, .heads = 32, .kv_heads = 8, .head_dim = 128};
  const OpCost all = *predict(attention(OperatorKind::attention_decode, shape), m);
  shape.window = 1024;
  const OpCost some = *predict(attention(OperatorKind::attention_decode, shape), m);
  shape.window = 8192;
  CHECK(predict(attention(OperatorKind::attention_decode, shape), m)->time == all.time);
  CHECK_THAT(some.useful_flops / all.useful_flops, WithinRel(1.0 / 8, 1e-12));

  // 1024 new tokens after 1024: of each query's (1024 + x) keys a window of 1024 leaves 1024.
  shape = {.batch = 1, .new_tokens = 1024, .past = 1024, .heads = 8, .kv_heads = 8, .head_dim = 64};
  const OpCost causal = *predict(attention(OperatorKind::attention_prefill, shape), m);
  shape.window = 1024;
  const OpCost windowed = *predict(attention(OperatorKind::attention_prefill, shape), m);
  CHECK_THAT(windowed.useful_flops / causal.useful_flops, WithinRel(1.0 / 1.5, 1e-12));
}

TEST_CASE("latent attention reads one row of 576 values for all heads in decode") {
  const Machine m = machine();
  const OpCost cost =
      *predict(attention(OperatorKind::mla_decode,
                         {.batch = 1000, .new_tokens = 1, .past = 10000, .heads = 2}),
               m);
  // 1e7 tokens of 1152 bytes; queries and outputs are 0.01 %.
  CHECK_THAT(cost.activity.memory.base(), WithinRel(1.152e10, 1e-3));
}

TEST_CASE("experts take two products of each copy of a token, three where they are gated") {
  const Machine m = machine();
  MeasuredOperator op;
  op.kind = OperatorKind::experts;
  MeasuredExperts shape{.tokens = 4096, .hidden = 1024, .inter = 512, .top_k = 2, .experts = 8};
  const auto useful = [&] {
    op.shape = shape;
    return predict(op, m)->activity.total_flops().base();
  };
  const double gated = useful();
  shape.gated = false;
  CHECK_THAT(gated / useful(), WithinRel(1.5, 1e-12));
  shape.gated = true;
  shape.tp = 2;
  CHECK_THAT(gated / useful(), WithinRel(2.0, 1e-12));
}

TEST_CASE("an all-gather moves the message but for the rank's own part, an all-to-all as much") {
  const Machine m = machine();
  MeasuredOperator op;
  op.kind = OperatorKind::collective;
  op.shape = MeasuredCollective{CollectiveKind::all_gather, 8, Bytes{800e6}};
  const Seconds gathered = predict(op, m)->time;
  CHECK_THAT(gathered / millisecond, WithinRel(7.0, 1e-3));  // 700 MB at 100 GB/s
  op.shape = MeasuredCollective{CollectiveKind::all_to_all, 8, Bytes{800e6}};
  CHECK(predict(op, m)->time == gathered);
}

TEST_CASE("what the machine cannot run is refused with the reason") {
  const Machine m = machine();
  const OperatorTypes int8{NumberType::int8, NumberType::int8, NumberType::bf16,
                           KernelFormat::int8};
  const auto refused = predict(gemm(64, 64, 64, int8), m);
  REQUIRE(!refused);
  CHECK(refused.error() == "mychip has no units for int8");
  MeasuredOperator op;
  op.kind = OperatorKind::collective;
  op.labels.chip = "mychip";
  op.shape = MeasuredCollective{CollectiveKind::all_reduce, 16, Bytes{1}};
  CHECK(predict(op, m).error() == "more ranks than a domain of mychip has");
}

TEST_CASE("board power is what kernels draw and what they compute and move, up to the limit") {
  Machine m = machine();
  OpCost cost;
  cost.time = 1.0_ms;
  CHECK(mean_power(cost, m) == 100.0_W);
  cost.activity.memory = Bytes{1e9};                           // 50 mJ: 50 W
  cost.activity.flops[index(NumberType::bf16)] = Flops{1e11};  // 100 mJ: 100 W
  CHECK_THAT(mean_power(cost, m).base(), WithinRel(250.0, 1e-12));
  cost.mean_share = 0.5;  // the busiest rank's flops are twice the mean's
  CHECK_THAT(mean_power(cost, m).base(), WithinRel(200.0, 1e-12));
  cost.activity.memory = Bytes{1e10};
  CHECK(mean_power(cost, m) == 400.0_W);
}
