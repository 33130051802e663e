// What a whole question costs: loading its descriptions, searching every plan, one pinned plan.

#include <benchmark/benchmark.h>

#include "infersim/core/catalog.hpp"
#include "infersim/scenario/evaluate.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/search/planner.hpp"
#include "support/counted_allocations.hpp"

namespace {

using namespace infersim;

Question ask(const char* hw, const char* model) {
  Question question;
  question.hw = hw;
  question.model = model;
  return question;
}

void report_allocations(benchmark::State& state, std::size_t before) {
  state.counters["allocations"] =
      static_cast<double>(test::allocations - before) / static_cast<double>(state.iterations());
}

void load(benchmark::State& state, const char* hw, const char* model) {
  const Catalog catalog;
  const std::size_t before = test::allocations;
  for (auto _ : state)
    benchmark::DoNotOptimize(load_scenario(catalog, ask(hw, model)));
  report_allocations(state, before);
}
BENCHMARK_CAPTURE(load, dsv3_on_ascend910b, "ascend910b", "dsv3")->Unit(benchmark::kMicrosecond);

void search(benchmark::State& state, const Question& question) {
  const Scenario scenario = load_scenario(Catalog(), question);
  std::size_t plans = 0;
  std::size_t batches = 0;
  const std::size_t before = test::allocations;
  for (auto _ : state) {
    const auto answer = find_plan(scenario, 1);  // allocations and plans of one core
    if (!answer) {
      state.SkipWithError(answer.error().reason.c_str());
      return;
    }
    plans = answer->plans_tried;
    batches = answer->batches_tried;
  }
  report_allocations(state, before);
  state.counters["plans"] = static_cast<double>(plans);
  state.counters["batches"] = static_cast<double>(batches);
}

void search_all(benchmark::State& state, const char* hw, const char* model) {
  search(state, ask(hw, model));
}
BENCHMARK_CAPTURE(search_all, dsv3_on_ascend910b, "ascend910b", "dsv3")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_all, llama70b_on_h200, "h200", "llama3.1-70b")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_all, dsv3_on_h200, "h200", "dsv3")->Unit(benchmark::kMillisecond);

/// Replicas of engines within many racks.
void search_fleet(benchmark::State& state) {
  Question question = ask("gb200", "dsr1");
  question.devices = 4096;
  search(state, question);
}
BENCHMARK(search_fleet)->Unit(benchmark::kMillisecond);

/// No plan of any size meets the objective: the nearest miss of all sizes is looked for.
void search_in_vain(benchmark::State& state) {
  Question question = ask("ascend910b", "dsv3");
  question.tpot = Seconds{1e-6};
  search(state, question);
}
BENCHMARK(search_in_vain)->Unit(benchmark::kMillisecond);

void pinned_plan(benchmark::State& state) {
  Question question = ask("ascend910b", "dsv3");
  question.tp = 4;
  question.pp = 1;
  question.dp = 4;
  question.ep = 16;
  question.batch = 40;
  search(state, question);
}
BENCHMARK(pinned_plan)->Unit(benchmark::kMicrosecond);

}  // namespace
