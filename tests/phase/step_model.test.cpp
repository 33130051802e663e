#include "infersim/phase/analytic_step_model.hpp"

#include <numeric>

#include "phase/fixtures.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

StepTable table_of(const std::string& model, const Machine& machine, const ParallelPlan& plan,
                   NumberType weights = NumberType::bf16) {
  return lower(catalogue_model(model), machine, plan, precision_of(weights));
}

StepCost decode(const StepTable& table, double sequences, double context) {
  return AnalyticStepModel(table).step(StepBatch::decode(sequences, context));
}

/// Plans of several kinds for DeepSeek-V3.
std::vector<ParallelPlan> deepseek_plans() {
  std::vector<ParallelPlan> plans = {plan_of(8, 1, 8), plan_of(1, 16, 16), plan_of(4, 4, 16),
                                     plan_of(4, 2, 8, 2)};
  plans.push_back(plan_of(1, 16, 16));
  plans.back().microbatches = 2;
  plans.push_back(plan_of(1, 16, 16));
  plans.back().mtp = 1;
  plans.back().acceptance = 0.7;
  return plans;
}

bool same(const StepCost& a, const StepCost& b) {
  return a.time == b.time && a.occupancy == b.occupancy && a.energy == b.energy &&
         a.activity.memory == b.activity.memory && a.activity.flops == b.activity.flops &&
         a.activity.scale_up == b.activity.scale_up && a.activity.scale_out == b.activity.scale_out;
}

double explained(const StepBreakdown& breakdown) {
  Seconds sum = breakdown.host + breakdown.other;
  for (const OpShare& op : breakdown.ops)
    sum += op.exposed;
  return sum.base();
}

}  // namespace

TEST_CASE("a new context at a lowered batch costs exactly what lowering it anew does") {
  const Machine machine = machine_of("ascend910b");
  for (const ParallelPlan& plan : deepseek_plans()) {
    const StepTable table = table_of("deepseek-v3", machine, plan, NumberType::int8);
    LoweredBatch moved(table);
    moved.lower(StepBatch::decode(32, 100));
    LoweredBatch fresh(table);
    for (const double context : {100.0, 4500.0, 100000.0}) {
      fresh.lower(StepBatch::decode(32, context));
      CAPTURE(plan.tp, plan.dp, plan.pp, plan.microbatches, plan.mtp, context);
      CHECK(same(moved.at_context(32 * context), fresh.cost()));
    }
  }
}

TEST_CASE("the breakdown of a step sums to the step") {
  const Machine machine = machine_of("ascend910b");
  for (const ParallelPlan& plan : deepseek_plans()) {
    const StepTable table = table_of("deepseek-v3", machine, plan, NumberType::int8);
    for (const StepBatch& batch : {StepBatch::decode(32, 4500), StepBatch::prefill(2, 4000)}) {
      CAPTURE(plan.tp, plan.dp, plan.pp, plan.microbatches, plan.mtp);
      const StepBreakdown breakdown = explain_step(table, batch);
      CHECK_THAT(explained(breakdown), WithinRel(breakdown.cost.time.base(), 1e-9));
      CHECK(same(breakdown.cost, AnalyticStepModel(table).step(batch)));
    }
  }
}

TEST_CASE("a step that holds a prompt lasts as long as the host launches its layers") {
  StepTable table = table_of("llama3.1-70b", machine_of("h200"), plan_of(8));
  const StepBatch decode = StepBatch::decode(16, 1000);
  const StepBatch few = StepBatch::mixed(decode, StepBatch::prefill(1, 16));
  const StepBatch many = StepBatch::mixed(decode, StepBatch::prefill(8, 4000));
  const AnalyticStepModel replayed(table);
  table.host.per_layer_launch = 0.8_ms;
  const AnalyticStepModel launched(table);
  CHECK(launched.step(decode).time == replayed.step(decode).time);
  CHECK_THAT(launched.step(few).time.base(), WithinRel(80 * 0.8e-3, 1e-12));
  CHECK(launched.step(many).time == replayed.step(many).time);  // of seconds
  // What it waits for is the host.
  const StepBreakdown breakdown = explain_step(table, few);
  CHECK_THAT(explained(breakdown), WithinRel(80 * 0.8e-3, 1e-9));
  CHECK(breakdown.other == Seconds{});
  CHECK(breakdown.bound == Bound::latency);
}

