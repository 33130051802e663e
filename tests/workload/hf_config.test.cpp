#include "infersim/workload/hf_config.hpp"

#include <optional>
#include <string>

#include "infersim/workload/op_graph.hpp"
#include "infersim/workload/parameters.hpp"
#include "support/catch.hpp"
#include "workload/hf_texts.hpp"

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

/// `1S 3F`: a layer with a window of tokens, then three that attend to everything; C is chunks.
std::string reaches(const ModelSpec& model) {
  std::string text;
  for (const LayerGroup& group : model.layers) {
    const auto& attention = std::get<GroupedQueryAttention>(group.attention);
    if (!text.empty()) text += ' ';
    text += std::to_string(group.count);
    text += attention.reach == Reach::all ? 'F' : attention.reach == Reach::window ? 'S' : 'C';
  }
  return text;
}

}  // namespace

TEST_CASE("every published configuration is the model of the catalogue") {
  struct Pair {
    std::string id;
    std::string file;
  };
  const Pair pairs[] = {
      {"deepseek-v2-lite", "deepseek-v2-lite"},
      {"deepseek-v3", "deepseek-ai--DeepSeek-V3"},
      {"deepseek-v3.2", "deepseek-ai--DeepSeek-V3.2"},
      {"deepseek-r1", "deepseek-ai--DeepSeek-R1"},
      {"gpt-oss-20b", "openai--gpt-oss-20b"},
      {"gpt-oss-120b", "openai--gpt-oss-120b"},
      {"kimi-k2", "moonshotai--Kimi-K2-Instruct"},
      {"kimi-k2.5", "moonshotai--Kimi-K2.5"},
      {"llama2-7b", "llama-2-7b-hf"},
      {"llama3.1-8b", "meta-llama--Meta-Llama-3.1-8B"},
      {"llama3.1-70b", "meta-llama--Meta-Llama-3.1-70B"},
      {"llama3.1-405b", "meta-llama--Meta-Llama-3.1-405B"},
      {"llama4-maverick", "meta-llama--Llama-4-Maverick-17B-128E-Instruct"},
      {"mixtral-8x7b", "mistralai--Mixtral-8x7B-v0.1"},
      {"nemotron-3-nano-30b-a3b", "nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"},
      {"nemotron-h-56b", "nvidia--Nemotron-H-56B-Base-8K"},
      {"qwen2.5-7b", "qwen2.5-7b-instruct"},
      {"qwen3-0.6b", "Qwen--Qwen3-0.6B"},
      {"qwen3-1.7b", "Qwen--Qwen3-1.7B"},
      {"qwen3-8b", "Qwen--Qwen3-8B"},
      {"qwen3-32b", "Qwen--Qwen3-32B"},
      {"qwen3-30b-a3b", "Qwen--Qwen3-30B-A3B"},
      {"qwen3-235b-a22b", "Qwen--Qwen3-235B-A22B"},
      {"qwen3-235b-a22b-fp8", "Qwen--Qwen3-235B-A22B-FP8"},
      {"qwen3-coder-480b-a35b", "Qwen--Qwen3-Coder-480B-A35B-Instruct"},
      {"qwen3.5-397b-a17b", "Qwen--Qwen3.5-397B-A17B"},
      {"minimax-m2.7", "MiniMaxAI--MiniMax-M2.7"},
      {"qwen3-next-80b-a3b", "Qwen--Qwen3-Next-80B-A3B-Thinking"},
      {"qwen3.5-35b-a3b", "Qwen--Qwen3.5-35B-A3B"},
      {"qwen3.5-122b-a10b", "Qwen--Qwen3.5-122B-A10B"},
      {"glm-4.7-flash", "zai-org--GLM-4.7-Flash"},
      {"glm-5.1", "zai-org--GLM-5.1"},
      {"deepseek-v4-flash", "deepseek-ai--DeepSeek-V4-Flash"},
      {"nemotron-3-super-120b-a12b-fp8", "nvidia--NVIDIA-Nemotron-3-Super-120B-A12B-FP8"}};
  for (const Pair& pair : pairs) {
    INFO(pair.id);
    const auto imported = shared_config(pair.file + "_config.json");
    if (!imported) return;
    const ModelSpec model = catalogue_model(pair.id);
    CHECK(imported->hidden == model.hidden);
    CHECK(imported->vocab == model.vocab);
    CHECK(imported->tied_embeddings == model.tied_embeddings);
    CHECK(imported->max_context == model.max_context);
    CHECK(imported->norm_bias == model.norm_bias);
    CHECK(imported->post_norms == model.post_norms);
    CHECK(imported->positions == model.positions);
    CHECK(imported->checkpoint == model.checkpoint);
    CHECK(imported->checkpoint.experts == model.checkpoint.experts);
    // Equal groups of layers have equal graphs, counts and caches; the counts themselves are
    // compared with published ones for the catalogue.
    CHECK(imported->layers == model.layers);
    CHECK(imported->mtp == model.mtp);
    // The tower is an estimate from its shapes. Llama 4's configuration does not have them.
    if (imported->vision > 0) {
      CHECK_THAT(static_cast<double>(imported->vision),
                 WithinRel(static_cast<double>(model.vision), 0.001));
    }
  }
}

