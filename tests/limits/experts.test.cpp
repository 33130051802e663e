#include <array>
#include <cmath>

#include "infersim/cost/experts.hpp"
#include "infersim/cost/gemm.hpp"
#include "limits/deepseek_routing.hpp"
#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

constexpr std::array parts = {ExpertPart::permute, ExpertPart::up, ExpertPart::activation,
                              ExpertPart::down, ExpertPart::sum};

/// DeepSeek-V3's routed experts: 256 of 7168 x 2048, of which each token picks 8.
ExpertShape deepseek(double tokens, double groups, Routing routing = Routing::uniform) {
  ExpertShape shape;
  shape.routing = deepseek_routing(tokens, groups, routing);
  shape.hidden = 7168;
  shape.inner = 2048;
  return shape;
}

/// One expert that sees every token.
ExpertShape single(double tokens) {
  ExpertShape shape = deepseek(tokens, 1, Routing::balanced);
  shape.routing.top_k = shape.routing.replicas = 1;
  return shape;
}

/// Kernels with every term of the experts' equation.
KernelEfficiency full_kernel() {
  KernelEfficiency kernel = sharp_kernel();
  kernel.blend = 2.0;
  kernel.latency = Seconds{12e-6};
  kernel.experts.columns = 100.5;
  kernel.experts.tile_extra = 30;
  kernel.experts.fill = 0.5;
  kernel.experts.pad = 96;
  kernel.experts.ramp = Seconds{20e-6};
  kernel.experts.ramp_tokens = 60;
  kernel.experts.per_expert = Seconds{50e-9};
  kernel.experts.rows = 2;
  kernel.experts.all_hidden = 1;
  kernel.experts.all_inner = 0.5;
  return kernel;
}

OpCost part_of(const Machine& machine, const KernelEfficiency& kernel, const ExpertShape& shape,
               ExpertPart part) {
  return expert_part_cost(machine, kernel, shape, expert_load(shape.routing), part);
}

TEST_CASE("A few tokens read the weights of the experts they wake") {
  const OpCost cost = part_of(round_machine(), sharp_kernel(), deepseek(1, 1), ExpertPart::up);
  CHECK(cost.bound == Bound::memory);
  CHECK_THAT(cost.activity.memory.base(), WithinRel(8 * 4096 * 7168 * 2.0, 0.002));
}

TEST_CASE("Many tokens read the weights of all experts, once") {
  const OpCost cost = part_of(round_machine(), sharp_kernel(), deepseek(2048, 1), ExpertPart::down);
  const double values = 2048.0 * 8 * (2048.0 * 2 + 7168 * 2);
  CHECK_THAT(cost.activity.memory.base() - values, WithinRel(256.0 * 2048 * 7168 * 2, 1e-9));
}

TEST_CASE("Many tokens on few experts cost what their flops do") {
  const OpCost cost = part_of(round_machine(), sharp_kernel(), deepseek(1e6, 1), ExpertPart::up);
  CHECK(cost.bound == Bound::compute);
  // 31,250 rows an expert: half a tile of 128 more is 0.2 %.
  CHECK_THAT(cost.compute.base(), WithinRel(2.0 * 8e6 * 4096 * 7168 / (0.5 * 1e15), 0.003));
}

TEST_CASE("Twice the ranks halve the weights read once every expert is awake") {
  const auto memory = [](double groups) {
    return part_of(round_machine(), sharp_kernel(), deepseek(2048, groups, Routing::served),
                   ExpertPart::up)
        .activity.memory;
  };
  // Weights dominate; rows of the busiest rank fall a little less than by half.
  CHECK(memory(8) / memory(16) > 1.8);
  CHECK(memory(8) / memory(16) < 2.0);
}