TEST_CASE("the host spends time on a step and on each of its sequences") {
  StepTable table = table_of("llama3.1-70b", machine_of("h200"), plan_of(8));
  const StepBatch batch = StepBatch::decode(16, 1000);
  const Seconds without = AnalyticStepModel(table).step(batch).time;
  table.host.per_sequence = 20.0_us;
  const Seconds with = AnalyticStepModel(table).step(batch).time;
  CHECK_THAT((with - without).base(), WithinRel(16 * 20e-6, 1e-9));
  CHECK_THAT(explained(explain_step(table, batch)), WithinRel(with.base(), 1e-9));
}

TEST_CASE("prompts beside decodes share the weights, not the attention") {
  const StepTable table = table_of("llama3.1-70b", machine_of("h200"), plan_of(8));
  const AnalyticStepModel model(table);
  const StepBatch decode = StepBatch::decode(16, 1000);
  const StepBatch prompt = StepBatch::prefill(1, 64, 200);
  const StepBatch both = StepBatch::mixed(decode, prompt);
  CHECK(both.tokens() == 16 + 64);
  CHECK(both.sampled() == 16 + 1);
  CHECK(both.prefill_pairs == prompt.prefill_pairs);
  const Seconds mixed = model.step(both).time;
  CHECK(mixed > model.step(decode).time);
  CHECK(mixed > model.step(prompt).time);
  CHECK(mixed < 0.8 * (model.step(decode).time + model.step(prompt).time));
}

TEST_CASE("the activity of a step is that of its operators, experts' flops the mean rank's") {
  const StepTable table =
      table_of("deepseek-v3", machine_of("ascend910b"), plan_of(4, 4, 16), NumberType::int8);
  const StepBreakdown breakdown = explain_step(table, StepBatch::decode(32, 4500));
  Activity sum;
  for (const OpShare& op : breakdown.ops) {
    sum.add(op.cost.activity, op.repeats, op.cost.mean_share);
    CHECK((op.op_class == "experts") == (op.cost.mean_share < 1.0));
  }
  const Activity& whole = breakdown.cost.activity;
  CHECK_THAT(whole.memory.base(), WithinRel(sum.memory.base(), 1e-12));
  CHECK_THAT(whole.on_chip.base(), WithinRel(sum.on_chip.base(), 1e-12));
  CHECK_THAT(whole.scale_up.base(), WithinRel(sum.scale_up.base(), 1e-12));
  CHECK_THAT(whole.scale_out.base(), WithinRel(sum.scale_out.base(), 1e-12));
  CHECK_THAT(whole.total_flops().base(), WithinRel(sum.total_flops().base(), 1e-12));
}

TEST_CASE("a decode step takes longer for more sequences") {
  const StepTable table =
      table_of("deepseek-v3", machine_of("ascend910b"), plan_of(4, 4, 16), NumberType::int8);
  Seconds before;
  for (double sequences = 1; sequences <= 512; ++sequences) {
    const Seconds now = decode(table, sequences, 4500).time;
    CAPTURE(sequences);
    // To a thousandth: a grouped GEMM that takes the next larger tile reads its weights less often.
    CHECK(now >= 0.999 * before);
    before = max(before, now);
  }
}

TEST_CASE("a decode step takes longer for longer contexts") {
  const StepTable table = table_of("llama3.1-70b", machine_of("h200"), plan_of(4));
  Seconds before;
  for (double context = 1; context <= 131072; context *= 2) {
    const Seconds now = decode(table, 16, context).time;
    CHECK(now > before);
    before = now;
  }
}