TEST_CASE("what a configuration leaves out has the default of its family") {
  const ModelSpec model = read(dense());
  CHECK(model.id == "toy");
  CHECK(model.layer_count() == 4);
  CHECK(attention(model) ==
        GroupedQueryAttention{.heads = 4, .kv_heads = 4, .head_dim = 16, .value_dim = 16});
  CHECK_FALSE(model.tied_embeddings);
  CHECK(model.checkpoint.linear == NumberType::bf16);
  CHECK(pattern(model) == "4d");
  CHECK_FALSE(model.mtp);
  CHECK(attention(read(dense(R"("head_dim": null, "num_key_value_heads": null,)"))) ==
        attention(model));
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
        GroupedQueryAttention{.heads = 4, .kv_heads = 2, .head_dim = 32, .value_dim = 32});
  CHECK(attention(read(dense(R"("head_dim": 32, "v_head_dim": 16,)"))).value_dim == 16);
  CHECK(attention(read(dense(R"("attention_bias": true,)"))).output_bias);
  CHECK(attention(read(dense(R"("attention_bias": true,)"))).bias);
  CHECK_FALSE(attention(read(dense(R"("attention_bias": true, "attention_out_bias": false,)")))
                  .output_bias);
  CHECK_FALSE(attention(read(dense(R"("qkv_bias": true,)"))).output_bias);
  CHECK(attention(read(dense(R"("qkv_bias": true,)"))).bias);
  CHECK(attention(read(dense(R"("use_qk_norm": true,)"))).qk_norm);
  CHECK(attention(read(dense(R"("attn_output_gate": true,)"))).output_gate);
  // Qwen2 has biases on q, k and v, Qwen3 norms on q and k, GLM no bias on the output, and gpt-oss
  // sinks, without saying so by key.
  CHECK(attention(read(dense(R"("model_type": "qwen2",)"))).bias);
  CHECK_FALSE(attention(read(dense(R"("model_type": "qwen2",)"))).output_bias);
  CHECK(attention(read(dense(R"("architectures": ["Qwen3ForCausalLM"],)"))).qk_norm);
  CHECK_FALSE(attention(read(dense(R"("model_type": "llama",)"))).qk_norm);
  CHECK_FALSE(
      attention(read(dense(R"("model_type": "glm4_moe", "attention_bias": true,)"))).output_bias);
  CHECK(attention(read(dense(R"("model_type": "gpt_oss",)"))).sinks);
}

