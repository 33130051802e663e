#include "infersim/phase/step_table.hpp"
#include "infersim/cost/gemm.hpp"

#include <algorithm>

#include "infersim/phase/lowered_cost.hpp"
#include "infersim/phase/memory.hpp"
#include "infersim/workload/parameters.hpp"
#include "phase/fixtures.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

StepTable table_of(const ModelSpec& model, const ParallelPlan& plan,
                   const PrecisionPlan& precision = precision_of()) {
  return lower(model, ideal_machine(), plan, precision);
}

/// Decoding and prefill side by side, so that every operator has rows.
StepBatch mixed_batch() {
  StepBatch batch = StepBatch::decode(8, 1000);
  const StepBatch prompt = StepBatch::prefill(1, 256);
  batch.prefill_sequences = prompt.prefill_sequences;
  batch.prefill_tokens = prompt.prefill_tokens;
  batch.prefill_pairs = prompt.prefill_pairs;
  return batch;
}

double useful_flops(const LoweredOp& op) {
  return lowered_cost(ideal_machine(), op, mixed_batch()).useful_flops.base();
}

/// Bytes of the weights of all layers and of the head, on all ranks together (pp 1).
double all_weights(const StepTable& table) {
  Bytes sum;
  for (const Segment& segment : table.segments) {
    for (const LoweredOp& op : segment.ops)
      sum += segment.repeats * weight_bytes(op);
  }
  return sum.base() * table.plan.ranks();
}

/// Parameters of DeepSeek-V3's layers and head, by how they are divided.
struct DeepSeekParts {
  // 61 layers: q_b, kv_b and o, divided over heads
  double divided = 61.0 * (1536.0 * 128 * 192 + 512.0 * 128 * 256 + 128.0 * 128 * 7168);
  // 61 layers: both down-projections, whole on every rank
  double replicated = 61.0 * 7168 * (1536 + 512 + 64);
  // 3 dense layers and 58 shared experts
  double ffn = 3.0 * 7168 * (3.0 * 18432 + 58.0 * 2048);
  double routers = 58.0 * 7168 * 256;
  double experts = 58.0 * 256 * 3 * 7168 * 2048;
  double head = 7168.0 * 129280;
};

double kv_bytes(const std::string& model_id, const ParallelPlan& plan) {
  const ModelSpec model = catalogue_model(model_id);
  Machine machine = ideal_machine();
  machine.memory_capacity = 10000.0_GB;
  const auto ledger = memory_ledger(lower(model, machine, plan, precision_of()), model,
                                    precision_of(), MemoryPolicy{});
  REQUIRE(ledger);
  return ledger->kv_per_token.base();
}

bool has_drafts(const StepTable& table) {
  return std::any_of(table.segments.begin(), table.segments.end(),
                     [](const Segment& s) { return s.kind == SegmentKind::drafts; });
}

}  // namespace

TEST_CASE("the ranks of a tensor-parallel group do the work of one between them") {
  const ModelSpec model = catalogue_model("llama3.1-70b");
  const StepTable whole = table_of(model, plan_of(1));
  const StepTable divided = table_of(model, plan_of(8));
  for (const char* op : {"qkv", "attention_prefill", "attention_decode", "o", "gate_up", "down"}) {
    CAPTURE(op);
    CHECK_THAT(8.0 * useful_flops(op_named(divided, "layer", op)),
               WithinRel(useful_flops(op_named(whole, "layer", op)), 1e-12));
  }
  CHECK_THAT(8.0 * useful_flops(op_named(divided, "output", "head")),
             WithinRel(useful_flops(op_named(whole, "output", "head")), 1e-12));
}

TEST_CASE("operators that are replicated do the whole work on every rank") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  const StepTable whole = table_of(model, plan_of(1));
  const StepTable divided = table_of(model, plan_of(8));
  for (const char* op : {"qkv_a", "router"}) {
    CAPTURE(op);
    CHECK(useful_flops(op_named(divided, "moe layer", op)) ==
          useful_flops(op_named(whole, "moe layer", op)));
  }
}

TEST_CASE("heads of latent attention are divided, absorbed projections with them") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  const StepTable whole = table_of(model, plan_of(1));
  const StepTable divided = table_of(model, plan_of(8));
  for (const char* op :
       {"q_b", "kv_b", "absorb_q", "absorb_v", "attention_prefill", "attention_decode", "o"}) {
    CAPTURE(op);
    CHECK_THAT(8.0 * useful_flops(op_named(divided, "moe layer", op)),
               WithinRel(useful_flops(op_named(whole, "moe layer", op)), 1e-12));
  }
}

