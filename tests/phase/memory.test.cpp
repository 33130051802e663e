#include "infersim/phase/memory.hpp"

#include "infersim/workload/layer_cache.hpp"
#include "infersim/workload/parameters.hpp"
#include "phase/fixtures.hpp"
#include "support/catch.hpp"
#include "workload/architectures.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

Machine machine_with(Bytes capacity) {
  Machine machine = ideal_machine();
  machine.memory_capacity = capacity;
  return machine;
}

MemoryPolicy steps_of(double tokens) {
  MemoryPolicy policy;
  policy.step_tokens = tokens;
  return policy;
}

Feasible<MemoryLedger> ledger_of(const std::string& id, const Machine& machine,
                                 const ParallelPlan& plan = plan_of(1), double step_tokens = 1000) {
  const ModelSpec model = catalogue_model(id);
  return memory_ledger(lower(model, machine, plan, precision_of()), model, precision_of(),
                       steps_of(step_tokens));
}

/// Parameters of Llama 3.1 8B that are matrices: without two norms in each of 32 layers and a last.
constexpr double llama_matrices = 8030261248.0 - 65.0 * 4096;

}  // namespace

TEST_CASE("a rank alone holds every matrix, embedding and head included") {
  const auto ledger = ledger_of("llama3.1-8b", ideal_machine());
  REQUIRE(ledger);
  CHECK_THAT(ledger->weights.base(), WithinRel(2.0 * llama_matrices, 1e-12));
}

TEST_CASE("activations are the live tensors of the largest step") {
  const auto ledger = ledger_of("llama3.1-8b", ideal_machine());
  REQUIRE(ledger);
  // The widest operator is gate and up: 4096 in, 2 x 14336 out.
  CHECK(ledger->activations.base() == 1000.0 * (4 * 4096 + 4096 + 28672) * 2);
}

TEST_CASE("the reserve is what the system keeps, a fixed part and a share of what is then left") {
  Machine machine = ideal_machine();
  machine.memory_reserved = 3.0_GB;
  machine.efficiency.runtime.memory_reserve = 0.1;
  machine.efficiency.runtime.fixed_reserve = 2.0_GB;
  const auto ledger = ledger_of("llama3.1-8b", machine);
  REQUIRE(ledger);
  const double rest = 95e9 - (ledger->weights + ledger->activations).base();
  CHECK_THAT(ledger->reserve.base(), WithinRel(5e9 + 0.1 * rest, 1e-12));
  CHECK_THAT(ledger->kv_capacity.base(), WithinRel(0.9 * rest, 1e-12));
}

TEST_CASE("KV cache gets what weights, activations and reserve leave") {
  const auto ledger = ledger_of("llama3.1-8b", ideal_machine());
  REQUIRE(ledger);
  CHECK_THAT((ledger->weights + ledger->activations + ledger->reserve + ledger->kv_capacity).base(),
             WithinRel(ledger->capacity.base(), 1e-12));
}

TEST_CASE("whole sequences fit into each data-parallel group") {
  MemoryLedger ledger;
  ledger.kv_capacity = Bytes{1050};
  ledger.kv_per_token = Bytes{10};
  CHECK(ledger.max_sequences(plan_of(1), 10) == 10);     // 1050 / (10 x 10) = 10.5
  CHECK(ledger.max_sequences(plan_of(1, 4), 10) == 40);  // in each of four groups
  CHECK(ledger.max_sequences(plan_of(1), 106) == 0);     // one byte short of one
}

TEST_CASE("pipeline stages hold their layers and the larger of embedding and head") {
  const auto ledger = ledger_of("llama3.1-8b", ideal_machine(), plan_of(1, 1, 1, 2));
  REQUIRE(ledger);
  const double embedding = 128256.0 * 4096;
  CHECK_THAT(ledger->weights.base(),
             WithinRel(2.0 * ((llama_matrices - 2 * embedding) / 2 + embedding), 1e-12));
}

TEST_CASE("stages of unequal length count by the longest") {
  // 61 layers on 2 stages: 31 expert layers of DeepSeek-V3, on 100 TB so that all fits
  const auto two = ledger_of("deepseek-v3", machine_with(100000.0_GB), plan_of(1, 1, 1, 2));
  REQUIRE(two);
  const double attention = 7168.0 * 2112 + 1536.0 * 24576 + 512.0 * 32768 + 16384.0 * 7168;
  const double layer = attention + 7168.0 * 256 + 257.0 * 3 * 7168 * 2048;
  CHECK_THAT(two->weights.base(), WithinRel(2.0 * (31 * layer + 7168.0 * 129280), 1e-12));
}