TEST_CASE("twice the bandwidth halves a decode bound by it, latencies apart") {
  Machine machine = machine_of("h200");
  const StepTable slow = table_of("llama3.1-8b", machine, plan_of(1));
  machine.memory_bandwidth = machine.memory_bandwidth * 2.0;
  machine.cache_bandwidth = machine.cache_bandwidth * 2.0;
  const StepTable fast = table_of("llama3.1-8b", machine, plan_of(1));
  const StepBreakdown before = explain_step(slow, StepBatch::decode(1, 1000));
  const StepBreakdown after = explain_step(fast, StepBatch::decode(1, 1000));
  REQUIRE(before.bound == Bound::memory);
  Seconds latency = before.host;
  for (const OpShare& op : before.ops)
    latency += op.repeats * op.cost.latency;
  // What is not latency halves; 10 % is left to the latency of steps along k beneath memory time.
  const double ratio = (after.cost.time - latency) / (before.cost.time - latency);
  CHECK(ratio >= 0.5);
  CHECK(ratio <= 0.55);
}

TEST_CASE("tensor parallelism over a slower link takes longer") {
  Machine machine = machine_of("ascend910b");
  const Seconds near = decode(table_of("llama3.1-70b", machine, plan_of(8)), 64, 4000).time;
  machine.fabric.scale_up = machine.fabric.scale_up / 4.0;
  const Seconds slow = decode(table_of("llama3.1-70b", machine, plan_of(8)), 64, 4000).time;
  machine.fabric.domain = 4;  // the group spans two domains
  const Seconds far = decode(table_of("llama3.1-70b", machine, plan_of(8)), 64, 4000).time;
  CHECK(near < slow);
  CHECK(slow < far);
}

TEST_CASE("the power limit stretches a step to what its energy takes") {
  Machine machine = ideal_machine();
  machine.energy.idle = machine.energy.active = 100.0_W;
  machine.energy.flop.fill(JoulesPerFlop{1e-12});
  const StepBatch batch = StepBatch::prefill(1, 4096);
  const StepCost free = AnalyticStepModel(table_of("llama3.1-8b", machine, plan_of(1))).step(batch);
  // Half of the power that its flops take at full speed.
  machine.energy.limit = machine.energy.active + 0.5 * (free.energy / free.time);
  const StepCost capped =
      AnalyticStepModel(table_of("llama3.1-8b", machine, plan_of(1))).step(batch);
  CHECK(capped.energy == free.energy);
  CHECK_THAT(capped.time.base(), WithinRel(2.0 * free.time.base(), 1e-12));
  CHECK_THAT(capped.occupancy.base(), WithinRel(2.0 * free.time.base(), 1e-12));
}

TEST_CASE("a case that sheds little slows clocks down before it stretches a step") {
  Machine machine = ideal_machine();
  machine.energy.idle = 0.0_W;
  machine.energy.active = 100.0_W;
  machine.energy.flop.fill(JoulesPerFlop{1e-12});
  machine.energy.limit = Watts{1e6};
  const StepBatch batch = StepBatch::prefill(1, 4096);
  const auto step = [&] {
    return AnalyticStepModel(table_of("llama3.1-8b", machine, plan_of(1))).step(batch);
  };
  const StepCost free = step();
  const Watts moving = free.energy / free.time - machine.energy.active;
  // At half the clocks a quarter of the active power is left: just room for what moves.
  machine.energy.clocks = 0.5;
  machine.energy.limit = moving + 0.25 * machine.energy.active;
  const StepCost cased = step();
  CHECK_THAT(cased.time.base(), WithinRel(free.time.base(), 1e-9));
  CHECK_THAT((cased.energy / cased.time).base(), WithinRel(machine.energy.limit.base(), 1e-9));
  machine.energy.limit = 0.5 * moving + 0.25 * machine.energy.active;
  CHECK_THAT(step().time.base(), WithinRel(2.0 * free.time.base(), 1e-9));
}

TEST_CASE("a power limit that is not reached changes nothing") {
  Machine machine = ideal_machine();
  machine.energy.flop.fill(JoulesPerFlop{1e-12});
  const Seconds free = decode(table_of("llama3.1-8b", machine, plan_of(1)), 8, 1000).time;
  machine.energy.limit = Watts{1e6};
  CHECK(decode(table_of("llama3.1-8b", machine, plan_of(1)), 8, 1000).time == free);
}

