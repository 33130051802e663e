#pragma once

#include <string>
#include <vector>

#include "infersim/workload/hf_config.hpp"

// Configurations of architectures that are more than grouped-query attention and one network, in
// the published sizes, reduced to the keys that say shapes.
namespace infersim::test {

/// `text` so many times, with commas between.
inline std::string repeated(const std::string& text, int times) {
  std::string all = text;
  for (int i = 1; i < times; ++i)
    all += ", " + text;
  return all;
}

struct Architecture {
  std::string name;
  std::string keys;
};

inline ModelSpec read_architecture(const Architecture& architecture) {
  return load_hf_config("{" + architecture.keys + "}", architecture.name + ".json");
}

inline const std::string deepseek_v4_flash = R"("model_type": "deepseek_v4", "hidden_size": 4096,
    "vocab_size": 129280, "num_hidden_layers": 43, "max_position_embeddings": 1048576,
    "num_attention_heads": 64, "num_key_value_heads": 1, "head_dim": 512, "q_lora_rank": 1024,
    "qk_rope_head_dim": 64, "o_groups": 8, "o_lora_rank": 1024, "sliding_window": 128,
    "compress_ratios": [0, 0, 4, )" + repeated("128, 4", 20) +
                                             R"(, 0], "index_n_heads": 64, "index_head_dim": 128,
    "index_topk": 512, "hc_mult": 4, "n_routed_experts": 256, "n_shared_experts": 1,
    "num_experts_per_tok": 6, "moe_intermediate_size": 2048, "topk_method": "noaux_tc",
    "num_hash_layers": 3, "num_nextn_predict_layers": 1, "expert_dtype": "fp4",
    "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]})";

inline const std::string glm_5_2 = R"("model_type": "glm_moe_dsa", "hidden_size": 6144,
    "vocab_size": 154880, "num_hidden_layers": 78, "max_position_embeddings": 1048576,
    "intermediate_size": 12288, "num_attention_heads": 64, "q_lora_rank": 2048,
    "kv_lora_rank": 512, "qk_nope_head_dim": 192, "qk_rope_head_dim": 64, "v_head_dim": 256,
    "index_head_dim": 128, "index_n_heads": 32, "index_topk": 2048, "index_topk_freq": 4,
    "index_skip_topk_offset": 3, "first_k_dense_replace": 3, "n_routed_experts": 256,
    "n_shared_experts": 1, "num_experts_per_tok": 8, "moe_intermediate_size": 2048,
    "topk_method": "noaux_tc", "num_nextn_predict_layers": 1)";

inline const std::string minimax_m3 = R"("model_type": "minimax_m3", "hidden_size": 6144,
    "vocab_size": 200064, "num_hidden_layers": 60, "max_position_embeddings": 1048576,
    "num_attention_heads": 64, "num_key_value_heads": 4, "head_dim": 128, "use_qk_norm": true,
    "intermediate_size": 3072, "dense_intermediate_size": 12288, "moe_intermediate_size": 3072,
    "shared_intermediate_size": 3072, "n_shared_experts": 1, "num_local_experts": 128,
    "num_experts_per_tok": 4, "use_routing_bias": true, "moe_layer_freq": [0, 0, 0, )" +
                                      repeated("1", 57) + R"(], "sparse_attention_config": {
      "sparse_num_index_heads": 4, "sparse_index_dim": 128, "sparse_block_size": 128,
      "sparse_topk_blocks": 16, "use_sparse_attention": true,
      "sparse_attention_freq": [0, 0, 0, )" +
                                      repeated("1", 57) + "]}";

inline const std::string gemma4_31b = R"("model_type": "gemma4_text", "hidden_size": 5376,
    "vocab_size": 262144, "num_hidden_layers": 60, "max_position_embeddings": 262144,
    "intermediate_size": 21504, "num_attention_heads": 32, "num_key_value_heads": 16,
    "head_dim": 256, "global_head_dim": 512, "num_global_key_value_heads": 4,
    "attention_k_eq_v": true, "hidden_size_per_layer_input": 0, "sliding_window": 1024)";

/// 35 layers, of which the last 20 share keys and values and have networks twice as wide.
inline const std::string gemma4_e2b = R"("model_type": "gemma4_text", "hidden_size": 1536,
    "vocab_size": 262144, "num_hidden_layers": 35, "max_position_embeddings": 131072,
    "intermediate_size": 6144, "num_attention_heads": 8, "num_key_value_heads": 1,
    "head_dim": 256, "global_head_dim": 512, "hidden_size_per_layer_input": 256,
    "vocab_size_per_layer_input": 262144, "num_kv_shared_layers": 20, "use_double_wide_mlp": true,
    "sliding_window": 512, "sliding_window_pattern": 5)";

inline const std::string gemma3n_e2b = R"("model_type": "gemma3n_text", "hidden_size": 2048,
    "vocab_size": 262400, "num_hidden_layers": 30, "max_position_embeddings": 32768,
    "intermediate_size": [)" + repeated("8192", 30) +
                                       R"(], "num_attention_heads": 8, "num_key_value_heads": 2,
    "head_dim": 256, "altup_num_inputs": 4, "laurel_rank": 64, "hidden_size_per_layer_input": 256,
    "vocab_size_per_layer_input": 262144, "num_kv_shared_layers": 10, "sliding_window": 512,
    "activation_sparsity_pattern": 0.95)";

