#include <filesystem>

#include "infersim/phase/analytic_step_model.hpp"
#include "infersim/phase/memory.hpp"
#include "infersim/workload/parameters.hpp"
#include "phase/fixtures.hpp"
#include "support/catch.hpp"

// What holds of every model of the catalogue once it is lowered.

using namespace infersim;
using namespace infersim::test;

namespace {

std::vector<ModelSpec> models() {
  std::vector<ModelSpec> all;
  for (const auto& file :
       std::filesystem::directory_iterator(source_dir() / "workloads" / "models")) {
    all.push_back(catalogue_model(file.path().stem().string()));
  }
  return all;
}

Machine vast_machine() {
  Machine machine = ideal_machine();
  machine.memory_capacity = Bytes{1e15};
  return machine;
}

}  // namespace

TEST_CASE("a rank alone holds all matrices of a model and no more") {
  for (const ModelSpec& model : models()) {
    INFO(model.id);
    const auto ledger = memory_ledger(lower(model, vast_machine(), plan_of(1), precision_of()),
                                      model, precision_of(), MemoryPolicy{});
    REQUIRE(ledger);
    // Norms, biases, sinks and convolutions are no operators' weights: under half a percent.
    const double bytes = 2 * count_parameters(model).total;
    CHECK(ledger->weights.base() <= bytes);
    CHECK_THAT(ledger->weights.base(), WithinRel(bytes, 0.005));
  }
}

TEST_CASE("a token of prefill computes two flops for each parameter that it passes") {
  for (const ModelSpec& model : models()) {
    INFO(model.id);
    const StepTable table = lower(model, vast_machine(), plan_of(1), precision_of());
    // A prompt so short that attention hardly counts, in so many sequences that tiles are full.
    const StepBreakdown step = explain_step(table, StepBatch::prefill(65536, 16));
    double flops = 0;
    for (const OpShare& op : step.ops) {
      if (op.op_class == "attention" || op.op_class == "head") continue;
      flops += op.repeats * op.cost.mean_share * op.cost.useful_flops.base();
    }
    const ModelParameters count = count_parameters(model);
    const double passed = count.active - count.embedding;  // the head sees only the last token
    CHECK_THAT(flops / (65536.0 * 16), WithinRel(2 * passed, 0.02));
  }
}

TEST_CASE("every model decodes, and a longer context never takes less time") {
  for (const ModelSpec& model : models()) {
    INFO(model.id);
    const AnalyticStepModel steps(lower(model, vast_machine(), plan_of(1), precision_of()));
    Seconds before;
    // Chunks are halved in expectation once a sequence is longer than one, so they are left out.
    for (const double context : {100.0, 1000.0, 4000.0, 8000.0}) {
      const Seconds time = steps.step(StepBatch::decode(8, context)).time;
      CHECK(time >= before);
      before = time;
    }
  }
}