TEST_CASE("the experts of all ranks see every token top_k times") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  // Of 264 tokens, each group of data-parallel ranks has as many.
  const double tokens = mixed_batch().tokens();
  for (const ParallelPlan& plan :
       {plan_of(1, 8, 8), plan_of(8, 1, 8), plan_of(8, 1, 1), plan_of(2, 4, 4)}) {
    const StepTable table = table_of(model, plan);
    const LoweredOp& up = op_named(table, "moe layer", "experts_up");
    ExpertRouting routing = up.experts.routing;
    routing.tokens = tokens * up.group_factor;
    // What the busiest rank does, less what it has more than the mean.
    const double mean = useful_flops(up) / expert_load(routing).imbalance;
    CAPTURE(plan.tp, plan.dp, plan.ep);
    // gate and up: 2 flop x 7168 x 2 x 2048 for each of 8 experts a token
    CHECK_THAT(mean * plan.ranks(), WithinRel(tokens * plan.dp * 8.0 * 2.0 * 7168 * 4096, 1e-12));
  }
}

TEST_CASE("a dense model's weights are spread over ranks without loss") {
  const ModelSpec model = catalogue_model("llama3.1-70b");
  const ModelParameters parameters = count_parameters(model);
  // Norms (two a layer and the last) are not counted; the embedding is in the ledger.
  const double matrices = parameters.total - parameters.embedding - (2.0 * 80 + 1) * 8192;
  CHECK_THAT(all_weights(table_of(model, plan_of(1))), WithinRel(2.0 * matrices, 1e-12));
  CHECK_THAT(all_weights(table_of(model, plan_of(8))), WithinRel(2.0 * matrices, 1e-12));
  CHECK_THAT(all_weights(table_of(model, plan_of(4, 2))), WithinRel(4.0 * matrices, 1e-12));
}

TEST_CASE("the parts of DeepSeek-V3 are all of its parameters") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  const DeepSeekParts parts;
  // Left out: norms of hidden (2 a layer and the last) and of both latents, router biases.
  const double left_out = (2.0 * 61 + 1) * 7168 + 61.0 * (1536 + 512) + 58.0 * 256;
  CHECK(parts.divided + parts.replicated + parts.ffn + parts.routers + parts.experts +
            2 * parts.head + left_out ==
        count_parameters(model).total);
}

TEST_CASE("DeepSeek-V3's weights are spread by kind over the ranks of every plan") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  const DeepSeekParts parts;
  for (const ParallelPlan& plan :
       {plan_of(1, 8, 8), plan_of(8, 1, 8), plan_of(8, 1, 1), plan_of(4, 2, 8), plan_of(2, 8, 4)}) {
    // Linear layers take 1 byte, router and head 2. What is divided is there once for each
    // data-parallel group, what is replicated on each rank, routed experts once in all. Absorbed
    // up-projections (512 x (128 + 128) for each of 128 heads) are held once more in 2 bytes.
    const double absorbed = 2.0 * 61 * 128 * 512 * (128 + 128);
    const double expected = plan.dp * (parts.divided + absorbed + parts.ffn + 2.0 * parts.head) +
                            plan.ranks() * (parts.replicated + 2.0 * parts.routers) + parts.experts;
    CAPTURE(plan.tp, plan.dp, plan.ep);
    CHECK_THAT(all_weights(table_of(model, plan, precision_of(NumberType::fp8))),
               WithinRel(expected, 1e-12));
  }
}

TEST_CASE("redundant experts take memory in proportion") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  ParallelPlan plan = plan_of(1, 144, 144);
  plan.redundant_experts = 32;
  const StepTable table = table_of(model, plan, precision_of(NumberType::fp8));
  // (256 + 32)/144 = 2 experts of 7168 x 4096 on each rank
  CHECK(weight_bytes(op_named(table, "moe layer", "experts_up")).base() == 2.0 * 7168 * 4096);
}

TEST_CASE("eight-bit weights take half the bytes of sixteen") {
  const ModelSpec model = catalogue_model("llama3.1-70b");
  const StepTable wide = table_of(model, plan_of(1));
  const StepTable narrow = table_of(model, plan_of(1), precision_of(NumberType::fp8));
  CHECK(2.0 * weight_bytes(op_named(narrow, "layer", "gate_up")) ==
        weight_bytes(op_named(wide, "layer", "gate_up")));
}

