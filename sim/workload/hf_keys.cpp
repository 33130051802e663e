#include "workload/hf_keys.hpp"

#include <algorithm>
#include <iterator>

namespace infersim::detail {

namespace {

// clang-format off

/// What hf_config.cpp and hf_checkpoint.cpp read, for "did you mean".
constexpr std::string_view understood[] = {
    "add_cross_attention", "architectures", "attention_bias", "decoder_sparse_step", "dtype",
    "first_k_dense_replace", "head_dim", "hidden_act", "hidden_size", "intermediate_size",
    "is_encoder_decoder", "kv_lora_rank", "layer_types", "max_position_embeddings",
    "max_window_layers", "mlp_bias", "mlp_only_layers", "model_type", "moe_intermediate_size",
    "moe_layer_freq", "n_group", "n_routed_experts", "n_shared_experts", "num_attention_heads",
    "num_experts", "num_experts_per_tok", "num_hidden_layers", "num_key_value_heads",
    "num_local_experts", "num_nextn_predict_layers", "q_lora_rank", "qk_nope_head_dim",
    "qk_rope_head_dim", "qkv_bias", "quantization_config", "scoring_func",
    "shared_expert_intermediate_size", "sliding_window", "text_config", "tie_word_embeddings",
    "topk_group", "topk_method", "torch_dtype", "use_qk_norm", "use_sliding_window", "v_head_dim",
    "vocab_size"};

/// Keys that say how a model was trained, is loaded, sampled from or rotated, not what it holds.
constexpr std::string_view harmless[] = {
    // The file and its software.
    "_attn_implementation", "_attn_implementation_autoset", "_commit_hash", "_name_or_path",
    "attn_implementation", "auto_map", "name_or_path", "tokenizer_class", "torchscript",
    "transformers_version", "unsloth_fixed", "unsloth_version", "use_bfloat16",
    // Token ids.
    "bos_token_id", "decoder_start_token_id", "eos_token_id", "forced_bos_token_id",
    "forced_eos_token_id", "pad_token_id", "sep_token_id",
    // Rotary embedding: it has no weights.
    "original_max_position_embeddings", "partial_rotary_factor", "rope_interleave",
    "rope_parameters", "rope_scaling", "rope_theta",
    // Training.
    "attention_dropout", "aux_loss_alpha", "embd_pdrop", "hidden_dropout", "initializer_range",
    "norm_topk_prob", "output_router_logits", "pretraining_tp", "resid_pdrop",
    "routed_scaling_factor", "router_aux_loss_coef", "router_jitter_noise", "seq_aux",
    // Numerics and how the model is run.
    "chunk_size_feed_forward", "ep_size", "output_attentions", "output_hidden_states",
    "rms_norm_eps", "return_dict", "use_cache",
    // Defaults of generation and of other tasks that older files carry along.
    "bad_words_ids", "begin_suppress_tokens", "cross_attention_hidden_size", "diversity_penalty",
    "do_sample", "early_stopping", "encoder_no_repeat_ngram_size",
    "exponential_decay_length_penalty", "finetuning_task", "id2label", "is_decoder", "label2id",
    "length_penalty", "max_length", "min_length", "no_repeat_ngram_size", "num_beam_groups",
    "num_beams", "num_return_sequences", "output_scores", "prefix", "problem_type", "pruned_heads",
    "remove_invalid_values", "repetition_penalty", "return_dict_in_generate", "suppress_tokens",
    "task_specific_params", "temperature", "tf_legacy_loss", "tie_encoder_decoder", "top_k",
    "top_p", "typical_p"};

// clang-format on

}  // namespace

bool is_harmless_hf_key(std::string_view key) {
  return std::find(std::begin(harmless), std::end(harmless), key) != std::end(harmless);
}

std::vector<std::string> understood_hf_keys() {
  return {std::begin(understood), std::end(understood)};
}

}  // namespace infersim::detail