TEST_CASE("a family whose name nobody knows is told by the keys that only it has") {
  const std::string renamed = R"("model_type": "mine", "architectures": ["MineForCausalLM"],)";
  CHECK(attention(read(dense(renamed + R"("max_window_layers": 4, "use_sliding_window": false,)")))
            .bias);
  CHECK(attention(read(dense(renamed + R"("max_window_layers": 4, "use_sliding_window": false,
                                          "attention_bias": false, "head_dim": 16,)")))
            .qk_norm);
  CHECK(read(dense(renamed + R"("query_pre_attn_scalar": 16, "attn_logit_softcapping": 50.0,)"))
            .post_norms);
}

TEST_CASE("latent attention has an indexer where its keys are") {
  const std::string latent = R"("kv_lora_rank": 32, "q_lora_rank": null, "qk_nope_head_dim": 16,
      "qk_rope_head_dim": 8, "v_head_dim": 16, "num_key_value_heads": 4, "head_dim": 8, )";
  const auto of = [](const ModelSpec& model) {
    return std::get<LatentAttention>(model.layers.front().attention);
  };
  const LatentAttention plain = of(read(dense(latent)));
  CHECK(plain.q_lora_rank == 0);
  CHECK_FALSE(plain.indexer);
  CHECK(of(read(dense(latent + R"("index_n_heads": 2, "index_head_dim": 8, "index_topk": 64,)")))
            .indexer == Indexer{.heads = 2, .head_dim = 8, .top_k = 64});
  CHECK(faults(dense(latent + R"("qk_head_dim": 16,)")) ==
        "toy/config.json:3:104: error: qk_head_dim: contradicts qk_nope_head_dim + "
        "qk_rope_head_dim = 24");
  CHECK_THAT(
      faults(dense(R"("index_topk": 64,)")),
      ContainsSubstring("index_topk: an indexer is understood beside latent attention alone"));
}

TEST_CASE("windows are in the layers that the keys give them") {
  CHECK(reaches(read(dense(R"("sliding_window": 16,)"))) == "4S");
  CHECK(attention(read(dense(R"("sliding_window": 16,)"))).span == 16);
  CHECK(reaches(read(dense(R"("sliding_window": 16, "max_window_layers": 3,)"))) == "3F 1S");
  CHECK(reaches(read(dense(R"("sliding_window": 16, "sliding_window_pattern": 2,)"))) ==
        "1S 1F 1S 1F");
  CHECK(reaches(read(dense(R"("sliding_window": 16, "sliding_window_pattern": "LLLG",)"))) ==
        "3S 1F");
  CHECK(reaches(read(dense(R"("model_type": "gemma2", "sliding_window": 16,)"))) == "1S 1F 1S 1F");
  CHECK(reaches(read(dense(R"("sliding_window": 16, "layer_types": ["full_attention",
        "sliding_attention", "sliding_attention", "full_attention"],)"))) == "1F 2S 1F");
  CHECK(reaches(read(dense(R"("sliding_window": 16, "hybrid_layer_pattern": [0, 1, 1, 0],
        "swa_num_key_value_heads": 2, "add_swa_attention_sink_bias": true,)"))) == "1F 2S 1F");
}

TEST_CASE("a window or chunk that holds the whole context is none") {
  CHECK(reaches(read(dense(R"("sliding_window": null,)"))) == "4F");
  CHECK(reaches(read(dense(R"("sliding_window": 16, "use_sliding_window": false,)"))) == "4F");
  CHECK(reaches(read(dense(R"("sliding_window": 16, "max_window_layers": 4,)"))) == "4F");
  CHECK(reaches(read(dense(R"("sliding_window": 128,)"))) == "4F");
  CHECK(reaches(read(dense(R"("attention_chunk_size": 128,)"))) == "4F");
}

TEST_CASE("chunks are in the layers of Llama 4 that rotate") {
  CHECK(reaches(read(dense(R"("attention_chunk_size": 32,)"))) == "3C 1F");
  CHECK(reaches(read(dense(R"("attention_chunk_size": 32, "no_rope_layers": [],)"))) == "3C 1F");
  CHECK(reaches(read(dense(R"("attention_chunk_size": 32, "no_rope_layers": [1, 0, 1, 0],)"))) ==
        "1C 1F 1C 1F");
  CHECK(reaches(read(dense(R"("no_rope_layers": [1, 1, 1, 0],)"))) == "4F");
}

TEST_CASE("layers may share the keys and values of another") {
  const auto shared = [](const std::string& more) {
    std::string text;
    for (const LayerGroup& group : read(dense(more)).layers) {
      const bool own = !std::get<GroupedQueryAttention>(group.attention).shared_kv;
      text.append(static_cast<std::size_t>(group.count), own ? 'o' : 's');
    }
    return text;
  };
  CHECK(shared(R"("use_cla": true, "cla_share_factor": 2,)") == "osos");
  CHECK(shared(R"("use_cla": false, "cla_share_factor": 2,)") == "oooo");
  CHECK(shared(R"("num_kv_shared_layers": 1,)") == "ooos");
}

TEST_CASE("layers with experts are where each family puts them") {
  CHECK(pattern(read(experts(""))) == "4m");
  CHECK(pattern(read(experts(R"("first_k_dense_replace": 1,)"))) == "1d 3m");
  CHECK(pattern(read(experts(R"("moe_layer_freq": 2,)"))) == "1m 1d 1m 1d");
  CHECK(pattern(read(experts(R"("moe_layer_freq": [0, 1, 1, 0],)"))) == "1d 2m 1d");
  CHECK(pattern(read(experts(R"("decoder_sparse_step": 2,)"))) == "1d 1m 1d 1m");
  CHECK(pattern(read(experts(R"("mlp_only_layers": [3, 0],)"))) == "1d 2m 1d");
  CHECK(pattern(read(experts(R"("first_k_dense_replace": 4,)"))) == "4d");
  CHECK(pattern(read(experts(R"("interleave_moe_layer_step": 2,)"))) == "1d 1m 1d 1m");
  CHECK(pattern(read(experts(R"("moe_layers": [1, 2],)"))) == "1d 2m 1d");
  CHECK(pattern(read(experts(R"("moe_layer_start_index": 1, "moe_layer_end_index": 2,)"))) ==
        "1d 2m 1d");
  CHECK(pattern(read(experts(R"("mlp_layer_types": ["dense", "sparse", "sparse", "sparse"],)"))) ==
        "1d 3m");
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
  // Qwen2-MoE's shared expert has a gate, Nemotron's none.
  const std::string routed =
      R"("num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32, )";
  CHECK(moe(routed + R"("shared_expert_intermediate_size": 48,)").shared_gate);
  CHECK(moe(routed + R"("shared_expert_intermediate_size": 48,)").shared_intermediate == 48);
  CHECK_FALSE(moe(routed + R"("moe_shared_expert_intermediate_size": 48,)").shared_gate);
  CHECK(moe(routed + R"("moe_shared_expert_intermediate_size": 48, "n_shared_experts": 1,)")
            .shared_intermediate == 48);
  CHECK(moe(routed + R"("moe_latent_size": 16, "hidden_act": "relu2",)").latent == 16);
  CHECK_FALSE(moe(routed + R"("moe_latent_size": 16, "hidden_act": "relu2",)").gated);
  // Hunyuan writes the figures of each layer.
  CHECK(moe(R"("num_experts": 8, "moe_topk": [1, 1, 2, 2], "use_mixed_mlp_moe": true,
            "moe_intermediate_size": [32, 32, 32, 48], "num_shared_expert": [1, 1, 1, 1],)") ==
        MoeFfn{.experts = 8, .top_k = 2, .intermediate = 48, .shared_intermediate = 256});
}

TEST_CASE("MTP modules are like the last layer with attention") {
  const ModelSpec model =
      read(experts(R"("first_k_dense_replace": 1, "num_nextn_predict_layers": 2,)"));
  REQUIRE(model.mtp);
  CHECK(model.mtp->count == 2);
  CHECK(model.mtp->ffn == model.layers.back().ffn);
  CHECK_FALSE(read(dense(R"("num_nextn_predict_layers": 0,)")).mtp);
  CHECK(read(dense(R"("mtp_num_hidden_layers": 1,)")).mtp->count == 1);
  CHECK(read(dense(R"("num_mtp_modules": 3, "mtp_transformer_layers": 1, "use_mtp": true,)"))
            .mtp->count == 3);
  CHECK_FALSE(read(dense(R"("num_mtp_modules": 3, "use_mtp": false,)")).mtp);
}

TEST_CASE("a nested language model is read from text_config, types also from around it") {
  const ModelSpec model = read(R"({"torch_dtype": "float16", "vision_config": {"depth": 9},
"tie_word_embeddings": true, "image_token_id": 7, "text_config": )" +
                               dense() + "}");
  CHECK(model.layer_count() == 4);
  CHECK(model.checkpoint.linear == NumberType::fp16);
  CHECK(model.tied_embeddings);
  CHECK(model.vision == 0);
  CHECK(faults(R"({"text_config": )" + dense(R"("flux": 8,)") + "}") ==
        "toy/config.json:2:9: error: text_config.flux: neither understood nor known to be "
        "harmless\n"
        "  hint: `--accept flux` goes on without it");
  CHECK(faults(R"({"fusion_width": 8, "hidden_size": 32, "text_config": )" + dense() + "}") ==
        "toy/config.json:1:18: error: fusion_width: neither understood nor known to be harmless\n"
        "  hint: `--accept fusion_width` goes on without it\n"
        "toy/config.json:1:36: error: hidden_size: contradicts text_config.hidden_size = 64");
}
