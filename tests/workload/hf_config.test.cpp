#include "infersim/workload/hf_config.hpp"

#include <optional>
#include <string>

#include "infersim/workload/op_graph.hpp"
#include "infersim/workload/parameters.hpp"
#include "support/catch.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

std::optional<ModelSpec> shared_config(const std::string& file) {
  const auto path = shared_path("model_configs/" + file);
  if (!path) {
    skip("model_configs/" + file + " is not there");
    return std::nullopt;
  }
  return load_hf_config(read_file(*path), file);
}

ModelSpec read(const std::string& json) { return load_hf_config(json, "toy/config.json"); }

std::string faults(const std::string& json) {
  return faults_of([&] { (void)read(json); });
}

/// A small dense configuration with `more` keys, each followed by a comma, at its beginning.
std::string dense(const std::string& more = {}) {
  return "{\n" + more + R"(
"hidden_size": 64, "vocab_size": 100, "num_hidden_layers": 4, "max_position_embeddings": 128,
"num_attention_heads": 4, "intermediate_size": 256})";
}

std::string experts(const std::string& more) {
  return dense(R"("num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32, )" +
               more);
}

GroupedQueryAttention attention(const ModelSpec& model) {
  return std::get<GroupedQueryAttention>(model.layers.front().attention);
}

/// `2d 3m`: two dense layers, then three with experts.
std::string pattern(const ModelSpec& model) {
  std::string text;
  for (const LayerGroup& group : model.layers) {
    if (!text.empty()) text += ' ';
    text += std::to_string(group.count);
    text += std::holds_alternative<MoeFfn>(group.ffn) ? 'm' : 'd';
  }
  return text;
}

}  // namespace

TEST_CASE("the catalogue's models are what their published configurations say") {
  struct Pair {
    std::string id;
    std::string file;
  };
  const Pair pairs[] = {{"deepseek-v3", "deepseek-ai--DeepSeek-V3_config.json"},
                        {"deepseek-r1", "deepseek-ai--DeepSeek-R1_config.json"},
                        {"llama2-7b", "llama-2-7b-hf_config.json"},
                        {"llama3.1-8b", "meta-llama--Meta-Llama-3.1-8B_config.json"},
                        {"llama3.1-70b", "meta-llama--Meta-Llama-3.1-70B_config.json"},
                        {"llama3.1-405b", "meta-llama--Meta-Llama-3.1-405B_config.json"},
                        {"qwen3-32b", "Qwen--Qwen3-32B_config.json"},
                        {"qwen3-30b-a3b", "Qwen--Qwen3-30B-A3B_config.json"},
                        {"qwen3-235b-a22b", "Qwen--Qwen3-235B-A22B_config.json"}};
  for (const Pair& pair : pairs) {
    INFO(pair.id);
    const auto imported = shared_config(pair.file);
    if (!imported) return;
    const ModelSpec model = catalogue_model(pair.id);
    CHECK(imported->hidden == model.hidden);
    CHECK(imported->vocab == model.vocab);
    CHECK(imported->tied_embeddings == model.tied_embeddings);
    CHECK(imported->max_context == model.max_context);
    CHECK(imported->checkpoint == model.checkpoint);
    // Equal groups of layers have equal graphs, counts and caches.
    CHECK(imported->layers == model.layers);
    CHECK(imported->mtp == model.mtp);
    CHECK(count_parameters(*imported).total == count_parameters(model).total);
    CHECK(kv_bytes_per_token(*imported, NumberType::bf16) ==
          kv_bytes_per_token(model, NumberType::bf16));
  }
}