TEST_CASE("two pipeline stages are each occupied half as long") {
  const Machine machine = ideal_machine();
  const StepCost one = decode(table_of("llama3.1-8b", machine, plan_of(1)), 8, 1000);
  const StepCost two = decode(table_of("llama3.1-8b", machine, plan_of(1, 1, 1, 2)), 8, 1000);
  // 16 of 32 layers, and the head (2 bytes of 128256 x 4096 weights at 1 TB/s), which is one
  // stage's.
  const double head = 2.0 * 128256 * 4096 / 1e12;
  CHECK_THAT(two.occupancy.base(), WithinRel(0.5 * (one.time.base() + head), 0.001));
  // A token passes all layers as before, and one message of 8 x 4096 x 2 bytes at 100 GB/s.
  CHECK_THAT(two.time.base(), WithinRel(one.time.base() + 8 * 4096 * 2 / 100e9, 1e-9));
  // A rank does half of the work.
  CHECK_THAT(two.activity.memory.base(), WithinRel(0.5 * one.activity.memory.base(), 1e-12));
}

TEST_CASE("micro-batches are worth it where communication is long, and not where there is none") {
  const auto step = [](const Machine& machine, int dp, int microbatches) {
    ParallelPlan plan = plan_of(1, dp, dp);
    plan.microbatches = microbatches;
    return AnalyticStepModel(table_of("deepseek-v3", machine, plan, NumberType::fp8))
        .step(StepBatch::prefill(1, 8192))
        .time;
  };
  // Prefill on 32 ranks of which 8 share a domain: dispatch and combine take about as long as the
  // experts, and weights are reused by thousands of rows, so halves lose little.
  CHECK(step(machine_of("h800"), 32, 2) < step(machine_of("h800"), 32, 1));
  // On a single rank nothing can hide, and each half reads all weights.
  CHECK(step(machine_of("h800"), 1, 2) > step(machine_of("h800"), 1, 1));
}

TEST_CASE("micro-batches on parts of the cores gain where launches are long") {
  ParallelPlan plan = plan_of(1, 64, 64);
  plan.microbatches = 2;
  StepTable table = table_of("deepseek-v3", machine_of("ascend910c"), plan, NumberType::int8);
  const StepBatch batch = StepBatch::decode(8, 4096);
  CHECK(table.machine.efficiency.runtime.divides_cores);
  const Seconds side_by_side = AnalyticStepModel(table).step(batch).time;
  table.machine.efficiency.runtime.divides_cores = false;
  CHECK(side_by_side < 0.9 * AnalyticStepModel(table).step(batch).time);
}

TEST_CASE("two micro-batches move the same tokens and read the weights twice") {
  ParallelPlan plan = plan_of(1, 16, 16);
  const StepTable one = table_of("deepseek-v3", ideal_machine(), plan);
  plan.microbatches = 2;
  const StepTable two = table_of("deepseek-v3", ideal_machine(), plan);
  const Activity whole = decode(one, 256, 4000).activity;
  const Activity halves = decode(two, 256, 4000).activity;
  CHECK_THAT(halves.scale_out.base(), WithinRel(whole.scale_out.base(), 1e-12));
  CHECK(halves.memory > whole.memory);
  CHECK(halves.memory < 2.0 * whole.memory);
}

TEST_CASE("an empty batch takes the host's time alone") {
  const Machine machine = machine_of("h200");
  const StepCost cost = decode(table_of("llama3.1-8b", machine, plan_of(1)), 0, 1000);
  CHECK(cost.time == machine.efficiency.runtime.step_overhead);
  CHECK(cost.activity.memory == Bytes{});
}

TEST_CASE("decode at batch 1 on an ideal machine reads each weight and each cached value once") {
  const StepTable table = table_of("llama3.1-8b", ideal_machine(), plan_of(1));
  const StepCost cost = decode(table, 1, 1000);
  // 7.5 G weights of layers and head in BF16 and 131,072 bytes for each cached token, at 1 TB/s:
  // activations and norms add under 1 %
  const double bytes = 2.0 * (8030261248.0 - 128256.0 * 4096) + 1000.0 * 131072;
  CHECK_THAT(cost.activity.memory.base(), WithinRel(bytes, 0.01));
  CHECK(cost.activity.memory.base() > bytes - 2.0 * 65 * 4096);  // norms have weights too
}
