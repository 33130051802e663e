#include "infersim/phase/parallel_plan.hpp"

#include "phase/fixtures.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

ParallelPlan on_dies(ParallelPlan plan) {
  plan.ranks_per_device = 2;
  return plan;
}

std::string refusal(const std::string& model, const ParallelPlan& plan) {
  const auto ok = check_plan(catalogue_model(model), plan);
  return ok ? std::string() : ok.error().reason;
}

}  // namespace

TEST_CASE("ranks are the product of tp, pp and dp, and devices hold so many") {
  const ParallelPlan plan = on_dies(plan_of(4, 8, 8, 2));
  CHECK(plan.ranks() == 64);
  CHECK(plan.devices() == 32);
}

TEST_CASE("experts are sliced over the ranks that ep leaves") {
  CHECK(plan_of(4, 8, 8).expert_slices() == 4);
  CHECK(plan_of(4, 8, 32).expert_slices() == 1);
}

TEST_CASE("the dies of CloudMatrix384 count as data parallelism where tp is 1") {
  const ParallelPlan plan = on_dies(plan_of(1, 320, 320));
  CHECK(plan.devices() == 160);
  CHECK(plan.device_tp() == 1);
  CHECK(plan.device_dp() == 160);
}

TEST_CASE("the dies of a device count as tensor parallelism where tp is wide enough") {
  const ParallelPlan plan = on_dies(plan_of(8, 4, 1, 2));
  CHECK(plan.device_tp() == 4);
  CHECK(plan.device_dp() == 4);
  CHECK(plan.device_tp() * plan.pp * plan.device_dp() == plan.devices());
}

TEST_CASE("each accepted draft token makes the next possible") {
  ParallelPlan plan;
  CHECK(plan.tokens_per_step() == 1.0);
  plan.mtp = 1;
  plan.acceptance = 0.7;
  CHECK_THAT(plan.tokens_per_step(), WithinAbs(1.7, 1e-12));
  plan.mtp = 3;
  CHECK_THAT(plan.tokens_per_step(), WithinAbs(1 + 0.7 + 0.49 + 0.343, 1e-12));
}

TEST_CASE("heads have to divide over tp") {
  CHECK(refusal("llama3.1-8b", plan_of(8)).empty());
  CHECK(refusal("llama3.1-8b", plan_of(3)) == "32 attention heads do not divide over tp 3");
}

TEST_CASE("key-value heads may be repeated, but evenly") {
  // Qwen3-30B-A3B: 32 heads, 4 key-value heads
  CHECK(refusal("qwen3-30b-a3b", plan_of(8)).empty());
  ModelSpec model = catalogue_model("llama3.1-8b");
  std::get<GroupedQueryAttention>(model.layers.front().attention).kv_heads = 6;
  CHECK_FALSE(check_plan(model, plan_of(4)));
}

TEST_CASE("one copy of a model stays within the links where no network joins domains") {
  Fabric fabric;
  fabric.domain = 8;
  const ModelSpec dense = catalogue_model("llama3.1-8b");
  CHECK(check_reach(dense, plan_of(8), fabric));
  CHECK(check_reach(dense, plan_of(8, 4), fabric));  // copies do not talk to each other
  CHECK_FALSE(check_reach(dense, plan_of(8, 1, 1, 2), fabric));
  const auto experts = check_reach(catalogue_model("deepseek-v3"), plan_of(8, 4), fabric);
  REQUIRE_FALSE(experts);
  CHECK_THAT(experts.error().reason, ContainsSubstring("32 devices would have to exchange data"));
  fabric.scale_out = 50.0_GBps;
  CHECK(check_reach(dense, plan_of(16), fabric));
}

TEST_CASE("stages need a layer each") {
  CHECK(refusal("llama3.1-8b", plan_of(1, 1, 1, 32)).empty());
  CHECK(refusal("llama3.1-8b", plan_of(1, 1, 1, 33)) == "32 layers cannot fill pp 33");
}

TEST_CASE("ep has to divide the ranks of a stage") {
  CHECK(refusal("deepseek-v3", plan_of(2, 4, 8)).empty());
  CHECK(refusal("deepseek-v3", plan_of(2, 4, 3)) == "ep 3 does not divide the 8 ranks of a stage");
}

TEST_CASE("every rank of an expert group needs an expert") {
  ParallelPlan plan = plan_of(1, 320, 320);
  CHECK(refusal("deepseek-v3", plan) == "256 experts with 0 redundant copies cannot fill ep 320");
  plan.redundant_experts = 64;
  CHECK(refusal("deepseek-v3", plan).empty());
}

TEST_CASE("devices are used whole") {
  CHECK(refusal("llama3.1-8b", on_dies(plan_of(1))) == "1 ranks are not whole devices of 2");
}
