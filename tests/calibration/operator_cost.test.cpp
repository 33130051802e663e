#include "infersim/calibration/operator_cost.hpp"

#include <cmath>
#include <memory>
#include <optional>
#include <vector>

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
  op.labels.framework = "nccl";
  op.shape = MeasuredCollective{CollectiveKind::all_gather, 8, Bytes{800e6}};
  const Seconds gathered = predict(op, m)->time;
  CHECK_THAT(gathered / millisecond, WithinRel(7.0, 1e-3));  // 700 MB at 100 GB/s
  op.shape = MeasuredCollective{CollectiveKind::all_to_all, 8, Bytes{800e6}};
  CHECK(predict(op, m)->time == gathered);
}

TEST_CASE("absorbing products are so many GEMMs side by side") {
  const Machine m = machine();
  MeasuredOperator op = gemm(64, 512, 128, {});
  op.kind = OperatorKind::latent_products;
  std::get<MeasuredGemm>(op.shape).count = 16;
  GemmShape shape{64, 512, 128, 16};
  const auto& kernel = m.efficiency.kernel(KernelClass::batched_gemm, KernelFormat::bf16);
  CHECK(predict(op, m)->time == gemm_cost(m, kernel, shape).time);
}

TEST_CASE("copies on a rank follow from the tokens that came to it") {
  const Machine m = machine();
  MeasuredOperator op;
  op.kind = OperatorKind::wide_experts;
  MeasuredExperts shape{.tokens = 8192, .hidden = 1024, .inter = 512, .top_k = 8, .experts = 256};
  shape.ep = 32;
  shape.routing = Routing::power_law;
  shape.exponent = 1.2;
  shape.sorted = true;
  const auto flops = [&](double rank_tokens) {
    shape.rank_tokens = rank_tokens;
    op.shape = shape;
    return predict(op, m)->useful_flops.base();
  };
  // A mean rank of 32 sees 8192 (1 - (31/32)^8) tokens and 2048 copies of them.
  const double mean = 8192 * (1 - std::pow(31.0 / 32, 8));
  CHECK_THAT(flops(mean), WithinRel(2048.0 * 3 * 2 * 1024 * 512, 1e-6));
  CHECK(flops(2 * mean) > 2 * flops(mean));  // tokens that came twice count as two copies
  CHECK(flops(0) > flops(mean));             // the busiest rank's, where nothing is known
}

TEST_CASE("a module is its layer's projections around sparse attention") {
  const Machine m = machine();
  MeasuredOperator op;
  op.kind = OperatorKind::sparse_decode;
  MeasuredModule shape{.batch = 16, .past = 65536, .heads = 16};
  const auto time = [&] {
    op.shape = shape;
    return predict(op, m)->time;
  };
  const Seconds whole = time();
  shape.indexes = false;
  const Seconds without = time();
  CHECK(without < whole);
  shape.heads = 32;
  CHECK(time() > without);
  shape.heads = 16;
  shape.projections = fp8;
  CHECK(predict(op, m)->time > Seconds{});
  const std::vector<const MeasuredOperator*> one = {&op};
  op.shape = shape;
  const std::vector<std::optional<OpCost>> frames = {frame_of(op, m)};
  REQUIRE(frames[0]);
  CHECK(predict_times(one, frames, m)[0] == predict(op, m)->time);
  CHECK(!frame_of(gemm(1, 64, 64, {}), m));
}

TEST_CASE("an exchange takes its bytes by type, and 16 bits back") {
  Machine m = machine();
  m.fabric.scale_out = 50.0_GBps;
  ExchangeKernels kernels{"mine", {}};
  for (ExchangeEfficiency& pass : kernels.passes)
    pass.fraction = 1.0;
  m.efficiency.links.exchanges = {kernels};
  MeasuredOperator op;
  op.kind = OperatorKind::exchange;
  op.labels.chip = "mychip";
  op.kernel = "mine";
  MeasuredExchange shape;
  shape.ranks = 8;
  shape.hidden = 1000;
  shape.tokens = 8000;
  shape.top_k = 1;
  shape.experts = 64;
  const auto sent = [&](ExchangePass pass, NumberType type) {
    shape.pass = pass;
    op.shape = shape;
    op.types.weights = type;
    return predict(op, m)->activity.scale_up.base() / (8000.0 * 1000 * 7 / 8);
  };
  CHECK_THAT(sent(ExchangePass::dispatch, NumberType::bf16), WithinRel(2.0, 1e-9));
  CHECK_THAT(sent(ExchangePass::dispatch, NumberType::fp8), WithinRel(1.0 + 4.0 / 128, 1e-9));
  CHECK_THAT(sent(ExchangePass::dispatch, NumberType::fp4), WithinRel(0.5 + 1.0 / 16, 1e-9));
  CHECK_THAT(sent(ExchangePass::combine, NumberType::fp8), WithinRel(2.0, 1e-9));
  CHECK(sent(ExchangePass::prepare, NumberType::fp8) == 0.0);
  shape.ranks = 16;
  op.shape = shape;
  CHECK(predict(op, m).error() == "more ranks than a domain of mychip has");
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