TEST_CASE("tensor parallelism divides weights and the cache of grouped heads") {
  const auto one = ledger_of("llama3.1-8b", ideal_machine());
  const auto four = ledger_of("llama3.1-8b", ideal_machine(), plan_of(4));
  REQUIRE(one);
  REQUIRE(four);
  CHECK_THAT(4.0 * four->weights.base(), WithinRel(one->weights.base(), 1e-12));
  CHECK_THAT(4.0 * four->kv_per_token.base(), WithinRel(one->kv_per_token.base(), 1e-12));
}

TEST_CASE("what does not fit says how much was needed and how much there is") {
  const auto ledger = ledger_of("llama3.1-8b", machine_with(16.0_GB));
  REQUIRE_FALSE(ledger);
  const Infeasible& refusal = ledger.error();
  const double activations = 1000.0 * (5 * 4096 + 28672) * 2;
  CHECK_THAT(refusal.needed.base(), WithinRel(2.0 * llama_matrices + activations, 1e-12));
  CHECK(refusal.available == 16.0_GB);
  CHECK_THAT(refusal.reason, ContainsSubstring("weights 16.1 GB"));
  CHECK_THAT(refusal.hint, ContainsSubstring("--devices"));
}

TEST_CASE("a device of two dies is refused by the device, not by the die") {
  ParallelPlan plan = plan_of(2);
  plan.ranks_per_device = 2;
  const auto ledger = ledger_of("llama3.1-8b", machine_with(8.0_GB), plan);
  REQUIRE_FALSE(ledger);
  CHECK(ledger.error().available == 16.0_GB);
  CHECK(ledger.error().needed > 16.0_GB);
}

TEST_CASE("capacity that is just enough fits, a byte less does not") {
  const auto roomy = ledger_of("llama3.1-8b", ideal_machine());
  REQUIRE(roomy);
  const Bytes used = roomy->weights + roomy->activations + roomy->reserve;
  CHECK(ledger_of("llama3.1-8b", machine_with(used + 1.0_B)));
  CHECK_FALSE(ledger_of("llama3.1-8b", machine_with(used)));
}

TEST_CASE("a sequence takes its windows and states once and a share for every token") {
  MemoryLedger ledger;
  ledger.kv_per_token = Bytes{10};
  ledger.state = Bytes{500};
  ledger.windows = {{.span = 100, .per_token = Bytes{3}}};
  CHECK(ledger.sequence_bytes(0) == Bytes{500});
  CHECK(ledger.sequence_bytes(50) == Bytes{500 + 50 * 13});
  CHECK(ledger.sequence_bytes(1000) == Bytes{500 + 1000 * 10 + 100 * 3});
  ledger.kv_capacity = Bytes{2 * 10800};
  CHECK(ledger.max_sequences(plan_of(1), 1000) == 2);
}

TEST_CASE("the ledger's caches are those that are counted of the model, whatever its layers") {
  Machine machine = ideal_machine();
  machine.memory_capacity = Bytes{1e15};
  for (const char* id : {"llama3.1-8b", "deepseek-v3.2", "gpt-oss-120b", "llama4-maverick",
                         "qwen3.5-397b-a17b", "minimax-m1", "nemotron-h-56b"}) {
    INFO(id);
    const ModelSpec model = catalogue_model(id);
    const auto ledger = ledger_of(id, machine);
    REQUIRE(ledger);
    const double long_context = 1e6;
    const Bytes counted = long_context * kv_bytes_per_token(model, NumberType::bf16) +
                          state_bytes(model, NumberType::bf16);
    CHECK_THAT(ledger->sequence_bytes(long_context).base(), WithinRel(counted.base(), 1e-12));
  }
  for (const Architecture& architecture : architectures()) {
    for (const NumberType type : {NumberType::bf16, NumberType::fp8}) {
      INFO(architecture.name);
      const ModelSpec model = read_architecture(architecture);
      PrecisionPlan precision = precision_of();
      precision.kv = type;
      const auto ledger =
          memory_ledger(lower(model, machine, plan_of(1), precision), model, precision, {});
      REQUIRE(ledger);
      const double context = 1e5;
      const Bytes counted = context * kv_bytes_per_token(model, type) + state_bytes(model, type);
      CHECK_THAT(ledger->sequence_bytes(context).base(), WithinRel(counted.base(), 1e-12));
    }
  }
}