TEST_CASE("other configurations of the same kinds import with their published counts") {
  struct Other {
    std::string file;
    double total;
    NumberType checkpoint;
  };
  // Parameters of the checkpoints on Hugging Face, scales apart.
  const Other others[] = {
      {"Qwen--Qwen3-0.6B_config.json", 596049920, NumberType::bf16},
      {"Qwen--Qwen3-8B_config.json", 8190735360, NumberType::bf16},
      {"Qwen--Qwen3-235B-A22B-FP8_config.json", 235093634560, NumberType::fp8},
      {"Qwen--Qwen3-Coder-480B-A35B-Instruct_config.json", 480154875392, NumberType::bf16},
      {"qwen2.5-7b-instruct_config.json", 7615616512, NumberType::bf16},
      {"deepseek-v2-lite_config.json", 15706484224, NumberType::bf16},
      {"mistralai--Mixtral-8x7B-v0.1_config.json", 46702792704, NumberType::bf16},
      {"moonshotai--Kimi-K2-Instruct_config.json", 1026408232448, NumberType::fp8},
      {"moonshotai--Kimi-K2.5_config.json", 1026408232448, NumberType::int4}};
  for (const Other& other : others) {
    INFO(other.file);
    const auto model = shared_config(other.file);
    if (!model) return;
    CHECK(count_parameters(*model).total == other.total);
    CHECK(model->checkpoint == other.checkpoint);
  }
}

TEST_CASE("published configurations with shapes that are not understood are refused by key") {
  struct Refused {
    std::string file;
    std::string key;
  };
  const Refused refused[] = {
      {"deepseek-ai--DeepSeek-V3.2_config.json", "index_topk: neither understood"},
      {"meta-llama--Llama-4-Maverick-17B-128E-Instruct_config.json",
       "text_config.attention_chunk_size: neither understood"},
      {"nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-BF16_config.json",
       "hybrid_override_pattern: neither understood"},
      {"openai--gpt-oss-20b_config.json", "sliding_window: attention in a sliding window"},
      {"Qwen--Qwen3.5-397B-A17B_config.json", "linear_num_key_heads: neither understood"}};
  for (const Refused& each : refused) {
    INFO(each.file);
    std::string text;
    try {
      if (!shared_config(each.file)) return;
    } catch (const InputError& error) {
      text = error.what();
    }
    CHECK_THAT(text, ContainsSubstring(each.key));
  }
}

TEST_CASE("what a configuration leaves out has the default of its family") {
  const ModelSpec model = read(dense());
  CHECK(model.id == "toy");
  CHECK(model.layer_count() == 4);
  CHECK(attention(model) == GroupedQueryAttention{.heads = 4, .kv_heads = 4, .head_dim = 16});
  CHECK_FALSE(model.tied_embeddings);
  CHECK(model.checkpoint == NumberType::bf16);
  CHECK(pattern(model) == "4d");
  CHECK_FALSE(model.mtp);
}

TEST_CASE("the id is the name of the file or of its folder") {
  const auto id = [](const std::string& path) { return load_hf_config(dense(), path).id; };
  CHECK(id("models/mine/config.json") == "mine");
  CHECK(id("config.json") == "config");
  CHECK(id("mine_config.json") == "mine");
  CHECK(id("models/mine-7.5B.json") == "mine-7.5B");
}

TEST_CASE("attention follows keys, and names only where there is no key") {
  CHECK(attention(read(dense(R"("head_dim": 32, "num_key_value_heads": 2,)"))) ==
        GroupedQueryAttention{.heads = 4, .kv_heads = 2, .head_dim = 32});
  CHECK(attention(read(dense(R"("attention_bias": true,)"))).output_bias);
  CHECK(attention(read(dense(R"("attention_bias": true,)"))).bias);
  CHECK_FALSE(attention(read(dense(R"("qkv_bias": true,)"))).output_bias);
  CHECK(attention(read(dense(R"("qkv_bias": true,)"))).bias);
  CHECK(attention(read(dense(R"("use_qk_norm": true,)"))).qk_norm);
  // Qwen2 has biases on q, k and v, and Qwen3 has norms on q and k, without saying so by key.
  CHECK(attention(read(dense(R"("model_type": "qwen2",)"))).bias);
  CHECK_FALSE(attention(read(dense(R"("model_type": "qwen2",)"))).output_bias);
  CHECK(attention(read(dense(R"("architectures": ["Qwen3ForCausalLM"],)"))).qk_norm);
  CHECK_FALSE(attention(read(dense(R"("model_type": "llama",)"))).qk_norm);
}

