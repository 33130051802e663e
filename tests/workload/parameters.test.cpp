#include "infersim/workload/parameters.hpp"

#include <cmath>
#include <string>

#include "support/catch.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

struct Published {
  std::string id;
  double total;   ///< parameters, exact
  double active;  ///< per token, without the input embedding
  double kv;      ///< bytes of KV cache per token in BF16
  double printed_total_billions;
};

/// Exact counts are those of the checkpoints' tensors; the last column is the figure as printed.
const Published published[] = {
    {"deepseek-v3", 671026419200, 36625618432, 70272, 671.03},
    {"deepseek-r1", 671026419200, 36625618432, 70272, 671.03},
    {"llama2-7b", 6738415616, 6738415616 - 32000.0 * 4096, 524288, 6.74},
    {"llama3.1-8b", 8030261248, 8030261248 - 128256.0 * 4096, 131072, 8.03},
    {"llama3.1-70b", 70553706496, 70553706496 - 128256.0 * 8192, 327680, 70.55},
    {"llama3.1-405b", 405853388800, 405853388800 - 128256.0 * 16384, 516096, 405.85},
    {"qwen3-32b", 32762123264, 32762123264 - 151936.0 * 5120, 262144, 32.76},
    {"qwen3-30b-a3b", 30532122624, 3041867776, 98304, 30.53},
    {"qwen3-235b-a22b", 235093634560, 21568433664, 192512, 235.09},
};

double to_two_decimals(double billions) { return std::round(billions * 100) / 100; }

}  // namespace

TEST_CASE("parameters and KV bytes are the published ones to the last digit") {
  for (const Published& expected : published) {
    INFO(expected.id);
    const ModelSpec model = catalogue_model(expected.id);
    const ModelParameters count = count_parameters(model);
    CHECK(count.total == expected.total);
    CHECK(count.active == expected.active);
    CHECK_THAT(to_two_decimals(count.total / 1e9),
               WithinRel(expected.printed_total_billions, 1e-12));
    CHECK(kv_bytes_per_token(model, NumberType::bf16) == Bytes{expected.kv});
    CHECK(kv_bytes_per_token(model, NumberType::fp8) == Bytes{expected.kv / 2});
  }
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
