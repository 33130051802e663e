#include "infersim/workload/parameters.hpp"
#include "infersim/workload/layer_cache.hpp"

#include <string>

#include "support/catch.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

TEST_CASE("a token passes all of a dense model but the input embedding") {
  for (const char* id : {"llama2-7b", "llama3.1-70b", "qwen3-32b"}) {
    INFO(id);
    const ModelParameters count = count_parameters(catalogue_model(id));
    CHECK(count.active == count.total - count.embedding);
  }
}

TEST_CASE("active parameters of experts are counted exactly") {
  CHECK(count_parameters(catalogue_model("deepseek-v3")).active == 36625618432.0);
  CHECK(count_parameters(catalogue_model("qwen3-30b-a3b")).active == 3041867776.0);
  CHECK(count_parameters(catalogue_model("qwen3-235b-a22b")).active == 21568433664.0);
}

TEST_CASE("weight bytes are those of the parameters in their number types") {
  const ModelSpec model = catalogue_model("gpt-oss-120b");
  const ModelParameters count = count_parameters(model);
  CHECK(weight_bytes(model, NumberType::bf16, NumberType::bf16) == Bytes{2 * count.total});
  const Bytes published = weight_bytes(model, NumberType::bf16, NumberType::fp4);
  CHECK(published ==
        Bytes{2 * (count.total - count.experts)} + count.experts * storage_size(NumberType::fp4));
  // The model card's 60.8 GiB checkpoint; MXFP4 has a scale for each 32 values, not for 16.
  CHECK_THAT(published.base() / 1073741824.0, WithinRel(60.8, 0.06));
}

TEST_CASE("active parameters match what model cards print") {
  const auto billions = [](const std::string& id, bool with_embedding) {
    const ModelParameters count = count_parameters(catalogue_model(id));
    return (count.active + (with_embedding ? count.embedding : 0)) / 1e9;
  };
  // 36.6 B without and 37.55 B with the input embedding; the report prints 37 B.
  CHECK_THAT(billions("deepseek-v3", false), WithinAbs(36.6, 0.05));
  CHECK_THAT(billions("deepseek-v3", true), WithinAbs(37.55, 0.005));
  // Qwen counts the input embedding: 3.3 B and 22 B.
  CHECK_THAT(billions("qwen3-30b-a3b", true), WithinAbs(3.35, 0.005));
  CHECK_THAT(billions("qwen3-235b-a22b", true), WithinAbs(22.19, 0.005));
}

TEST_CASE("the MTP module of DeepSeek-V3 is 14 B with the shared embedding and head") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  const ModelParameters count = count_parameters(model);
  // The layer alone is the 11.5 B of the weights' documentation; its projection adds 0.1 B.
  CHECK_THAT(layer_parameters(model, *model.mtp).total() / 1e9, WithinAbs(11.5, 0.05));
  CHECK(count.mtp == 11610068224.0);
  // What the checkpoint on Hugging Face holds without scales, the shared parts twice: 671 B + 14 B.
  CHECK(count.total + count.mtp + count.embedding + count.head == 684489845504.0);
  CHECK_THAT(684489845504.0 / 1e9 - 671, WithinAbs(14, 0.6));
}

TEST_CASE("KV per token compares between models as attention kinds do") {
  const auto kv = [](const std::string& id) {
    return kv_bytes_per_token(catalogue_model(id), NumberType::bf16);
  };
  // (512 + 64) x 2 bytes x 61 layers against 2 x 8 x 128 x 2 bytes x 80 and x 126 layers
  CHECK_THAT(kv("llama3.1-70b") / kv("deepseek-v3"), WithinAbs(4.7, 0.05));
  CHECK_THAT(kv("llama3.1-405b") / kv("deepseek-v3"), WithinAbs(7.3, 0.05));
}

TEST_CASE("parts of a layer sum to its total and to what one token passes") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  const LayerParameters layer = layer_parameters(model, model.layers.back());
  const double expert = 3.0 * 7168 * 2048;
  CHECK(layer.experts == 256 * expert);
  CHECK(layer.active_experts == 8 * expert);
  CHECK(layer.dense_ffn == expert);
  CHECK(layer.router == 256.0 * 7168 + 256);
  CHECK(layer.norms == 2 * 7168);
  CHECK(layer.total() - layer.active() == 248 * expert);
}

TEST_CASE("a tied head is stored once and multiplies every token") {
  ModelSpec model = catalogue_model("llama3.1-8b");
  const ModelParameters untied = count_parameters(model);
  model.tied_embeddings = true;
  const ModelParameters tied = count_parameters(model);
  CHECK(tied.head == 0);
  CHECK(tied.total == untied.total - untied.head);
  CHECK(tied.active == untied.active);
}

TEST_CASE("biases and norms inside attention are counted") {
  ModelSpec model = catalogue_model("llama3.1-8b");
  LayerGroup group = model.layers.front();
  const double plain = layer_parameters(model, group).attention;
  auto& attention = std::get<GroupedQueryAttention>(group.attention);
  attention.qk_norm = true;
  CHECK(layer_parameters(model, group).attention == plain + 2 * 128);
  attention.bias = true;
  CHECK(layer_parameters(model, group).attention == plain + 2 * 128 + (32 + 2 * 8) * 128);
  attention.output_bias = true;
  CHECK(layer_parameters(model, group).attention == plain + 2 * 128 + (32 + 2 * 8) * 128 + 4096);
}
