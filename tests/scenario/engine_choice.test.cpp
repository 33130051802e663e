#include "infersim/scenario/engine_choice.hpp"

#include "infersim/scenario/lookup.hpp"
#include "infersim/scenario/options.hpp"
#include "scenario/questions.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

Question on(const std::string& hw, std::optional<EnginePair> engine,
            std::optional<std::string> framework = std::nullopt) {
  Question question = ask(hw, "llama3.2-1b");
  question.engine = engine;
  question.framework = std::move(framework);
  return question;
}

constexpr EnginePair both(EngineKind kind) { return {kind, kind}; }

}  // namespace

TEST_CASE("without a word the device's own engine runs both phases, under what is usual there") {
  const Scenario s = load(ask("snapdragon-8-gen3", "llama3.2-1b"));
  CHECK(s.device.running() == both(EngineKind::npu));
  CHECK(s.framework.id == "genie");
}

TEST_CASE("an engine is asked for by its kind, a pair for prefill and decode") {
  const Scenario gpu = load(on("snapdragon-8-gen3", both(EngineKind::gpu)));
  CHECK(gpu.device.decode_engine().name == "Adreno 750");
  CHECK(gpu.framework.id == "llama.cpp");
  CHECK(gpu.decode_machine.peak[index(NumberType::int8)] == FlopRate{});
  const Scenario pair = load(on("snapdragon-8-gen3", EnginePair{EngineKind::npu, EngineKind::cpu}));
  CHECK(pair.device.prefill_engine().kind == EngineKind::npu);
  CHECK(pair.device.decode_engine().kind == EngineKind::cpu);
  CHECK(name(pair.device.running()) == "npu,cpu");
  CHECK(pair.prefill_machine.vector_peak != pair.decode_machine.vector_peak);
}

TEST_CASE("a framework runs on the first of its kinds of engine that the device has") {
  CHECK(load(on("snapdragon-8-gen3", {}, "llama.cpp")).device.running() == both(EngineKind::gpu));
  CHECK(load(on("snapdragon-8-gen3", {}, "executorch")).device.running() == both(EngineKind::cpu));
  CHECK(load(on("snapdragon-8-gen3", {}, "genie")).device.running() == both(EngineKind::npu));
  CHECK(load(on("m4-max", {}, "mlx")).device.running() == both(EngineKind::gpu));
  CHECK(load(on("m4-max", {}, "ollama")).framework.id == "llama.cpp");
  CHECK(load(on("rtx-4090", {}, "lm-studio")).framework.id == "llama.cpp");
}

TEST_CASE("an engine that a device lacks is a fault that lists those it has") {
  const std::vector<Diagnostic> faults = faults_of_question(on("rtx-4090", both(EngineKind::npu)));
  REQUIRE(faults.size() == 1);
  CHECK_THAT(faults.front().message,
             ContainsSubstring("--engine npu") && ContainsSubstring("has none"));
  CHECK_THAT(faults.front().hint, ContainsSubstring("gpu ("));
}

TEST_CASE("an engine that a framework does not run on is a fault, asked for or not") {
  CHECK_THAT(messages(on("m4-max", both(EngineKind::npu), "mlx")).front(),
             ContainsSubstring("--engine npu: MLX does not run on one"));
  CHECK_THAT(messages(on("rtx-4090", {}, "fastflowlm")).front(),
             ContainsSubstring("runs on npu alone") && ContainsSubstring("gpu ("));
}

TEST_CASE("what is described of an engine's kind stands before the class's") {
  const Catalog catalog;
  const Device phone = find_hardware(catalog, "snapdragon-8-gen3").device;
  const auto gemm_on = [&](EngineKind kind) {
    return find_efficiency(catalog, phone, "", kind).kernel(KernelClass::gemm, KernelFormat::int4);
  };
  const KernelEfficiency own =
      find_efficiency(catalog, phone).kernel(KernelClass::gemm, KernelFormat::int4);
  CHECK(gemm_on(EngineKind::npu) == own);
  CHECK_FALSE(gemm_on(EngineKind::gpu) == own);
  CHECK_FALSE(gemm_on(EngineKind::cpu) == gemm_on(EngineKind::gpu));
  CHECK(find_efficiency(catalog, phone, "executorch", EngineKind::cpu)
            .kernel(KernelClass::gemm, KernelFormat::int4)
            .bandwidth > gemm_on(EngineKind::cpu).bandwidth);
}

TEST_CASE("words that are no engine are refused") {
  Question question;
  for (const QuestionOption& option : question_options()) {
    if (option.name != "--engine") continue;
    for (const char* text : {"", "tpu", "npu,", "npu,cpu,gpu", ",cpu"}) {
      INFO(text);
      Diagnostics faults;
      option.set(question, option.name, text, faults);
      CHECK_FALSE(faults.empty());
    }
    Diagnostics faults;
    option.set(question, option.name, "npu,cpu", faults);
    CHECK(faults.empty());
  }
  CHECK(question.engine == EnginePair{EngineKind::npu, EngineKind::cpu});
}
