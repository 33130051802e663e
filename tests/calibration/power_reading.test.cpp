#include "infersim/calibration/power_reading.hpp"

#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// Idle at 100 W, 300 W with kernels running, a limit of 1,000 W; 1 pJ/flop, 50 pJ/byte.
Machine machine() {
  Machine m;
  m.energy.idle = 100.0_W;
  m.energy.active = 300.0_W;
  m.energy.limit = 1000.0_W;
  m.energy.flop[index(NumberType::bf16)] = JoulesPerFlop{1e-12};
  m.energy.memory = JoulesPerByte{50e-12};
  return m;
}

Machine alone() {
  Machine m = machine();
  m.timed_alone = true;
  return m;
}

/// Runs for that long and takes 400 W beside the active power.
OpCost kernel(Seconds time) {
  OpCost cost;
  cost.time = time;
  cost.activity.memory = Bytes{8e12 * time.base()};
  return cost;
}

MeasuredOperator timed(OperatorKind kind, std::string_view framework = "vllm",
                       KernelFormat format = KernelFormat::bf16) {
  MeasuredOperator op;
  op.kind = kind;
  op.labels.framework = framework;
  op.types.format = format;
  return op;
}

double reading(const MeasuredOperator& op, Seconds time) {
  return power_reading(op, kernel(time), alone()).base();
}

}  // namespace

TEST_CASE("board power is what kernels draw and what they compute and move, up to the limit") {
  const Machine m = machine();
  OpCost cost;
  cost.time = 1.0_ms;
  CHECK(mean_power(cost, m) == 300.0_W);
  cost.activity.memory = Bytes{1e9};                           // 50 mJ: 50 W
  cost.activity.flops[index(NumberType::bf16)] = Flops{1e11};  // 100 mJ: 100 W
  CHECK_THAT(mean_power(cost, m).base(), WithinRel(450.0, 1e-12));
  cost.mean_share = 0.5;  // the busiest rank's flops are twice the mean's
  CHECK_THAT(mean_power(cost, m).base(), WithinRel(400.0, 1e-12));
  cost.activity.memory = Bytes{1e11};
  CHECK_THAT(mean_power(cost, m).base(), WithinRel(985.0, 1e-12));
}

TEST_CASE("a meter reads what an operator draws where it is not timed alone") {
  CHECK(power_reading(timed(OperatorKind::gemm), kernel(1.0_us), machine()) ==
        mean_power(kernel(1.0_us), machine()));
}

TEST_CASE("the shorter an operator, the more of its reading is of the wait between tests") {
  const auto op = timed(OperatorKind::gemm);
  // 130 W between tests, 700 W in them; half of the window at 20 us.
  CHECK_THAT(reading(op, 1e-6_us), WithinRel(130.0, 1e-6));
  CHECK_THAT(reading(op, 20.0_us), WithinRel(415.0, 1e-12));
  CHECK_THAT(reading(op, 10.0_s), WithinRel(700.0, 1e-5));
  double before = 0.0;
  for (const double us : {1.0, 3.0, 10.0, 30.0, 100.0, 1e3, 1e4}) {
    const double now = reading(op, us * microsecond);
    CHECK(now > before);
    before = now;
  }
}

TEST_CASE("operators that a host is slow to issue fill less of the meter's window") {
  const Seconds time = 50.0_us;
  const double plain = reading(timed(OperatorKind::gemm), time);
  CHECK(reading(timed(OperatorKind::gemm, "vllm", KernelFormat::fp8_block), time) < plain);
  CHECK(reading(timed(OperatorKind::gemm, "trtllm"), time) > plain);
  CHECK(reading(timed(OperatorKind::gemm, "trtllm", KernelFormat::fp4), time) < plain);
  CHECK(reading(timed(OperatorKind::attention_decode), time) < plain);
}

TEST_CASE("latent attention is issued as the other, and software without power tables as vLLM") {
  const Seconds time = 50.0_us;
  CHECK(reading(timed(OperatorKind::mla_prefill), time) ==
        reading(timed(OperatorKind::attention_prefill), time));
  CHECK(reading(timed(OperatorKind::mla_decode, "trtllm"), time) ==
        reading(timed(OperatorKind::attention_decode, "trtllm"), time));
  CHECK(reading(timed(OperatorKind::experts, "sglang"), time) ==
        reading(timed(OperatorKind::experts, "vllm"), time));
}
