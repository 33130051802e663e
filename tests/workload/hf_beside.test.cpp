#include <optional>
#include <string>

#include "infersim/workload/hf_config.hpp"
#include "support/catch.hpp"
#include "workload/hf_texts.hpp"
#include "workload/models.hpp"

// Files that lie beside a configuration: how its weights are quantised, and how many bytes they
// are.
using namespace infersim;
using namespace infersim::test;

namespace {

constexpr const char* quantisation_path = "toy/hf_quant_config.json";
constexpr const char* index_path = "toy/model.safetensors.index.json";

const std::string moe = R"("num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
"shared_expert_intermediate_size": 16,)";

ModelSpec read_beside(const std::string& json, const std::string& text) {
  return load_hf_config(json, "toy/config.json", {}, {HfFile{quantisation_path, text}, {}});
}

/// With the object that ModelOpt writes, of `keys`.
ModelSpec read_quantised(const std::string& json, const std::string& keys) {
  return read_beside(json, R"({"producer": {"name": "modelopt", "version": "0.29.0"},
"quantization": {)" + keys + "}}");
}

Checkpoint checkpoint(const std::string& keys) {
  return read_quantised(dense(moe), keys).checkpoint;
}

/// All linear layers in one type, and what `change` says.
template <class Change>
Checkpoint stored(NumberType linear, const Change& change) {
  Checkpoint checkpoint;
  checkpoint.linear = linear;
  change(checkpoint);
  return checkpoint;
}

Checkpoint stored(NumberType linear) {
  return stored(linear, [](Checkpoint&) {});
}

std::string faults_beside(const std::string& text) {
  return faults_of([&] { (void)read_beside(dense(moe), text); });
}

ModelSpec read_indexed(const std::string& text) {
  return load_hf_config(dense(), "toy/config.json", {}, {{}, HfFile{index_path, text}});
}

}  // namespace

TEST_CASE("ModelOpt's file says how all weights are stored") {
  const Checkpoint fp8 = checkpoint(R"("quant_algo": "FP8", "kv_cache_quant_algo": "FP8",
                                       "exclude_modules": ["lm_head"])");
  CHECK(fp8 == stored(NumberType::fp8, [](Checkpoint& c) { c.kv = NumberType::fp8; }));
  const Checkpoint fp4 = checkpoint(R"("quant_algo": "NVFP4", "group_size": 16,
                                       "kv_cache_quant_algo": null)");
  CHECK(fp4 == stored(NumberType::fp4));
  CHECK(checkpoint(R"("quant_algo": "W4A16_AWQ", "has_zero_point": false,
                      "pre_quant_scale": true)") == stored(NumberType::int4));
  CHECK(checkpoint(R"("quant_algo": "W4A16_NVFP4")") ==
        stored(NumberType::fp4, [](Checkpoint& c) { c.weight_only = NumberType::fp4; }));
  CHECK(checkpoint(R"("quant_algo": "FP8_PB_WO")").block_scales);
  CHECK(checkpoint(R"("quant_algo": null, "kv_cache_quant_algo": "NVFP4")") ==
        stored(NumberType::bf16, [](Checkpoint& c) { c.kv = NumberType::fp4; }));
}

TEST_CASE("modules that are left out stay as they were") {
  const auto without = [](const std::string& names) {
    return checkpoint(R"("quant_algo": "NVFP4", "exclude_modules": [)" + names + "]");
  };
  // Attention of all layers, by a pattern or layer by layer (3 of 4 are most of them).
  for (const char* names : {R"("*self_attn*")", R"("model.layers.*.self_attn")",
                            R"("model.layers.0.self_attn*", "model.layers.1.self_attn*",
                               "model.layers.2.self_attn*")"}) {
    INFO(names);
    CHECK(without(names) ==
          stored(NumberType::fp4, [](Checkpoint& c) { c.projections = NumberType::bf16; }));
  }
  CHECK(without(R"("*self_attn*", "*shared_expert*")") ==
        stored(NumberType::bf16, [](Checkpoint& c) { c.experts = NumberType::fp4; }));
  // One layer, routers and the head are next to nothing.
  CHECK(without(R"("model.layers.0.self_attn*", "*.mlp.gate", "lm_head")") ==
        stored(NumberType::fp4));
}

TEST_CASE("mixed precision is by the modules that it names") {
  const std::string mixed = R"("quant_algo": "MIXED_PRECISION", "kv_cache_quant_algo": "FP8",
"quantized_layers": {
  "model.layers.0.self_attn.q_proj": {"quant_algo": "FP8"},
  "model.layers.0.self_attn.o_proj": {"quant_algo": "FP8"},
  "model.layers.0.mlp.experts.0.up_proj": {"quant_algo": "NVFP4", "group_size": 16},
  "model.layers.0.mlp.experts.0.down_proj": {"quant_algo": "NVFP4", "group_size": 16},
  "model.layers.1.mlp.experts.0.down_proj": {"quant_algo": "FP8"},
  "model.layers.0.mlp.shared_expert.up_proj": {"quant_algo": "FP8"},
  "lm_head": {"quant_algo": "NVFP4", "group_size": 16}})";
  const Checkpoint expected = stored(NumberType::fp8, [](Checkpoint& c) {
    c.experts = NumberType::fp4;
    c.head = NumberType::fp4;
    c.kv = NumberType::fp8;
  });
  CHECK(checkpoint(mixed) == expected);
  // The same inside the configuration.
  CHECK(read(dense(moe + R"("quantization_config": {"quant_method": "modelopt", )" + mixed + "},"))
            .checkpoint == expected);
  // What no name says is in 16 bits.
  const Checkpoint experts_alone = checkpoint(R"("quant_algo": "MIXED_PRECISION",
"quantized_layers": {"model.layers.0.mlp.experts.0.up_proj": {"quant_algo": "W4A16_AWQ"}})");
  CHECK(experts_alone ==
        stored(NumberType::bf16, [](Checkpoint& c) { c.experts = NumberType::int4; }));
}