TEST_CASE("layers with experts are where each family puts them") {
  CHECK(pattern(read(experts(""))) == "4m");
  CHECK(pattern(read(experts(R"("first_k_dense_replace": 1,)"))) == "1d 3m");
  CHECK(pattern(read(experts(R"("moe_layer_freq": 2,)"))) == "1m 1d 1m 1d");
  CHECK(pattern(read(experts(R"("decoder_sparse_step": 2,)"))) == "1d 1m 1d 1m");
  CHECK(pattern(read(experts(R"("mlp_only_layers": [3, 0],)"))) == "1d 2m 1d");
  CHECK(pattern(read(experts(R"("first_k_dense_replace": 4,)"))) == "4d");
}

TEST_CASE("experts are described by the keys of each family") {
  const auto moe = [](const std::string& more) {
    return std::get<MoeFfn>(read(dense(more)).layers.back().ffn);
  };
  CHECK(moe(R"("n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
            "n_shared_experts": 2, "n_group": 4, "topk_group": 2, "topk_method": "noaux_tc",)") ==
        MoeFfn{.experts = 8,
               .top_k = 2,
               .intermediate = 32,
               .shared_intermediate = 64,
               .router_bias = true,
               .groups = 4,
               .top_groups = 2});
  // Greedy routing has no groups, whatever is written.
  CHECK(moe(R"("n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
            "n_group": 4, "topk_group": 1, "topk_method": "greedy",)")
            .groups == 1);
  // Mixtral's experts are as wide as intermediate_size says.
  CHECK(moe(R"("num_local_experts": 8, "num_experts_per_tok": 2,)").intermediate == 256);
}

TEST_CASE("MTP modules are like the last layer") {
  const ModelSpec model =
      read(experts(R"("first_k_dense_replace": 1, "num_nextn_predict_layers": 2,)"));
  REQUIRE(model.mtp);
  CHECK(model.mtp->count == 2);
  CHECK(model.mtp->ffn == model.layers.back().ffn);
  CHECK_FALSE(read(dense(R"("num_nextn_predict_layers": 0,)")).mtp);
}

TEST_CASE("the checkpoint's type is that of its quantisation, else of its tensors") {
  const auto type = [](const std::string& more) { return read(dense(more)).checkpoint; };
  const auto quantised = [&](const std::string& keys) {
    return type(R"("torch_dtype": "bfloat16", "quantization_config": {)" + keys + "},");
  };
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
  CHECK(faults(dense(R"("torch_dtype": "float8_e5m2",)")) ==
        "toy/config.json:2:16: error: torch_dtype: `float8_e5m2` is not understood\n"
        "  hint: understood are bfloat16, float16, float32 and float8_e4m3fn");
  CHECK(faults(dense(R"("quantization_config": {"quant_method": "aqlm"},)")) ==
        "toy/config.json:2:41: error: quantization_config.quant_method: `aqlm` is not understood\n"
        "  hint: understood are fp8, mxfp4, nvfp4, modelopt, awq, gptq, bitsandbytes and "
        "compressed-tensors");
  CHECK(faults(dense(R"("quantization_config": {"quant_method": "gptq", "bits": 3},)")) ==
        "toy/config.json:2:57: error: quantization_config.bits: 3 bits; expected 4 or 8");
}

TEST_CASE("a window that never closes is none, a real one is refused") {
  CHECK(faults(dense(R"("sliding_window": null,)")).empty());
  CHECK(faults(dense(R"("sliding_window": 16, "use_sliding_window": false,)")).empty());
  CHECK(faults(dense(R"("sliding_window": 16, "max_window_layers": 4,)")).empty());
  CHECK(faults(dense(R"("sliding_window": 128,)")).empty());
  CHECK(faults(dense(R"("sliding_window": 16,)")) ==
        "toy/config.json:2:19: error: sliding_window: attention in a sliding window is not "
        "understood");
  CHECK(faults(dense(R"("layer_types": ["full_attention", "linear_attention"],)")) ==
        "toy/config.json:2:16: error: layer_types: `linear_attention` is not understood\n"
        "  hint: understood is full_attention");
  CHECK(faults(dense(R"("layer_types": ["full_attention"],)")) ==
        "toy/config.json:2:16: error: layer_types: 1 types for 4 layers");
}

