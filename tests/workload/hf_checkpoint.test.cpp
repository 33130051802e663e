#include <string>

#include "infersim/workload/hf_config.hpp"
#include "support/catch.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

std::string config(const std::string& more) {
  return "{\n" + more + R"(
"hidden_size": 64, "vocab_size": 100, "num_hidden_layers": 4, "max_position_embeddings": 128,
"num_attention_heads": 4, "intermediate_size": 256})";
}

ModelSpec read(const std::string& more) { return load_hf_config(config(more), "toy/config.json"); }

std::string quantisation(const std::string& keys) {
  return R"("torch_dtype": "bfloat16", "quantization_config": {)" + keys + "},";
}

std::string faults(const std::string& more) {
  return faults_of([&] { (void)read(more); });
}

}  // namespace

TEST_CASE("the checkpoint's type is that of its quantisation, else of its tensors") {
  const auto type = [](const std::string& more) { return read(more).checkpoint.linear; };
  const auto quantised = [&](const std::string& keys) { return type(quantisation(keys)); };
  CHECK(type(R"("torch_dtype": "float16",)") == NumberType::fp16);
  CHECK(type(R"("dtype": "torch.float32",)") == NumberType::fp32);
  CHECK(quantised(R"("quant_method": "fp8", "fmt": "e4m3")") == NumberType::fp8);
  CHECK(quantised(R"("quant_method": "mxfp4")") == NumberType::fp4);
  CHECK(quantised(R"("quant_method": "modelopt", "quant_algo": "NVFP4")") == NumberType::fp4);
  CHECK(quantised(R"("quant_algo": "FP8")") == NumberType::fp8);
  CHECK(quantised(R"("quant_method": "awq", "bits": 4, "group_size": 128)") == NumberType::int4);
  CHECK(quantised(R"("quant_method": "gptq", "bits": 8)") == NumberType::int8);
  CHECK(quantised(R"("quant_method": "bitsandbytes", "load_in_4bit": true)") == NumberType::int4);
  CHECK(quantised(R"("quant_method": "compressed-tensors", "config_groups":
                  {"group_0": {"weights": {"num_bits": 8, "type": "float"}}})") == NumberType::fp8);
  CHECK(faults(R"("torch_dtype": "float8_e5m2",)") ==
        "toy/config.json:2:16: error: torch_dtype: `float8_e5m2` is not understood\n"
        "  hint: understood are bfloat16, float16, float32 and float8_e4m3fn");
  CHECK(faults(R"("quantization_config": {"quant_method": "aqlm"},)") ==
        "toy/config.json:2:41: error: quantization_config.quant_method: `aqlm` is not understood\n"
        "  hint: understood are fp8, mxfp4, nvfp4, modelopt, awq, gptq, bitsandbytes and "
        "compressed-tensors");
  CHECK(faults(R"("quantization_config": {"quant_method": "gptq", "bits": 3},)") ==
        "toy/config.json:2:57: error: quantization_config.bits: 3 bits; expected 4 or 8");
  CHECK(faults(R"("quantization_config": {"bits": 4},)") ==
        "toy/config.json:2:24: error: quantization_config.quant_method: missing required key");
}

TEST_CASE("a quantisation that leaves out attention is one of the routed experts") {
  const std::string moe = R"("num_local_experts": 8, "num_experts_per_tok": 2,)";
  const auto experts = [&](const std::string& keys) {
    return read(moe + quantisation(R"("quant_method": "mxfp4", )" + keys)).checkpoint.experts;
  };
  const ModelSpec oss = read(moe + quantisation(R"("quant_method": "mxfp4",
      "modules_to_not_convert": ["model.layers.*.self_attn", "lm_head"])"));
  CHECK(oss.checkpoint.linear == NumberType::bf16);
  CHECK(oss.checkpoint.experts == NumberType::fp4);
  CHECK(experts(R"("ignore": ["lm_head", "re:.*self_attn.*"])") == NumberType::fp4);
  CHECK(experts(R"("ignore": ["model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj",
                   "model.layers.2.self_attn.q_proj"])") == NumberType::fp4);
  // Norms, routers and single layers are what most quantisations leave out.
  CHECK_FALSE(experts(R"("ignore": ["model.layers.0.post_attention_layernorm", "mlp.gate",
                         "model.layers.0.self_attn.q_proj", "linear_attn.conv1d"])"));
  // A dense model has no experts that could differ.
  const ModelSpec dense =
      read(quantisation(R"("quant_method": "nvfp4", "ignore": ["*self_attn"])"));
  CHECK(dense.checkpoint.linear == NumberType::fp4);
  CHECK_FALSE(dense.checkpoint.experts);
}
