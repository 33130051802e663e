#include "infersim/phase/precision.hpp"

#include "phase/fixtures.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

PrecisionPlan chosen(const std::string& device_id, const std::string& model,
                     const std::optional<WeightChoice>& asked = {},
                     std::optional<NumberType> kv = {}) {
  return choose_precision(device(device_id), catalogue_model(model), asked, kv);
}

}  // namespace

TEST_CASE("an FP8 checkpoint runs as it is where FP8 units are") {
  for (const char* id : {"h200", "h100", "h800", "b200", "mi300x", "mi355x"}) {
    const PrecisionPlan plan = chosen(id, "deepseek-v3");
    CAPTURE(id);
    CHECK(plan.weights == NumberType::fp8);
    CHECK(plan.compute == NumberType::fp8);
    CHECK_THAT(plan.reason, ContainsSubstring("checkpoint's own"));
  }
}

TEST_CASE("an FP8 checkpoint runs in INT8 on a chip without FP8, which is said") {
  for (const char* id : {"ascend910b", "ascend910c"}) {
    const PrecisionPlan plan = chosen(id, "deepseek-v3");
    CAPTURE(id);
    CHECK(plan.weights == NumberType::int8);
    CHECK(plan.compute == NumberType::int8);
    CHECK(plan.exchanged == NumberType::int8);
    CHECK_THAT(plan.reason, ContainsSubstring("no fp8") && ContainsSubstring("int8"));
  }
}

TEST_CASE("a BF16 checkpoint runs in BF16 in datacentres") {
  for (const char* id : {"ascend910b", "h200", "mi300x"}) {
    CHECK(chosen(id, "llama3.1-70b").weights == NumberType::bf16);
  }
}

TEST_CASE("phones and PCs take 4-bit weights and say why") {
  for (const char* id : {"snapdragon-8-gen3", "dimensity-9300", "m3-max"}) {
    const PrecisionPlan plan = chosen(id, "llama2-7b");
    CAPTURE(id);
    CHECK(plan.weights == NumberType::int4);
    CHECK(width(plan.compute) == 16);  // weights alone are narrow
    CHECK(plan.head == NumberType::int8);
    CHECK_THAT(plan.reason, ContainsSubstring("by default"));
  }
}

TEST_CASE("integer weights of small devices take the head with them") {
  CHECK(chosen("m4-max", "qwen3-0.6b", NumberType::int8).head == NumberType::int8);
  CHECK(width(chosen("m4-max", "qwen3-0.6b", NumberType::fp16).head) == 16);
  CHECK(chosen("h200", "llama3.1-8b", NumberType::int8).head == NumberType::bf16);
  const Device mac = device("m4-max");
  const ModelSpec model = catalogue_model("llama3.2-1b");
  const auto with_framework = [&](NumberType asked) {
    return choose_precision(mac, model, asked, {}, {}, true).head;
  };
  CHECK(with_framework(NumberType::int4) == NumberType::int4);
  CHECK(with_framework(NumberType::int8) == NumberType::int8);
  CHECK(width(with_framework(NumberType::fp16)) == 16);
}

TEST_CASE("what is asked for comes before every default") {
  CHECK(chosen("snapdragon-8-gen3", "llama2-7b", NumberType::int8).weights == NumberType::int8);
  CHECK(chosen("h200", "deepseek-v3", NumberType::bf16).weights == NumberType::bf16);
}

TEST_CASE("4-bit weights run on any chip, expanded to 16 bits") {
  const PrecisionPlan plan = chosen("ascend910b", "llama3.1-70b", NumberType::int4);
  CHECK(plan.weights == NumberType::int4);
  CHECK(plan.compute == NumberType::bf16);
  CHECK_THAT(plan.reason, ContainsSubstring("weights only"));
}