TEST_CASE("a rank holds the weights of every architecture, tables that are looked up included") {
  Machine machine = ideal_machine();
  machine.memory_capacity = Bytes{1e15};
  for (const Architecture& architecture : architectures()) {
    INFO(architecture.name);
    ModelSpec model = read_architecture(architecture);
    model.mtp.reset();
    const PrecisionPlan precision = precision_of();
    const auto ledger =
        memory_ledger(lower(model, machine, plan_of(1), precision), model, precision, {});
    REQUIRE(ledger);
    // But for norms, convolutions and vectors of recurrences, which no product reads. Latent
    // up-projections are there twice in absorbed form where nothing expands them.
    const Bytes counted = weight_bytes(model, NumberType::bf16, NumberType::bf16);
    CHECK_THAT(ledger->weights.base(), WithinRel(counted.base(), 0.01));
  }
}

TEST_CASE("tensor parallelism divides what heads keep, and every rank keeps what they share") {
  Machine machine = ideal_machine();
  machine.memory_capacity = Bytes{1e15};
  const auto sequence = [&](const std::string& keys, int tp) {
    const ModelSpec model = load_hf_config("{" + keys + "}", "toy.json");
    const auto ledger = memory_ledger(lower(model, machine, plan_of(tp), precision_of()), model,
                                      precision_of(), {});
    REQUIRE(ledger);
    return ledger->sequence_bytes(10000) / Bytes{1};
  };
  CHECK(sequence(deepseek_v4_flash, 8) == sequence(deepseek_v4_flash, 1));
  CHECK(sequence(glm_5_2, 8) == sequence(glm_5_2, 1));
  CHECK(sequence(mamba, 8) == sequence(mamba, 1) / 8);
  CHECK(sequence(rwkv7, 8) == sequence(rwkv7, 1) / 8);
  CHECK(sequence(lfm2, 8) == sequence(lfm2, 1) / 8);
  // Four key-value heads and the index key that all share.
  const double index = 57 * 128 * 2 * 10000.0;
  CHECK_THAT(sequence(minimax_m3, 4) - index,
             WithinRel((sequence(minimax_m3, 1) - index) / 4, 1e-12));
}

namespace {

MemoryPolicy shared_policy(PoolShare pool, double share) {
  MemoryPolicy policy;
  policy.pool = pool;
  policy.share = share;
  policy.driver = 1.0_GB;
  policy.context = 2.0_GB;
  policy.links = 3.0_GB;
  policy.trial = TrialStep{.tokens = 1000, .sequences = 100, .logit_copies = 2};
  return policy;
}

Feasible<MemoryLedger> divided(const MemoryPolicy& policy, const Machine& machine = ideal_machine(),
                               const ParallelPlan& plan = plan_of(1), double tokens = 0) {
  const ModelSpec model = catalogue_model("llama3.1-8b");
  return memory_ledger(lower(model, machine, plan, precision_of()), model, precision_of(), policy,
                       tokens);
}

}  // namespace

TEST_CASE("a pool is a share of all memory, of what steps leave, or of all without steps") {
  const Machine machine = ideal_machine();  // 100 GB
  const auto all = divided(shared_policy(PoolShare::all, 0.9));
  const auto rest = divided(shared_policy(PoolShare::rest, 0.9));
  const auto fixed = divided(shared_policy(PoolShare::fixed, 0.9));
  REQUIRE(all);
  REQUIRE(rest);
  REQUIRE(fixed);
  const double weights = all->weights.base();
  const double step = all->activations.base();
  CHECK_THAT(all->kv_capacity.base(), WithinRel(0.9 * 99e9 - weights - step - 2e9, 1e-12));
  CHECK_THAT(rest->kv_capacity.base(), WithinRel(0.9 * (99e9 - weights - step - 2e9), 1e-12));
  CHECK_THAT(fixed->kv_capacity.base(), WithinRel(0.9 * 97e9 - weights, 1e-12));
  CHECK(machine.memory_capacity == all->capacity);
}