TEST_CASE("key-value heads are divided over ranks and repeated beyond their number") {
  // 80 layers x 2 x 8 heads x 128 x 2 bytes = 327,680
  CHECK(kv_bytes("llama3.1-70b", plan_of(1)) == 327680.0);
  CHECK(8 * kv_bytes("llama3.1-70b", plan_of(8)) == 327680.0);
  CHECK(16 * kv_bytes("llama3.1-70b", plan_of(16)) == 2 * 327680.0);
}

TEST_CASE("the latent cache is whole on every tensor-parallel rank") {
  CHECK(kv_bytes("deepseek-v3", plan_of(1)) == 70272.0);
  CHECK(kv_bytes("deepseek-v3", plan_of(8)) == 70272.0);
}

TEST_CASE("a pipeline stage holds the cache of its layers") {
  // 31 of 61 layers x 576 values x 2 bytes
  CHECK(kv_bytes("deepseek-v3", plan_of(1, 1, 1, 2)) == 31.0 * 576 * 2);
}

TEST_CASE("draft modules are lowered only when asked for") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  CHECK_FALSE(has_drafts(table_of(model, plan_of(1))));
  ParallelPlan plan = plan_of(1);
  plan.mtp = 2;
  const StepTable table = table_of(model, plan);
  REQUIRE(has_drafts(table));
  CHECK(table.segments.back().repeats == 2.0);  // one after the other for each draft token
}

TEST_CASE("a draft module shares the model's head") {
  ParallelPlan plan = plan_of(1);
  plan.mtp = 1;
  const StepTable table = table_of(catalogue_model("deepseek-v3"), plan);
  CHECK(weight_bytes(op_named(table, "mtp draft", "head")) == Bytes{});
  CHECK(weight_bytes(op_named(table, "output", "head")) > Bytes{});
}

TEST_CASE("operators that cost the same are evaluated once, in all batches alike") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  ParallelPlan plan = plan_of(4, 4, 16);
  plan.mtp = 1;
  const StepTable table = lower(model, machine_of("ascend910b"), plan, precision_of());
  std::size_t twins = 0;
  double executions = 0;
  double expected = 0;
  for (const Segment& segment : table.segments) {
    for (const LoweredOp& op : segment.ops) {
      expected += segment.repeats;
      if (op.twin_segment < 0) {
        executions += segment.repeats * op.executions;
        continue;
      }
      ++twins;
      const LoweredOp& twin =
          table.segments[static_cast<std::size_t>(op.twin_segment)].ops[op.twin_op];
      for (const StepBatch& batch : {mixed_batch(), StepBatch::decode(3, 50)}) {
        CAPTURE(segment.name, op.name, twin.name);
        CHECK(lowered_cost(table.machine, op, batch).time ==
              lowered_cost(table.machine, twin, batch).time);
      }
    }
  }
  CHECK(twins >= 16);  // attention of expert layers is that of dense ones, and norms are alike
  CHECK_THAT(executions, WithinRel(expected, 1e-12));
}

TEST_CASE("operators wait only for ones before them") {
  ParallelPlan plan = plan_of(1);
  plan.mtp = 1;
  for (const Segment& segment : table_of(catalogue_model("deepseek-v3"), plan).segments) {
    for (std::size_t i = 0; i < segment.ops.size(); ++i) {
      CAPTURE(segment.name, segment.ops[i].name);
      CHECK(segment.ops[i].waits_for >> i == 0U);
    }
  }
}

TEST_CASE("only the best token of each rank travels to be sampled") {
  const StepTable table = table_of(catalogue_model("llama3.1-8b"), plan_of(8));
  // a token and its score, in 16 bits
  CHECK(op_named(table, "output", "sampling_reduce").bytes_per_row == Bytes{4});
  CHECK(op_named(table, "layer", "ffn_reduce").bytes_per_row == Bytes{4096.0 * 2});
}

TEST_CASE("tokens move to experts as the plan needs it") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  const auto dispatch = [&](const ParallelPlan& plan) {
    return op_named(table_of(model, plan), "moe layer", "dispatch");
  };
  CHECK(dispatch(plan_of(8, 1, 8)).exchange.ranks == 1);  // every rank has all tokens
  CHECK(dispatch(plan_of(8, 1, 8)).gather_group == 1);
  CHECK(dispatch(plan_of(1, 8, 8)).exchange.ranks == 8);   // all-to-all
  CHECK(dispatch(plan_of(1, 8, 1)).gather_group == 8);     // every rank works on all tokens
  CHECK(dispatch(plan_of(2, 4, 4)).exchange.top_k == 16);  // 8 experts, each on two slices
}