TEST_CASE("FP8 asked for on a chip without it is refused, naming what runs") {
  try {
    chosen("ascend910b", "deepseek-v3", NumberType::fp8);
    FAIL("was not refused");
  } catch (const InputError& error) {
    REQUIRE(error.faults().size() == 1);
    const Diagnostic& fault = error.faults().front();
    CHECK(fault.message == "--dtype fp8: Huawei Ascend 910B2 does not compute in it");
    CHECK(fault.hint == "it runs fp32, bf16, fp16, int8, fp4, int4");
  }
}

TEST_CASE("KV cache is kept in 16 bits unless asked otherwise") {
  CHECK(chosen("h200", "deepseek-v3").kv == NumberType::bf16);
  CHECK(chosen("h200", "deepseek-v3", {}, NumberType::fp8).kv == NumberType::fp8);
  CHECK(chosen("ascend910b", "deepseek-v3", {}, NumberType::int8).kv == NumberType::int8);
}

TEST_CASE("attention, activations and head stay in 16 bits where weights have 8") {
  const PrecisionPlan plan = chosen("h200", "deepseek-v3");
  CHECK(plan.attention == NumberType::bf16);
  CHECK(plan.activations == NumberType::bf16);
  CHECK(plan.head == NumberType::bf16);
}

TEST_CASE("a chip without BF16 takes FP16 for a BF16 checkpoint") {
  Device chip = device("h200");
  chip.engines.front().dense_peak[index(NumberType::bf16)] = FlopRate{};
  const PrecisionPlan plan = choose_precision(chip, catalogue_model("llama3.1-8b"), {}, {});
  CHECK(plan.weights == NumberType::fp16);
  CHECK(plan.activations == NumberType::fp16);
}

TEST_CASE("a chip without any type of the checkpoint's width takes 16 bits") {
  Device chip = device("ascend910b");
  chip.engines.front().dense_peak[index(NumberType::int8)] = FlopRate{};
  const PrecisionPlan plan = choose_precision(chip, catalogue_model("deepseek-v3"), {}, {});
  CHECK(plan.weights == NumberType::bf16);
  CHECK_THAT(plan.reason, ContainsSubstring("no 8-bit type"));
}

TEST_CASE("experts with a number type of their own keep it, the rest of the model its own") {
  const PrecisionPlan blackwell = chosen("b200", "gpt-oss-120b");
  CHECK(blackwell.weights == NumberType::bf16);
  CHECK(blackwell.experts == NumberType::fp4);
  CHECK(blackwell.expert_compute == NumberType::fp8);  // activations keep 8 bits
  const PrecisionPlan hopper = chosen("h200", "gpt-oss-120b");
  CHECK(hopper.experts == NumberType::fp4);
  CHECK(hopper.expert_compute == NumberType::bf16);  // weights alone are narrow
  CHECK_THAT(hopper.reason, ContainsSubstring("experts fp4"));
  const PrecisionPlan asked = chosen("h200", "gpt-oss-120b", NumberType::fp8);
  CHECK(asked.weights == NumberType::fp8);
  CHECK(asked.experts == NumberType::fp8);
}

TEST_CASE("4-bit integers are expanded also where a chip could multiply them") {
  const PrecisionPlan plan = chosen("a100-sxm", "llama3.1-8b", NumberType::int4);
  CHECK(plan.weights == NumberType::int4);
  CHECK(plan.compute == NumberType::bf16);
}

TEST_CASE("a 4-bit checkpoint with routed experts keeps attention's projections in 16 bits") {
  const PrecisionPlan moe = chosen("b200", "deepseek-v3", NumberType::fp4);
  CHECK(moe.experts == NumberType::fp4);
  CHECK(moe.weights == NumberType::fp4);
  CHECK(moe.projections == NumberType::bf16);
  CHECK(moe.projection_compute == NumberType::bf16);
  CHECK(moe.head == NumberType::bf16);
  const PrecisionPlan dense = chosen("b200", "llama3.1-70b", NumberType::fp4);
  CHECK(dense.projections == NumberType::fp4);
  const PrecisionPlan whole = chosen("b200", "deepseek-v3");
  CHECK(whole.projections == NumberType::fp8);
}

