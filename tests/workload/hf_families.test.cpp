// Published families by the keys of their own configurations, reduced to those that say shapes.

#include <string>

#include "infersim/workload/hf_config.hpp"
#include "infersim/workload/layer_cache.hpp"
#include "infersim/workload/parameters.hpp"
#include "support/catch.hpp"
#include "workload/architectures.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

ModelSpec read(const std::string& keys) { return load_hf_config("{" + keys + "}", "toy.json"); }

double total(const std::string& keys) { return count_parameters(read(keys)).total; }

double kv_bytes(const ModelSpec& model) {
  return kv_bytes_per_token(model, NumberType::bf16) / Bytes{1.0};
}

/// Count of layers of a kind of attention.
template <class Kind>
Count layers_of(const ModelSpec& model) {
  Count count = 0;
  for (const LayerGroup& group : model.layers) {
    if (std::holds_alternative<Kind>(group.attention)) count += group.count;
  }
  return count;
}

}  // namespace

// Unless another source is named, counts are those of the safetensors files on Hugging Face.

TEST_CASE("Gemma 2 and 3 have four norms, tied embeddings and windows by layer") {
  const std::string gemma2 = R"("model_type": "gemma2", "hidden_size": 2304,
      "intermediate_size": 9216, "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh",
      "num_attention_heads": 8, "num_key_value_heads": 4, "num_hidden_layers": 26,
      "query_pre_attn_scalar": 256, "attn_logit_softcapping": 50.0, "sliding_window": 4096,
      "max_position_embeddings": 8192, "vocab_size": 256000)";
  CHECK(total(gemma2) == 2614341888);
  const ModelSpec gemma3 = read(R"("model_type": "gemma3_text", "hidden_size": 1152,
      "intermediate_size": 6912, "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh",
      "num_attention_heads": 4, "num_key_value_heads": 1, "num_hidden_layers": 26,
      "query_pre_attn_scalar": 256, "rope_local_base_freq": 10000, "sliding_window": 512,
      "sliding_window_pattern": 6, "max_position_embeddings": 32768, "vocab_size": 262144)");
  CHECK(count_parameters(gemma3).total == 999885952);
  CHECK(kv_bytes(gemma3) == 4 * 2 * 256 * 2);  // layers 6, 12, 18 and 24 see everything
  // The 4B configuration writes down only what is unlike the defaults of its software.
  const ModelSpec gemma3_4b = read(R"("model_type": "gemma3", "mm_tokens_per_image": 256,
      "text_config": {"model_type": "gemma3_text", "hidden_size": 2560,
      "intermediate_size": 10240, "num_hidden_layers": 34, "sliding_window": 1024})");
  CHECK(count_parameters(gemma3_4b).total == 3880099328 + 64 * 2560);  // rows of padding
}