TEST_CASE("One expert for all tokens is a dense feed-forward network") {
  const Machine machine = round_machine();
  const KernelEfficiency kernel = sharp_kernel();
  const auto dense = [&](double m, double n, double k) {
    GemmShape shape;
    shape.m = m;
    shape.n = n;
    shape.k = k;
    return gemm_cost(machine, kernel, shape);
  };
  for (const double tokens : {1.0, 12800.0, 102400.0}) {
    CAPTURE(tokens);
    const OpCost up = part_of(machine, kernel, single(tokens), ExpertPart::up);
    const OpCost down = part_of(machine, kernel, single(tokens), ExpertPart::down);
    CHECK_THAT(up.memory.base(), WithinRel(dense(tokens, 4096, 7168).memory.base(), 1e-12));
    CHECK_THAT(down.memory.base(), WithinRel(dense(tokens, 7168, 2048).memory.base(), 1e-12));
    CHECK(up.useful_flops == dense(tokens, 4096, 7168).useful_flops);
    if (tokens < 1e4) continue;
    // The last wave is half full in expectation, where a dense GEMM counts whole waves.
    CHECK_THAT(up.compute.base(), WithinRel(dense(tokens, 4096, 7168).compute.base(), 0.02));
    CHECK_THAT(down.compute.base(), WithinRel(dense(tokens, 7168, 2048).compute.base(), 0.02));
  }
}

TEST_CASE("The parts add up to the whole, and their fixed time to the chain's") {
  const KernelEfficiency kernel = full_kernel();
  for (const double tokens : {1.0, 60.0, 5000.0}) {
    const ExpertShape shape = deepseek(tokens, 8);
    Seconds time;
    Seconds latency;
    Bytes memory;
    for (const ExpertPart part : parts) {
      const OpCost cost = part_of(round_machine(), kernel, shape, part);
      time += cost.time;
      latency += cost.latency;
      memory += cost.activity.memory;
    }
    Machine alone = round_machine();
    alone.timed_alone = true;
    const OpCost whole = experts_cost(alone, kernel, shape);
    CHECK_THAT(whole.time.base(), WithinRel(time.base(), 1e-12));
    CHECK_THAT(whole.activity.memory.base(), WithinRel(memory.base(), 1e-12));
    const double fixed = 12e-6 + 20e-6 * tokens / (tokens + 60) + 32 * 50e-9;
    CHECK_THAT(latency.base(), WithinRel(fixed, 1e-12));
    CHECK_THAT(whole.latency.base(), WithinRel(fixed, 1e-12));
  }
}

TEST_CASE("More tokens take longer") {
  for (const KernelEfficiency& kernel : {sharp_kernel(), full_kernel()}) {
    for (const Routing routing : {Routing::balanced, Routing::uniform, Routing::served}) {
      Seconds last;
      for (double tokens = 1; tokens <= 65536; tokens *= 1.3) {
        const Seconds time =
            experts_cost(round_machine(), kernel, deepseek(std::round(tokens), 8, routing)).time;
        CAPTURE(routing, tokens, time / last);
        // To 1.5 %: taller tiles have fewer rows of tile_extra.
        CHECK(time >= 0.985 * last);
        last = max(last, time);
      }
    }
  }
}

TEST_CASE("Rows divided over experts cost no less than the same rows of one") {
  ExpertShape few = deepseek(4096, 1);
  few.routing.replicas = 8;  // every token meets all of them
  CHECK(experts_cost(round_machine(), full_kernel(), few).time <=
        experts_cost(round_machine(), full_kernel(), deepseek(4096, 1)).time);
}

TEST_CASE("Weights stay in the cache between repetitions of a benchmark, not in a server") {
  Machine machine = round_machine();
  machine.cache_capacity = Bytes{1e9};
  const ExpertShape shape = deepseek(1, 1);
  const OpCost served = part_of(machine, sharp_kernel(), shape, ExpertPart::up);
  CHECK(served.memory == part_of(round_machine(), sharp_kernel(), shape, ExpertPart::up).memory);
  machine.timed_alone = true;
  const OpCost alone = part_of(machine, sharp_kernel(), shape, ExpertPart::up);
  // 8 experts of 88 MB fill more than the half in which weights survive.
  CHECK(alone.memory < served.memory);
  CHECK(alone.memory > 0.5 * served.memory);
  machine.cache_capacity = Bytes{1e12};
  CHECK_THAT(part_of(machine, sharp_kernel(), shape, ExpertPart::up).memory / served.memory,
             WithinAbs(0.2, 0.001));
}