TEST_CASE("weights, activations, reserve and pool add up to the capacity, however it is shared") {
  for (const PoolShare pool : {PoolShare::rest, PoolShare::all, PoolShare::fixed}) {
    for (const double share : {0.5, 0.9, 0.99}) {
      const auto ledger = divided(shared_policy(pool, share));
      REQUIRE(ledger);
      const Bytes sum =
          ledger->weights + ledger->activations + ledger->reserve + ledger->kv_capacity;
      CHECK_THAT(sum.base(), WithinRel(ledger->capacity.base(), 1e-12));
      CHECK(ledger->reserve > Bytes{});
    }
  }
}

TEST_CASE("buffers of collectives are kept where there is more than one rank") {
  const auto one = divided(shared_policy(PoolShare::all, 0.9));
  const auto two = divided(shared_policy(PoolShare::all, 0.9), ideal_machine(), plan_of(2));
  REQUIRE(one);
  REQUIRE(two);
  const Bytes others = one->weights - two->weights + one->activations - two->activations;
  CHECK_THAT((one->kv_capacity + others - two->kv_capacity).base(), WithinRel(3e9, 1e-9));
}

TEST_CASE("a trial step holds its widest product or its logits, whichever is more") {
  MemoryPolicy policy = shared_policy(PoolShare::all, 0.9);
  const auto forward = divided(policy);
  REQUIRE(forward);
  // 4 x 4096 and gate, up and their product of 14336 each, for 1000 tokens
  CHECK(forward->activations.base() == 1000.0 * (4 * 4096 + 3 * 14336) * 2);
  policy.trial->sequences = 1000;
  const auto sampling = divided(policy);
  REQUIRE(sampling);
  CHECK(sampling->activations.base() == 1.25 * 1000 * 4096 * 2 + 4.0 * 2 * 1000 * 128256);
}

TEST_CASE("experts keep a slot for every copy of a token, a chunk at a time") {
  MemoryPolicy policy = shared_policy(PoolShare::all, 0.9);
  policy.trial->logit_copies = 0;
  const ModelSpec model = catalogue_model("qwen3-30b-a3b");
  const auto peak = [&](double chunk) {
    policy.trial->expert_tokens = chunk;
    const auto ledger = memory_ledger(lower(model, ideal_machine(), plan_of(1), precision_of()),
                                      model, precision_of(), policy);
    REQUIRE(ledger);
    return ledger->activations.base();
  };
  // 8 copies, each as wide as the model's 2048 twice: gate and up are 1536
  CHECK_THAT(peak(0) - peak(500), WithinRel(500.0 * 8 * (2048 + 2048) * 2, 1e-9));
}

TEST_CASE("states that are set aside come out of the pool") {
  MemoryPolicy policy = shared_policy(PoolShare::all, 0.9);
  const ModelSpec model = catalogue_model("nemotron-h-8b");
  const auto pool = [&](double states) {
    policy.states = states;
    const auto ledger = memory_ledger(lower(model, ideal_machine(), plan_of(1), precision_of()),
                                      model, precision_of(), policy);
    REQUIRE(ledger);
    return *ledger;
  };
  const MemoryLedger none = pool(0);
  CHECK(none.state > Bytes{});
  CHECK_THAT((none.kv_capacity - pool(10).kv_capacity).base(),
             WithinRel(10 * none.state.base(), 1e-9));
}

TEST_CASE("the least share of a pool is in hundredths, and none where memory ends") {
  const auto ledger = divided(shared_policy(PoolShare::all, 0.5));
  REQUIRE(ledger);
  const auto share = ledger->share_for(ledger->kv_capacity + 10.0_GB);  // of 99 GB
  REQUIRE(share);
  CHECK_THAT(*share, WithinRel(0.61, 1e-12));
  CHECK_FALSE(ledger->share_for(99.0_GB));
}

TEST_CASE("a share that holds no sequence is raised where that is asked for") {
  MemoryPolicy policy = shared_policy(PoolShare::all, 0.15);
  const auto refused = divided(policy, ideal_machine(), plan_of(1), 1000);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().hint, ContainsSubstring("--memory-share"));
  policy.raised = true;
  const auto raised = divided(policy, ideal_machine(), plan_of(1), 1000);
  REQUIRE(raised);
  CHECK(raised->share == most_memory_share);
}
