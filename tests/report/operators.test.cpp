#include "infersim/report/operators.hpp"

#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

Machine small_machine() {
  Machine machine;
  machine.peak[index(NumberType::bf16)] = 100.0_TFLOPps;
  machine.memory_bandwidth = 1.0_TBps;
  machine.fabric.scale_up = 100.0_GBps;
  return machine;
}

OpShare share(std::string op, std::string op_class, double repeats, Seconds time, Seconds exposed,
              Bound bound) {
  OpShare result;
  result.op = std::move(op);
  result.op_class = std::move(op_class);
  result.repeats = repeats;
  result.cost.time = time;
  result.cost.bound = bound;
  result.exposed = exposed;
  return result;
}

/// Two kinds of layers with a GEMM each, one all-reduce half hidden, and 1 ms of host.
StepBreakdown two_kinds_of_layers() {
  StepBreakdown step;
  step.ops.push_back(share("dense: up", "linear", 2, 1.0_ms, 2.0_ms, Bound::memory));
  step.ops.push_back(share("moe: up", "linear", 3, 2.0_ms, 6.0_ms, Bound::compute));
  step.ops.push_back(share("moe: reduce", "collective", 2, 1.0_ms, 1.0_ms, Bound::link));
  step.ops[0].cost.activity.memory = Bytes{0.5e9};
  step.ops[1].cost.activity.flops[index(NumberType::bf16)] = Flops{150e9};
  step.ops[1].cost.useful_flops = Flops{100e9};
  step.ops[2].cost.activity.scale_up = Bytes{50e6};
  step.host = 1.0_ms;
  step.cost.time = 10.0_ms;
  return step;
}

}  // namespace

TEST_CASE("an operator of several kinds of layers is one line, and lines add up to the step") {
  const auto lines = operator_times(two_kinds_of_layers(), small_machine(), Grouping::by_operator);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].op == "up");
  CHECK_THAT(lines[0].time / millisecond, WithinRel(8.0, 1e-12));
  CHECK(lines[2].op == "host");
  double shares = 0;
  for (const OperatorTime& line : lines)
    shares += line.share;
  CHECK_THAT(shares, WithinRel(1.0, 1e-12));
}

TEST_CASE("a line is bound by what bounds most of its time") {
  const auto lines = operator_times(two_kinds_of_layers(), small_machine(), Grouping::by_class);
  // 2 ms of the linear layers are bound by memory, 6 ms by compute.
  CHECK(lines[0].op == "linear");
  CHECK(lines[0].bound == Bound::compute);
}

TEST_CASE("the share of peak counts useful work while the operator runs, hidden or not") {
  const auto lines = operator_times(two_kinds_of_layers(), small_machine(), Grouping::by_class);
  // useful 3 x 100 GFLOP at 100 TFLOP/s take 3 ms, 2 x 0.5 GB at 1 TB/s 1 ms, of 8 ms busy
  CHECK_THAT(lines[0].compute_of_peak, WithinRel(3.0 / 8.0, 1e-12));
  CHECK_THAT(lines[0].memory_of_peak, WithinRel(1.0 / 8.0, 1e-12));
  // 2 x 50 MB at 100 GB/s take 1 ms of 2 ms busy
  REQUIRE(lines[1].op == "collective");
  CHECK_THAT(lines[1].link_of_peak, WithinRel(0.5, 1e-12));
  CHECK_THAT(lines[1].busy / millisecond, WithinRel(2.0, 1e-12));
}

TEST_CASE("classes come longest first") {
  const auto lines = operator_times(two_kinds_of_layers(), small_machine(), Grouping::by_class);
  for (std::size_t i = 1; i < lines.size(); ++i)
    CHECK(lines[i - 1].time >= lines[i].time);
}

TEST_CASE("a step that was not asked for has no lines") {
  CHECK(operator_times({}, small_machine(), Grouping::by_class).empty());
}