TEST_CASE("on small devices 4-bit weights are those of every layer, with experts or without") {
  const PrecisionPlan plan = chosen("ryzen-ai-max-395", "qwen3-30b-a3b");
  CHECK(plan.weights == NumberType::int4);
  CHECK(plan.experts == NumberType::int4);
  CHECK(plan.projections == NumberType::int4);
  CHECK(plan.head == NumberType::int8);
}

TEST_CASE("a format asked for is run as if the checkpoint were stored in it") {
  const PrecisionPlan plan = chosen("m3-max", "llama3.1-8b", parse_weights("q4_k_m"));
  CHECK(plan.format == "q4_k_m");
  CHECK(plan.weights == NumberType::int4);
  CHECK(width(plan.compute) == 16);
  CHECK(plan.head == NumberType::int8);
  CHECK(plan.bits.head == 6.5625);
  CHECK(plan.bits.linear > 4.5);
  CHECK(plan.router == plan.activations);
  CHECK_THAT(plan.reason, ContainsSubstring("asked for"));
  // Eight bits with a scale for each 32 are expanded, on chips with units for them too.
  const PrecisionPlan eight = chosen("h200", "llama3.1-8b", parse_weights("q8_0"));
  CHECK(eight.weights == NumberType::int8);
  CHECK(eight.compute == NumberType::bf16);
  CHECK(eight.bits.linear == 8.5);
  CHECK(chosen("h200", "llama3.1-8b", NumberType::int8).compute == NumberType::int8);
}

TEST_CASE("a file's own format goes before a class's default, and a type asked for before it") {
  ModelSpec model = catalogue_model("llama3.1-8b");
  model.checkpoint = stored_as(model, {"q8_0"});
  const PrecisionPlan plan = choose_precision(device("m3-max"), model, {}, {});
  CHECK(plan.format == "q8_0");
  CHECK(plan.weights == NumberType::int8);
  CHECK_THAT(plan.reason, ContainsSubstring("checkpoint's own"));
  const PrecisionPlan asked = choose_precision(device("m3-max"), model, NumberType::fp16, {});
  CHECK(asked.format.empty());
  CHECK(asked.bits == WeightBits{});
  CHECK(asked.weights == NumberType::fp16);
}

TEST_CASE("parts of a checkpoint keep their types where its own are run") {
  ModelSpec model = catalogue_model("llama3.1-8b");
  model.checkpoint.linear = NumberType::fp4;
  model.checkpoint.projections = NumberType::fp8;
  model.checkpoint.head = NumberType::fp8;
  model.checkpoint.kv = NumberType::fp8;
  const PrecisionPlan plan = choose_precision(device("b200"), model, {}, {});
  CHECK(plan.weights == NumberType::fp4);
  CHECK(plan.projections == NumberType::fp8);
  CHECK(plan.projection_compute == NumberType::fp8);
  CHECK(plan.head == NumberType::fp8);
  CHECK(plan.kv == NumberType::fp8);
  CHECK_THAT(plan.reason, ContainsSubstring("projections fp8"));
  const PrecisionPlan asked =
      choose_precision(device("b200"), model, NumberType::bf16, NumberType::bf16);
  CHECK(asked.projections == NumberType::bf16);
  CHECK(asked.head == NumberType::bf16);
  CHECK(asked.kv == NumberType::bf16);
}

TEST_CASE("weights that are made to be expanded are so where a chip could multiply them") {
  ModelSpec model = catalogue_model("llama3.1-8b");
  model.checkpoint.linear = NumberType::fp4;
  CHECK(choose_precision(device("b200"), model, {}, {}).compute == NumberType::fp4);
  model.checkpoint.weight_only = NumberType::fp4;
  const PrecisionPlan plan = choose_precision(device("b200"), model, {}, {});
  CHECK(plan.weights == NumberType::fp4);
  CHECK(width(plan.compute) == 16);
  CHECK_THAT(plan.reason, ContainsSubstring("weights only"));
}
