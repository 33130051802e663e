#include "infersim/scenario/scope.hpp"

#include <algorithm>

#include "infersim/scenario/evaluate.hpp"
#include "scenario/questions.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

Evaluation answer(const Question& question, int tp) {
  const Scenario scenario = load(question);
  ParallelPlan plan;
  plan.tp = tp * scenario.device.ranks;
  plan.ranks_per_device = scenario.device.ranks;
  const auto evaluation = evaluate(scenario, plan, 1);
  REQUIRE(evaluation.has_value());
  return *evaluation;
}

Scope scope(const std::string& hw, const std::string& model, const std::string& framework = "",
            int tp = 8) {
  Question question = ask(hw, model);
  if (!framework.empty()) question.framework = framework;
  return answer(question, tp).accuracy.scope;
}

bool extrapolates(const Scope& scope, const std::string& what, const std::string& from,
                  const std::string& part_of_why = "") {
  return std::any_of(scope.extrapolations.begin(), scope.extrapolations.end(),
                     [&](const Extrapolation& each) {
                       return each.what == what && each.from == from &&
                              each.why.find(part_of_why) != std::string::npos;
                     });
}

TEST_CASE("A chip and a model among the measured points are fitted, another model is not") {
  CHECK(scope("b200", "llama3.1-70b", "vllm").regime == Regime::fitted);
  CHECK(scope("b200", "mixtral-8x7b", "vllm").regime == Regime::model);
  // The shapes of the measured Llama 3.1 70B under another name; of Llama 3 8B, but in BF16.
  CHECK(scope("b200", "llama3.3-70b", "vllm").regime == Regime::fitted);
  CHECK(scope("b200", "llama3-8b", "vllm").regime == Regime::model);
  CHECK(extrapolates(scope("mi355x", "llama3.1-70b", "sglang"), "kernels", "aiter"));
}

TEST_CASE("A chip is softer the less of it was measured") {
  const std::string model = "llama3.1-70b";
  CHECK(scope("h800", model, "vllm").regime == Regime::chip);
  CHECK(scope("rtx-pro-6000-server", model, "vllm").regime == Regime::inherited);
  CHECK(scope("tpu-v7", model).regime == Regime::inherited);
  CHECK(scope("3d-dram-npu", "llama3.1-8b").regime == Regime::concept_chip);
}

TEST_CASE("Kernels of another framework, family or class are told") {
  const Scope latent = scope("b200", "dsv3", "vllm");
  CHECK(extrapolates(latent, "kernels", "trtllm", "mla_decode"));
  CHECK_FALSE(extrapolates(scope("b200", "dsv3", "trtllm"), "kernels", "trtllm"));
  CHECK(extrapolates(scope("tpu-v7", "llama3.1-70b"), "kernels", "class datacenter",
                     "attention_decode"));
  CHECK(extrapolates(scope("tpu-v7", "llama3.1-70b"), "kernels", "tpu", "estimate"));
  CHECK(extrapolates(scope("tpu-v7", "llama3.1-70b"), "links", "class datacenter"));
  const Scope joined = scope("rtx-pro-6000-server", "llama3.1-70b", "vllm");
  CHECK(extrapolates(joined, "kernels", "ada-vllm", "stand for its own"));
}

TEST_CASE("Lengths beyond the measured points are told, those within are not") {
  Question question = ask("h200", "llama3.1-70b");
  question.framework = "vllm";
  const auto shapes = [&] {
    const Scope scope = answer(question, 8).accuracy.scope;
    return std::count_if(scope.extrapolations.begin(), scope.extrapolations.end(),
                         [](const Extrapolation& each) { return each.what == "shape"; });
  };
  CHECK(shapes() == 0);
  question.isl = 100'000;
  CHECK(shapes() == 1);
}

TEST_CASE("A phase alone is not what servers were measured doing") {
  Question question = ask("h200", "llama3.1-70b");
  question.phase = PhaseChoice::decode;
  CHECK(extrapolates(answer(question, 8).accuracy.scope, "service", "prefill and decode together"));
}

TEST_CASE("Nothing falls back silently: what is not of the chip's own family is in the scope") {
  const Catalog catalog;
  int chips = 0;
  for (const std::string& id : catalog.ids(DescriptionKind::device)) {
    const Device device = find_hardware(catalog, id).device;
    if (device.device_class != DeviceClass::datacenter || device.is_concept) continue;
    INFO(id);
    const Scenario scenario = load(ask(id, "llama3.2-1b"));
    ParallelPlan plan;
    plan.tp = device.ranks;
    plan.ranks_per_device = device.ranks;
    const auto prepared = assemble(scenario.workload(), scenario.pool(plan));
    if (!prepared) continue;  // does not fit on one
    ++chips;
    const Scope scope = evaluate(scenario, plan, 1)->accuracy.scope;
    const Efficiency& efficiency = scenario.decode_machine.efficiency;
    const auto kernels = kernels_in_use(prepared->prefill.table(), prepared->decode.table());
    REQUIRE(kernels.size() > 3);
    for (const KernelId kernel : kernels) {
      const KernelScope& from = efficiency.origin(kernel);
      INFO(name(kernel.kernel) << " from " << from.file);
      REQUIRE_FALSE(from.file.empty());
      if (from.family == device.family) continue;
      const std::string file = from.family.empty() ? "class " + from.file : from.file;
      CHECK(extrapolates(scope, "kernels", file, std::string(name(kernel.kernel))));
    }
  }
  CHECK(chips > 30);
}

}  // namespace
}  // namespace infersim::test