TEST_CASE("What one kernel hands to the next is in the cache wherever it fits") {
  Machine machine = round_machine();
  const ExpertShape shape = deepseek(64, 1);
  const OpCost far = part_of(machine, full_kernel(), shape, ExpertPart::activation);
  machine.cache_capacity = Bytes{1e12};
  const OpCost near = part_of(machine, full_kernel(), shape, ExpertPart::activation);
  CHECK_THAT(far.memory / near.on_chip, WithinRel(5.0, 1e-3));
  CHECK(near.activity.memory < 0.01 * far.activity.memory);
}

TEST_CASE("Copies that an all-to-all brought are the only ones passed over") {
  KernelEfficiency kernel = full_kernel();
  kernel.experts.rows = 0;
  ExpertShape shape = deepseek(4096, 8, Routing::balanced);
  const OpCost all = part_of(round_machine(), kernel, shape, ExpertPart::sum);
  shape.sorted = true;
  const OpCost own = part_of(round_machine(), kernel, shape, ExpertPart::sum);
  CHECK_THAT(all.memory / own.memory, WithinRel(8.0, 1e-12));
}

TEST_CASE("An all-to-all that sorts copies and adds them up leaves no moves to the rank") {
  KernelEfficiency kernel = full_kernel();
  kernel.experts.exchange_sorts = 256;
  ExpertShape shape = deepseek(2048, 8);
  const Seconds without = experts_cost(round_machine(), kernel, shape).time;
  CHECK(without == experts_cost(round_machine(), full_kernel(), shape).time);
  shape.sorted = true;
  for (const ExpertPart part : {ExpertPart::permute, ExpertPart::sum}) {
    CHECK(part_of(round_machine(), kernel, shape, part).time == Seconds{});
    CHECK(part_of(round_machine(), full_kernel(), shape, part).time > Seconds{});
    ExpertShape long_prompts = deepseek(2049, 8);
    long_prompts.sorted = true;
    CHECK(part_of(round_machine(), kernel, long_prompts, part).time > Seconds{});
  }
  for (const ExpertPart part : {ExpertPart::up, ExpertPart::activation, ExpertPart::down}) {
    CHECK(part_of(round_machine(), kernel, shape, part).time ==
          part_of(round_machine(), full_kernel(), shape, part).time);
  }
}

TEST_CASE("Kernels that a fit leaves out cost a server their time, and a benchmark none") {
  KernelEfficiency kernel = full_kernel();
  const ExpertShape shape = deepseek(64, 8);
  Machine machine = round_machine();
  const Seconds without = experts_cost(machine, kernel, shape).time;
  kernel.experts.routing = Seconds{7e-6};
  CHECK_THAT((experts_cost(machine, kernel, shape).time - without).base(), WithinRel(7e-6, 1e-9));
  machine.timed_alone = true;
  CHECK(experts_cost(machine, kernel, shape).time == without);
}

TEST_CASE("Without a gate the first product has half the columns") {
  ExpertShape plain = deepseek(64, 1);
  plain.gated = false;
  CHECK(2.0 * weights_of(plain, ExpertPart::up) == weights_of(deepseek(64, 1), ExpertPart::up));
  const auto flops = [](const ExpertShape& shape) {
    return part_of(round_machine(), sharp_kernel(), shape, ExpertPart::up).useful_flops;
  };
  CHECK(2.0 * flops(plain) == flops(deepseek(64, 1)));
}

TEST_CASE("No tokens cost nothing") {
  CHECK(experts_cost(round_machine(), full_kernel(), deepseek(0, 8)).time == Seconds{});
}

}  // namespace
}  // namespace infersim::test