inline const std::string longcat_flash = R"("model_type": "longcat_flash", "hidden_size": 6144,
    "vocab_size": 131072, "num_layers": 28, "num_hidden_layers": 56,
    "max_position_embeddings": 131072, "num_attention_heads": 64, "q_lora_rank": 1536,
    "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
    "ffn_hidden_size": 12288, "expert_ffn_hidden_size": 2048, "n_routed_experts": 512,
    "moe_topk": 12, "zero_expert_num": 256, "zero_expert_type": "identity")";

inline const std::string falcon_h1 = R"("model_type": "falcon_h1", "hidden_size": 1024,
    "vocab_size": 32784, "num_hidden_layers": 36, "max_position_embeddings": 16384,
    "intermediate_size": 2048, "num_attention_heads": 8, "num_key_value_heads": 2,
    "head_dim": 64, "mamba_d_ssm": 1536, "mamba_n_heads": 24, "mamba_d_head": 64,
    "mamba_d_state": 128, "mamba_n_groups": 1, "mamba_d_conv": 4, "mamba_expand": 2)";

inline const std::string jamba = R"("model_type": "jamba", "hidden_size": 4096,
    "vocab_size": 65536, "num_hidden_layers": 32, "max_position_embeddings": 262144,
    "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8,
    "attn_layer_period": 8, "attn_layer_offset": 4, "expert_layer_period": 2,
    "expert_layer_offset": 1, "num_experts": 16, "num_experts_per_tok": 2, "mamba_d_state": 16,
    "mamba_d_conv": 4, "mamba_dt_rank": 256, "mamba_expand": 2)";

inline const std::string mamba = R"("model_type": "mamba", "hidden_size": 2560,
    "vocab_size": 50280, "num_hidden_layers": 64, "intermediate_size": 5120, "state_size": 16,
    "conv_kernel": 4, "expand": 2, "time_step_rank": 160, "use_conv_bias": true,
    "use_bias": false)";

inline const std::string rwkv7 = R"("model_type": "rwkv7", "hidden_size": 2048,
    "vocab_size": 65536, "num_hidden_layers": 24, "max_position_embeddings": 2048,
    "intermediate_size": 8192, "hidden_ratio": 4.0, "head_dim": 64, "num_heads": null,
    "decay_low_rank_dim": 96, "a_low_rank_dim": 96, "v_low_rank_dim": 64,
    "gate_low_rank_dim": 256, "hidden_act": "sqrelu", "norm_bias": true, "attn": null)";

inline const std::string lfm2 = R"("model_type": "lfm2", "hidden_size": 2048,
    "vocab_size": 65536, "num_hidden_layers": 16, "max_position_embeddings": 128000,
    "block_ff_dim": 12288, "block_auto_adjust_ff_dim": true, "block_ffn_dim_multiplier": 1.0,
    "block_multiple_of": 256, "num_attention_heads": 32, "num_key_value_heads": 8,
    "conv_L_cache": 3, "conv_bias": false, "full_attn_idxs": [2, 5, 8, 10, 12, 14])";

inline const std::string trinity_mini = R"("model_type": "afmoe", "hidden_size": 2048,
    "vocab_size": 200192, "num_hidden_layers": 32, "max_position_embeddings": 131072,
    "intermediate_size": 6144, "num_attention_heads": 32, "num_key_value_heads": 4,
    "head_dim": 128, "num_dense_layers": 2, "num_experts": 128, "num_experts_per_tok": 8,
    "num_shared_experts": 1, "moe_intermediate_size": 1024, "global_attn_every_n_layers": 4,
    "sliding_window": 2048)";

inline const std::string step3 = R"("model_type": "step3_text", "hidden_size": 7168,
    "vocab_size": 128815, "num_hidden_layers": 61, "max_position_embedding": 65536,
    "intermediate_size": 18432, "num_attention_heads": 64, "num_attention_groups": 1,
    "head_dim": 256, "share_q_dim": 2048, "share_expert_dim": 5120, "moe_num_experts": 48,
    "moe_top_k": 3, "moe_intermediate_size": 5120, "moe_layers_enum": "4,5,6,7,8,9,10,11,12,13,14,
15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,
47,48,49,50,51,52,53,54,55,56,57,58,59")";

inline std::string one_line(std::string text) {
  std::string line;
  for (const char c : text)
    if (c != '\n') line += c;
  return line;
}

inline std::vector<Architecture> architectures() {
  return {{"deepseek-v4-flash", deepseek_v4_flash},
          {"glm-5.2", glm_5_2},
          {"minimax-m3", minimax_m3},
          {"gemma-4-31b", gemma4_31b},
          {"gemma-4-e2b", gemma4_e2b},
          {"gemma-3n-e2b", gemma3n_e2b},
          {"longcat-flash", longcat_flash},
          {"falcon-h1", falcon_h1},
          {"jamba", jamba},
          {"mamba", mamba},
          {"rwkv-7", rwkv7},
          {"lfm2", lfm2},
          {"trinity-mini", trinity_mini},
          {"step-3", one_line(step3)}};
}

}  // namespace infersim::test