TEST_CASE("a nested language model is read from text_config, types also from around it") {
  const ModelSpec model = read(R"({"torch_dtype": "float16", "vision_config": {"depth": 9},
"tie_word_embeddings": true, "text_config": )" +
                               dense() + "}");
  CHECK(model.layer_count() == 4);
  CHECK(model.checkpoint == NumberType::fp16);
  CHECK(model.tied_embeddings);
  CHECK(faults(R"({"text_config": )" + dense(R"("index_topk": 8,)") + "}") ==
        "toy/config.json:2:15: error: text_config.index_topk: neither understood nor known to be "
        "harmless");
}

TEST_CASE("every fault of a configuration is reported together, with its place") {
  CHECK(faults(R"({
"hidden_size": 100,
"vocab_size": 10000001,
"num_hidden_layers": 0,
"num_attention_heads": 12,
"num_key_value_heads": 5,
"num_experts": 8,
"num_experts_per_tok": 9,
"moe_intermediate_size": 32,
"mlp_only_layers": [1, -1],
"intermediate_sise": 256,
"mlp_bias": true,
"hidden_act": "relu2",
"rope_theta": 10000.0
})") == R"(toy/config.json: error: max_position_embeddings: missing required key
toy/config.json:3:15: error: vocab_size: expected a whole number from 1 to 10000000, found 10000001
toy/config.json:4:22: error: num_hidden_layers: expected a whole number from 1 to 100000, found 0
toy/config.json:5:24: error: num_attention_heads: hidden_size 100 is no multiple of 12 heads
  hint: give head_dim
toy/config.json:6:24: error: num_key_value_heads: 12 heads cannot share 5 key-value heads evenly
toy/config.json:8:24: error: num_experts_per_tok: 9 of only 8 experts that a token can reach
toy/config.json:11:22: error: intermediate_sise: neither understood nor known to be harmless
  hint: did you mean `intermediate_size` or `shared_expert_intermediate_size`?
toy/config.json:12:13: error: mlp_bias: true is not understood
toy/config.json:13:15: error: hidden_act: `relu2` is not understood
  hint: understood is silu, in a gated feed-forward network)");
}

TEST_CASE("contradictions are faults") {
  CHECK(faults(experts(R"("n_routed_experts": 4,)")) ==
        "toy/config.json:2:16: error: num_experts: contradicts n_routed_experts = 4");
  CHECK(faults(experts(R"("mlp_only_layers": [4],)")) ==
        "toy/config.json:2:93: error: mlp_only_layers: layers are numbered from 0 to 3");
  CHECK(faults(experts(R"("first_k_dense_replace": 5,)")) ==
        "toy/config.json:2:99: error: first_k_dense_replace: 5 of only 4 layers");
  CHECK(faults(experts(R"("n_group": 3,)")) ==
        "toy/config.json:2:85: error: n_group: 8 experts do not make 3 equal groups");
  CHECK(faults(experts(R"("n_group": 8, "topk_group": 1,)")) ==
        "toy/config.json:2:42: error: num_experts_per_tok: 2 of only 1 experts that a token "
        "can reach");
  CHECK(faults(dense(R"("qk_nope_head_dim": 16,)")) ==
        "toy/config.json: error: kv_lora_rank: missing required key\n"
        "toy/config.json: error: qk_rope_head_dim: missing required key\n"
        "toy/config.json: error: v_head_dim: missing required key");
}

TEST_CASE("what is no configuration is a fault, never a crash") {
  CHECK_FALSE(faults("").empty());
  CHECK_FALSE(faults("[]").empty());
  CHECK_FALSE(faults("{\"hidden_size\": 1e400}").empty());
  CHECK_FALSE(faults(R"({"text_config": {}})").empty());
  // 10^7 layers, every other one with experts, would be as many groups.
  CHECK_THAT(faults(R"({"hidden_size": 1, "num_hidden_layers": 10000000, "moe_layer_freq": 2})"),
             ContainsSubstring("num_hidden_layers: expected a whole number from 1 to 100000"));
}