TEST_CASE("what the configuration says of its weights goes before the file") {
  const ModelSpec model = read_quantised(
      dense(R"("quantization_config": {"quant_method": "modelopt", "quant_algo": "FP8"},)"),
      R"("quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8")");
  CHECK(model.checkpoint.linear == NumberType::fp8);
  CHECK(model.checkpoint.kv == NumberType::fp8);
}

TEST_CASE("a file of quantisation that is not understood is a fault at its place") {
  CHECK(faults_beside("{").starts_with("toy/hf_quant_config.json:1:"));
  CHECK(faults_beside("{}") ==
        "toy/hf_quant_config.json: error: quantization: missing required key");
  CHECK(faults_beside(R"({"quantization": {"quant_algo": "Q9"}})") ==
        "toy/hf_quant_config.json:1:33: error: quantization.quant_algo: `Q9` is not understood\n"
        "  hint: understood are FP8, NVFP4, MXFP4, INT8, W4A16, W4A16_AWQ, W4A8_AWQ, W8A16, "
        "MIXED_PRECISION and their kinds");
  CHECK_THAT(faults_beside(R"({"quantization": {"quant_algo": "FP8",
"kv_cache_quant_algo": "FP6"}})"),
             ContainsSubstring("toy/hf_quant_config.json:2:24: error: "
                               "quantization.kv_cache_quant_algo: `FP6` is not understood"));
  CHECK_THAT(faults_beside(R"({"quantization": {"quant_algo": "MIXED_PRECISION"}})"),
             ContainsSubstring("quantization.quantized_layers: missing required key"));
  CHECK_THAT(faults_beside(R"({"quantization": {"quant_algo": "MIXED_PRECISION",
"quantized_layers": {"model.layers.0.mlp.up_proj": {"quant_algo": "FP3"}}}})"),
             ContainsSubstring("toy/hf_quant_config.json:2:67: error: "
                               "quantization.quantized_layers.`model.layers.0.mlp.up_proj`."
                               "quant_algo: `FP3` is not understood"));
  CHECK_THAT(faults_beside(R"({"quantization": {"quant_algo": "FP8", "exclude_modules": "head"}})"),
             ContainsSubstring("quantization.exclude_modules: expected an array"));
}

TEST_CASE("groups of compressed-tensors may have formats of their own") {
  const auto groups = [](const std::string& text) {
    return read(dense(moe + R"("quantization_config": {"quant_method": "compressed-tensors",
        "config_groups": {)" +
                      text + "}},"))
        .checkpoint;
  };
  const Checkpoint mixed = groups(R"("group_0": {"targets": ["re:.*self_attn.*"],
          "weights": {"num_bits": 8, "type": "float", "strategy": "block"},
          "input_activations": {"num_bits": 8}},
      "group_1": {"targets": ["re:.*mlp.experts.*"], "weights": {"num_bits": 4, "type": "float"},
          "input_activations": {"num_bits": 4}})");
  CHECK(mixed == stored(NumberType::bf16, [](Checkpoint& c) {
          c.block_scales = true;
          c.experts = NumberType::fp4;
          c.projections = NumberType::fp8;
        }));
  const Checkpoint all = groups(R"("group_0": {"targets": ["Linear"],
          "weights": {"num_bits": 8, "type": "int"}})");
  CHECK(all == stored(NumberType::int8, [](Checkpoint& c) { c.weight_only = NumberType::int8; }));
  CHECK_THAT(faults_of([&] {
               (void)groups(R"("group_0": {"targets": ["Linear"],
          "weights": {"num_bits": 3}})");
             }),
             ContainsSubstring("weights.num_bits: 3 bits; expected 4 or 8"));
}

TEST_CASE("the index says the bytes of the weights") {
  CHECK(read_indexed(R"({"metadata": {"total_size": 123456}, "weight_map": {"a": "b"}})")
            .checkpoint.bytes == 123456);
  CHECK(read_indexed(R"({"metadata": {"total_size": 1.5e9}, "weight_map": {}})").checkpoint.bytes ==
        1500000000);
  // The map may come first; one without a size says nothing.
  CHECK(read_indexed(R"({"weight_map": {"a": "b"}, "metadata": {"total_size": 77}})")
            .checkpoint.bytes == 77);
  CHECK(read_indexed(R"({"weight_map": {"a": "b"}})").checkpoint.bytes == 0);
  CHECK(read_indexed(R"({"metadata": {}, "weight_map": {"a": "b"}})").checkpoint.bytes == 0);
  const auto faults = [](const std::string& text) {
    return faults_of([&] { (void)read_indexed(text); });
  };
  CHECK_THAT(faults(R"({"metadata": {"total_size": -4}})"),
             ContainsSubstring("toy/model.safetensors.index.json:1:29: error: metadata.total_size: "
                               "expected a whole number"));
  CHECK_THAT(
      faults(R"({"metadata": {"total_size": 1e300}})"),
      ContainsSubstring("error: metadata.total_size: 1e+300 bytes are not those of a model"));
  CHECK_THAT(faults(R"({"metadata": {"total_size": "many"}})"),
             ContainsSubstring("metadata.total_size: expected"));
  CHECK(faults("[]").starts_with("toy/model.safetensors.index.json:1:"));
}
