// What one evaluation of a decode step costs: DeepSeek-V3 on 16 x Ascend 910B, tp 4, dp 4, ep 16.

#include <benchmark/benchmark.h>

#include "infersim/core/catalog.hpp"
#include "infersim/phase/analytic_step_model.hpp"
#include "infersim/scenario/scenario.hpp"
#include "support/counted_allocations.hpp"

namespace {

using namespace infersim;

constexpr double sequences = 32;
constexpr double context = 4500;

Scenario deepseek_on_910b() {
  Question question;
  question.hw = "ascend910b";
  question.model = "dsv3";
  return load_scenario(Catalog(), question);
}

ParallelPlan sixteen_ranks(int microbatches = 1) {
  ParallelPlan plan;
  plan.tp = 4;
  plan.dp = 4;
  plan.ep = 16;
  plan.microbatches = microbatches;
  return plan;
}

StepTable table_of(const Scenario& scenario, const ParallelPlan& plan) {
  return lower(scenario.model, scenario.decode_machine, plan, scenario.precision);
}

/// Allocations of one turn of the loop.
void report_allocations(benchmark::State& state, std::size_t before) {
  state.counters["allocations"] =
      static_cast<double>(test::allocations - before) / static_cast<double>(state.iterations());
}

void new_context(benchmark::State& state) {
  const Scenario scenario = deepseek_on_910b();
  const StepTable table = table_of(scenario, sixteen_ranks(static_cast<int>(state.range(0))));
  LoweredBatch batch(table);
  batch.lower(StepBatch::decode(sequences, context));
  double sum = sequences * context;
  const std::size_t before = test::allocations;
  for (auto _ : state) {
    sum += 1.0;
    benchmark::DoNotOptimize(batch.at_context(sum));
  }
  report_allocations(state, before);
}
BENCHMARK(new_context)->Name("step cost, new context")->Arg(1)->Arg(2)->ArgName("microbatches");

void new_batch(benchmark::State& state) {
  const Scenario scenario = deepseek_on_910b();
  const StepTable table = table_of(scenario, sixteen_ranks(static_cast<int>(state.range(0))));
  LoweredBatch batch(table);
  double count = 0.0;
  const std::size_t before = test::allocations;
  for (auto _ : state) {
    count = count < 256.0 ? count + 1.0 : 1.0;
    batch.lower(StepBatch::decode(count, context));
    benchmark::DoNotOptimize(batch.cost());
  }
  report_allocations(state, before);
}
BENCHMARK(new_batch)->Name("step cost, new batch")->Arg(1)->Arg(2)->ArgName("microbatches");

void new_plan(benchmark::State& state) {
  const Scenario scenario = deepseek_on_910b();
  const std::size_t before = test::allocations;
  for (auto _ : state)
    benchmark::DoNotOptimize(table_of(scenario, sixteen_ranks()));
  report_allocations(state, before);
}
BENCHMARK(new_plan)->Name("lowering a plan")->Unit(benchmark::kMicrosecond);

}  // namespace