TEST_CASE("Phi-3, Mistral and Llama 3.2 are dense models of one kind") {
  CHECK(total(R"("model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192,
      "num_attention_heads": 32, "num_key_value_heads": 32, "num_hidden_layers": 32,
      "sliding_window": 262144, "max_position_embeddings": 131072, "vocab_size": 32064)") ==
        3821079552);
  const ModelSpec mistral = read(R"("model_type": "mistral", "hidden_size": 4096,
      "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8,
      "num_hidden_layers": 32, "sliding_window": 4096, "max_position_embeddings": 32768,
      "vocab_size": 32000)");
  CHECK(count_parameters(mistral).total == 7241732096);
  CHECK(kv_bytes(mistral) == 0);  // every window is full after 4096 tokens
  CHECK(state_bytes(mistral, NumberType::bf16) == Bytes{4096.0 * 131072});
  CHECK(total(R"("model_type": "llama", "hidden_size": 2048, "intermediate_size": 8192,
      "head_dim": 64, "num_attention_heads": 32, "num_key_value_heads": 8,
      "num_hidden_layers": 16, "tie_word_embeddings": true, "max_position_embeddings": 131072,
      "vocab_size": 128256)") == 1235814400);
}

TEST_CASE("Qwen's mixtures have a gated shared expert") {
  CHECK(total(R"("model_type": "qwen2_moe", "hidden_size": 2048, "intermediate_size": 5632,
      "num_attention_heads": 16, "num_key_value_heads": 16, "num_hidden_layers": 24,
      "sliding_window": 32768, "use_sliding_window": false, "max_window_layers": 21,
      "max_position_embeddings": 8192, "vocab_size": 151936, "decoder_sparse_step": 1,
      "moe_intermediate_size": 1408, "shared_expert_intermediate_size": 5632,
      "num_experts_per_tok": 4, "num_experts": 60)") == 14315784192);
  const ModelSpec next = read(R"("model_type": "qwen3_next", "attention_bias": false,
      "full_attention_interval": 4, "head_dim": 256, "hidden_size": 2048,
      "intermediate_size": 5120, "linear_conv_kernel_dim": 4, "linear_key_head_dim": 128,
      "linear_num_key_heads": 16, "linear_num_value_heads": 32, "linear_value_head_dim": 128,
      "max_position_embeddings": 262144, "moe_intermediate_size": 512, "num_attention_heads": 16,
      "num_experts": 512, "num_experts_per_tok": 10, "num_hidden_layers": 48,
      "num_key_value_heads": 2, "shared_expert_intermediate_size": 512, "vocab_size": 151936)");
  CHECK_THAT(count_parameters(next).total, WithinAbs(80e9, 0.5e9));  // model card: 80 B
  CHECK(layers_of<LinearAttention>(next) == 36);
  const auto& full = std::get<GroupedQueryAttention>(next.layers.back().attention);
  CHECK(full.output_gate);
  CHECK(full.qk_norm);
}

TEST_CASE("Qwen 1 counts gate and up together and has biases on q, k and v alone") {
  CHECK(total(R"("model_type": "qwen", "hidden_size": 4096, "intermediate_size": 22016,
      "kv_channels": 128, "no_bias": true, "num_attention_heads": 32, "num_hidden_layers": 32,
      "seq_length": 8192, "vocab_size": 151936)") == 7721324544);
}

TEST_CASE("ChatGLM has keys of its own") {
  const ModelSpec model = read(R"("model_type": "chatglm", "add_bias_linear": false,
      "add_qkv_bias": true, "ffn_hidden_size": 13696, "hidden_size": 4096, "kv_channels": 128,
      "multi_query_attention": true, "multi_query_group_num": 2, "num_attention_heads": 32,
      "num_layers": 40, "padded_vocab_size": 151552, "seq_length": 131072, "rmsnorm": true)");
  CHECK(count_parameters(model).total == 9399951360);
  CHECK(kv_bytes(model) == 40960);
}

TEST_CASE("GLM-4.5 has no bias on the output and a first dense layer") {
  const ModelSpec air = read(R"("model_type": "glm4_moe", "attention_bias": true,
      "head_dim": 128, "hidden_size": 4096, "intermediate_size": 10944,
      "moe_intermediate_size": 1408, "num_experts_per_tok": 8, "num_hidden_layers": 46,
      "n_routed_experts": 128, "n_shared_experts": 1, "first_k_dense_replace": 1,
      "use_qk_norm": false, "n_group": 1, "topk_group": 1, "num_nextn_predict_layers": 1,
      "max_position_embeddings": 131072, "vocab_size": 151552, "num_attention_heads": 96,
      "num_key_value_heads": 8)");
  const ModelParameters count = count_parameters(air);
  CHECK_THAT(count.total, WithinAbs(106e9, 1e9));  // model card: 106 B, 12 B active
  CHECK_THAT(count.active, WithinAbs(12e9, 1e9));
  // The files hold the MTP layer with an embedding and a head of its own.
  CHECK_THAT(count.total + count.mtp + 2 * count.embedding, WithinRel(110468824832.0, 1e-6));
}

TEST_CASE("GLM-5 is latent attention with an indexer") {
  const ModelSpec model = read(R"("model_type": "glm_moe_dsa", "first_k_dense_replace": 3,
      "hidden_size": 6144, "index_head_dim": 128, "index_n_heads": 32, "index_topk": 2048,
      "intermediate_size": 12288, "kv_lora_rank": 512, "max_position_embeddings": 202752,
      "moe_intermediate_size": 2048, "n_routed_experts": 256, "n_shared_experts": 1,
      "num_attention_heads": 64, "num_experts_per_tok": 8, "num_hidden_layers": 78,
      "q_lora_rank": 2048, "qk_head_dim": 256, "qk_nope_head_dim": 192, "qk_rope_head_dim": 64,
      "topk_method": "noaux_tc", "v_head_dim": 256, "vocab_size": 154880)");
  CHECK_THAT(count_parameters(model).total, WithinAbs(744e9, 0.5e9));  // model card: 744 B
  CHECK_THAT(count_parameters(model).active, WithinAbs(40e9, 1e9));    // 40 B active
}

TEST_CASE("MiniMax writes the kind of attention of each layer") {
  const std::string layers = repeated("0, 0, 0, 0, 0, 0, 0, 1", 10);
  const ModelSpec m1 = read(R"("model_type": "minimax_m1", "attn_type_list": [)" + layers +
                            R"(], "head_dim": 128, "hidden_size": 6144, "intermediate_size": 9216,
      "max_position_embeddings": 10240000, "num_attention_heads": 64, "num_experts_per_tok": 2,
      "num_hidden_layers": 80, "num_key_value_heads": 8, "num_local_experts": 32,
      "shared_intermediate_size": 0, "vocab_size": 200064, "postnorm": true,
      "layernorm_full_attention_alpha": 3.5)");
  CHECK(count_parameters(m1).total == 456089655296);
  CHECK(layers_of<LinearAttention>(m1) == 70);
  const ModelSpec m2 = read(R"("model_type": "minimax", "attn_type_list": [)" + repeated("1", 62) +
                            R"(], "head_dim": 128, "hidden_size": 3072, "intermediate_size": 1536,
      "max_position_embeddings": 196608, "num_attention_heads": 48, "num_experts_per_tok": 8,
      "num_hidden_layers": 62, "num_key_value_heads": 8, "num_local_experts": 256,
      "shared_intermediate_size": 0, "use_qk_norm": true, "use_routing_bias": true,
      "num_mtp_modules": 3, "mtp_transformer_layers": 1, "use_mtp": true, "vocab_size": 200064)");
  CHECK_THAT(count_parameters(m2).total, WithinAbs(229e9, 0.5e9));  // model card: 229 B
  CHECK(m2.mtp->count == 3);
}

TEST_CASE("Kimi Linear numbers its layers from 1") {
  const ModelSpec model = read(R"("model_type": "kimi_linear", "first_k_dense_replace": 1,
      "head_dim": 72, "hidden_size": 2304, "intermediate_size": 9216, "kv_lora_rank": 512,
      "linear_attn_config": {"full_attn_layers": [4, 8, 12, 16, 20, 24, 27], "head_dim": 128,
        "kda_layers": [1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 18, 19, 21, 22, 23, 25, 26],
        "num_heads": 32, "short_conv_kernel_size": 4},
      "mla_use_nope": true, "model_max_length": 1048576, "moe_intermediate_size": 1024,
      "moe_router_activation_func": "sigmoid", "num_attention_heads": 32, "num_experts": 256,
      "num_expert_group": 1, "num_experts_per_token": 8, "num_hidden_layers": 27,
      "num_shared_experts": 1, "q_lora_rank": null, "qk_nope_head_dim": 128,
      "qk_rope_head_dim": 64, "topk_group": 1, "v_head_dim": 128, "vocab_size": 163840)");
  // But for the biases of the output gates, 4096 in each of 20 layers.
  CHECK_THAT(count_parameters(model).total, WithinRel(49122681728.0, 2e-6));
  CHECK(layers_of<LatentAttention>(model) == 7);
  CHECK(std::holds_alternative<LatentAttention>(model.layers.back().attention));
}

TEST_CASE("Granite 4 and Bamba are Mamba-2 with a little attention") {
  std::string types = repeated("\"mamba\"", 5) + R"(, "attention", )";
  for (int i = 0; i < 3; ++i)
    types += repeated("\"mamba\"", 9) + R"(, "attention", )";
  types += repeated("\"mamba\"", 4);
  const ModelSpec small = read(R"("model_type": "granitemoehybrid", "hidden_size": 4096,
      "intermediate_size": 768, "mamba_conv_bias": true, "mamba_d_conv": 4, "mamba_d_head": 64,
      "mamba_d_state": 128, "mamba_expand": 2, "mamba_n_groups": 1, "mamba_n_heads": 128,
      "mamba_proj_bias": false, "max_position_embeddings": 131072, "num_attention_heads": 32,
      "num_experts_per_tok": 10, "num_hidden_layers": 40, "num_key_value_heads": 8,
      "num_local_experts": 72, "shared_intermediate_size": 1536, "tie_word_embeddings": true,
      "vocab_size": 100352, "layer_types": [)" +
                               types + "]");
  CHECK_THAT(count_parameters(small).total, WithinAbs(32e9, 0.5e9));  // model card: 32 B
  CHECK_THAT(count_parameters(small).active, WithinAbs(9e9, 0.5e9));  // 9 B active
  CHECK(layers_of<LinearAttention>(small) == 36);
  // Without experts the shared ones are a dense network.
  CHECK(total(R"("model_type": "granitemoehybrid", "hidden_size": 2560,
      "intermediate_size": 8192, "max_position_embeddings": 131072, "num_attention_heads": 40,
      "num_experts_per_tok": 0, "num_hidden_layers": 40, "num_key_value_heads": 8,
      "num_local_experts": 0, "shared_intermediate_size": 8192, "tie_word_embeddings": true,
      "vocab_size": 100352)") == 3402836480);
  const std::string bamba = R"("model_type": "bamba", "attn_layer_indices": [9, 18, 27],
      "hidden_size": 4096, "intermediate_size": 14336, "mamba_d_conv": 4, "mamba_d_head": "auto",
      "mamba_d_state": 128, "mamba_expand": 2, "mamba_n_groups": 1, "mamba_n_heads": 128,
      "max_position_embeddings": 262144, "num_attention_heads": 32, "num_hidden_layers": 32,
      "num_key_value_heads": 8, "vocab_size": 128256)";
  CHECK_THAT(total(bamba), WithinAbs(9.78e9, 0.005e9));  // model card: 9.78 B
}

TEST_CASE("Nemotron 3 Super has experts of a latent width") {
  const ModelSpec model = read(R"("model_type": "nemotron_h", "attention_bias": false,
      "conv_kernel": 4, "expand": 2, "head_dim": 128, "hidden_size": 4096,
      "hybrid_override_pattern": "MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*)"
                               R"(EMEMEMEMEM*EMEMEMEM*EMEMEMEME",
      "intermediate_size": 2688, "mamba_head_dim": 64, "mamba_num_heads": 128,
      "max_position_embeddings": 262144, "mlp_hidden_act": "relu2",
      "moe_intermediate_size": 2688, "moe_latent_size": 1024,
      "moe_shared_expert_intermediate_size": 5376, "n_group": 1, "n_groups": 8,
      "n_routed_experts": 512, "n_shared_experts": 1, "num_attention_heads": 32,
      "num_experts_per_tok": 22, "num_hidden_layers": 88, "num_key_value_heads": 2,
      "ssm_state_size": 128, "time_step_limit": [0.0, Infinity], "vocab_size": 131072)");
  CHECK_THAT(count_parameters(model).total, WithinAbs(120.6e9, 0.1e9));  // model card: 120.6 B
  // 12.7 B active with the input embedding, which is 0.5 B.
  CHECK_THAT(count_parameters(model).active + count_parameters(model).embedding,
             WithinAbs(12.7e9, 0.1e9));
}

TEST_CASE("Hunyuan shares keys and values, and writes the figures of each layer") {
  const ModelSpec large = read(R"("model_type": "hunyuan", "cla_share_factor": 2,
      "hidden_size": 6400, "intermediate_size": 18304, "max_position_embeddings": 131072,
      "moe_topk": 1, "num_attention_heads": 80, "num_experts": 16, "num_hidden_layers": 64,
      "num_key_value_heads": 8, "num_shared_expert": 1, "tie_word_embeddings": true,
      "use_cla": true, "use_mixed_mlp_moe": true, "use_qk_norm": true, "vocab_size": 129024)");
  CHECK_THAT(count_parameters(large).total, WithinAbs(389e9, 0.5e9));  // arXiv:2411.02265
  CHECK_THAT(count_parameters(large).active, WithinAbs(52e9, 1e9));    // 52 B active
  CHECK(kv_bytes(large) == 32 * 2 * 8 * 80 * 2);                       // every other layer
  CHECK(total(R"("model_type": "hunyuan_v1_moe", "attention_head_dim": 128,
      "hidden_size": 4096, "intermediate_size": 3072, "max_position_embeddings": 32768,
      "moe_intermediate_size": [)" +
              repeated("3072", 32) + R"(], "moe_topk": [)" + repeated("8", 32) +
              R"(], "num_attention_heads": 32, "num_experts": 64, "num_hidden_layers": 32,
      "num_key_value_heads": 8, "num_shared_expert": [)" +
              repeated("1", 32) + R"(], "q_lora_rank": null, "tie_word_embeddings": true,
      "use_cla": false, "cla_share_factor": 2, "use_mixed_mlp_moe": true, "use_mla": false,
      "use_qk_norm": true, "vocab_size": 128167)") == 80393183232);
}

TEST_CASE("ERNIE 4.5, dots.llm1 and Ling have experts by keys of their own") {
  CHECK(total(R"("model_type": "ernie4_5_moe", "hidden_size": 2560, "intermediate_size": 12288,
      "max_position_embeddings": 131072, "num_attention_heads": 20, "num_key_value_heads": 4,
      "num_hidden_layers": 28, "vocab_size": 103424, "use_bias": false, "moe_num_experts": 64,
      "moe_num_shared_experts": 2, "moe_layer_start_index": 1, "moe_layer_end_index": 27,
      "moe_layer_interval": 1, "moe_intermediate_size": 1536, "moe_k": 6,
      "moe_use_aux_free": true, "tie_word_embeddings": true)") == 21825437888);
  CHECK(total(R"("model_type": "dots1", "first_k_dense_replace": 1, "head_dim": 128,
      "hidden_size": 4096, "intermediate_size": 10944, "max_position_embeddings": 32768,
      "max_window_layers": 62, "moe_intermediate_size": 1408, "n_routed_experts": 128,
      "n_shared_experts": 2, "num_attention_heads": 32, "num_experts_per_tok": 6,
      "num_hidden_layers": 62, "num_key_value_heads": 32, "topk_method": "noaux_tc",
      "use_sliding_window": false, "vocab_size": 152064)") == 142774381696);
  CHECK(total(R"("model_type": "bailing_moe", "first_k_dense_replace": 1, "hidden_size": 2048,
      "intermediate_size": 5120, "max_position_embeddings": 32768, "moe_intermediate_size": 512,
      "num_experts_per_tok": 8, "num_attention_heads": 16, "num_experts": 256,
      "num_hidden_layers": 20, "num_key_value_heads": 4, "use_bias": false, "head_dim": 128,
      "num_shared_experts": 1, "use_qkv_bias": false, "use_qk_norm": true, "n_group": 8,
      "topk_group": 4, "moe_router_enable_expert_bias": true, "score_function": "sigmoid",
      "moe_shared_expert_intermediate_size": 512, "vocab_size": 157184)") == 16255643392);
}

TEST_CASE("MiMo-V2 has other heads in its windows, with narrow values and sinks") {
  std::string pattern = "0, 1, 1, 1, 1";
  for (int i = 0; i < 7; ++i)
    pattern += ", 0, 1, 1, 1, 1, 1";
  pattern += ", 0";
  const ModelSpec model = read(R"("model_type": "mimo_v2_flash", "hidden_size": 4096,
      "add_full_attention_sink_bias": false, "add_swa_attention_sink_bias": true,
      "attention_chunk_size": 128, "head_dim": 192, "hybrid_layer_pattern": [)" +
                               pattern + R"(], "intermediate_size": 16384,
      "max_position_embeddings": 262144, "moe_intermediate_size": 2048,
      "moe_layer_freq": [0, )" +
                               repeated("1", 47) +
                               R"(], "n_routed_experts": 256, "n_shared_experts": null,
      "num_attention_heads": 64, "num_experts_per_tok": 8, "num_hidden_layers": 48,
      "num_key_value_heads": 4, "sliding_window": 128, "sliding_window_size": 128,
      "swa_head_dim": 192, "swa_num_attention_heads": 64, "swa_num_key_value_heads": 8,
      "swa_v_head_dim": 128, "topk_method": "noaux_tc", "v_head_dim": 128,
      "vocab_size": 152576)");
  CHECK_THAT(count_parameters(model).total, WithinAbs(309e9, 0.5e9));  // model card: 309 B
  CHECK_THAT(count_parameters(model).active, WithinAbs(15e9, 0.5e9));  // 15 B active
  CHECK(kv_bytes(model) == 9 * 4 * (192 + 128) * 2);
  CHECK(std::get<GroupedQueryAttention>(model.layers[1].attention).kv_heads == 8);
  CHECK(std::get<GroupedQueryAttention>(model.layers[1].attention).sinks);
}

TEST_CASE("Llama 4 Scout has experts in every layer and chunks in three of four") {
  const ModelSpec scout = read(R"("model_type": "llama4", "text_config": {
      "model_type": "llama4_text", "attention_chunk_size": 8192, "head_dim": 128,
      "hidden_size": 5120, "interleave_moe_layer_step": 1, "intermediate_size": 8192,
      "intermediate_size_mlp": 16384, "max_position_embeddings": 10485760, "no_rope_layers": [],
      "num_attention_heads": 40, "num_experts_per_tok": 1, "num_hidden_layers": 48,
      "num_key_value_heads": 8, "num_local_experts": 16, "use_qk_norm": true,
      "vocab_size": 202048})");
  CHECK(count_parameters(scout).total == 107769861120);
  CHECK(kv_bytes(scout) == 12 * 2 * 8 * 128 * 2);
}

TEST_CASE("Command A, EXAONE 4 and SmolLM3 interleave windows or positions") {
  // One norm a layer less than counted, of 12288 values in each of 64.
  CHECK_THAT(total(R"("model_type": "cohere2", "head_dim": 128, "hidden_size": 12288,
      "intermediate_size": 36864, "max_position_embeddings": 131072, "num_attention_heads": 96,
      "num_hidden_layers": 64, "num_key_value_heads": 8, "sliding_window": 4096,
      "sliding_window_pattern": 4, "use_gated_activation": true, "vocab_size": 256000)"),
             WithinRel(111057580032.0, 1e-5));
  CHECK(kv_bytes(read(R"("model_type": "exaone4", "head_dim": 128, "hidden_size": 5120,
      "intermediate_size": 27392, "max_position_embeddings": 131072, "num_attention_heads": 40,
      "num_hidden_layers": 64, "num_key_value_heads": 8, "sliding_window": 4096,
      "sliding_window_pattern": "LLLG", "vocab_size": 102400)")) == 16 * 2 * 8 * 128 * 2);
  CHECK(total(R"("model_type": "smollm3", "hidden_size": 2048, "intermediate_size": 11008,
      "max_position_embeddings": 65536, "max_window_layers": 28, "no_rope_layer_interval": 4,
      "num_attention_heads": 16, "num_hidden_layers": 36, "num_key_value_heads": 4,
      "use_sliding_window": false, "vocab_size": 128256)") == 3075098624);
}

TEST_CASE("networks without a gate, with biases and learned positions are older") {
  CHECK(total(R"("model_type": "gpt2", "activation_function": "gelu_new", "n_ctx": 1024,
      "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024, "vocab_size": 50257)") ==
        124439808);
  CHECK(total(R"("model_type": "opt", "activation_function": "relu", "ffn_dim": 16384,
      "hidden_size": 4096, "max_position_embeddings": 2048, "num_attention_heads": 32,
      "num_hidden_layers": 32, "vocab_size": 50272, "word_embed_proj_dim": 4096)") == 6658473984);
  CHECK(total(R"("model_type": "gpt_neox", "hidden_act": "gelu_fast", "hidden_size": 6144,
      "intermediate_size": 24576, "max_position_embeddings": 2048, "num_attention_heads": 64,
      "num_hidden_layers": 44, "tie_word_embeddings": false, "vocab_size": 50432)") == 20554567680);
  CHECK(total(R"("model_type": "gpt_bigcode", "activation_function": "gelu", "multi_query": true,
      "n_embd": 6144, "n_head": 48, "n_inner": 24576, "n_layer": 40, "n_positions": 8192,
      "vocab_size": 49152)") == 15517456384);
  CHECK(total(R"("model_type": "falcon", "bias": false, "hidden_size": 8192,
      "new_decoder_architecture": true, "num_attention_heads": 128, "num_hidden_layers": 60,
      "num_kv_heads": 8, "vocab_size": 65024)") == 41303293952);
  // But for the norm of the embedding, 2 x 4096.
  CHECK(total(R"("model_type": "bloom", "n_embed": 4096, "n_layer": 30,
      "num_attention_heads": 32, "seq_length": 2048, "vocab_size": 250880)") ==
        7069016064 - 2 * 4096);
  CHECK(total(R"("model_type": "starcoder2", "hidden_act": "gelu_pytorch_tanh",
      "hidden_size": 4608, "intermediate_size": 18432, "max_position_embeddings": 16384,
      "num_attention_heads": 36, "num_hidden_layers": 32, "num_key_value_heads": 4,
      "sliding_window": 4096, "use_bias": true, "vocab_size": 49152)") == 7173923840);
}

TEST_CASE("DBRX writes its attention and experts into objects of their own") {
  const std::string dbrx = R"("model_type": "dbrx", "d_model": 6144, "max_seq_len": 32768,
      "n_heads": 48, "n_layers": 40, "vocab_size": 100352,
      "attn_config": {"clip_qkv": 8, "kv_n_heads": 8, "rope_theta": 500000},
      "ffn_config": {"ffn_hidden_size": 10752, "moe_jitter_eps": 0.01, "moe_loss_weight": 0.05,
                     "moe_num_experts": 16, "moe_top_k": 4})";
  CHECK(total(dbrx) == 131596523520);
}

TEST_CASE("OLMo, InternLM 2, Baichuan 2 and Seed-OSS load by their keys") {
  CHECK(total(R"("model_type": "internlm2", "bias": false, "hidden_size": 4096,
      "intermediate_size": 14336, "max_position_embeddings": 32768, "num_attention_heads": 32,
      "num_hidden_layers": 32, "num_key_value_heads": 8, "vocab_size": 92544)") == 7737708544);
  CHECK(total(R"("model_type": "baichuan", "hidden_size": 4096, "intermediate_size": 11008,
      "max_position_embeddings": 4096, "model_max_length": 4096, "num_attention_heads": 32,
      "num_hidden_layers": 32, "vocab_size": 125696)") == 7505973248);
  CHECK(total(R"("model_type": "seed_oss", "attention_bias": true, "attention_out_bias": false,
      "head_dim": 128, "hidden_size": 5120, "intermediate_size": 27648,
      "max_position_embeddings": 524288, "num_attention_heads": 80, "num_hidden_layers": 64,
      "num_key_value_heads": 8, "vocab_size": 155136)") == 36151104512);
  // Its norms of q and k are as wide as all heads: 61440 values more than counted.
  CHECK(total(R"("model_type": "olmoe", "hidden_size": 2048, "intermediate_size": 1024,
      "max_position_embeddings": 4096, "num_attention_heads": 16, "num_experts": 64,
      "num_experts_per_tok": 8, "num_hidden_layers": 16, "num_key_value_heads": 16,
      "vocab_size": 50304)") == 6919161856 - 61440);
}
