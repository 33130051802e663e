#include "workload/hf_keys.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim::detail {

namespace {

// clang-format off

/// Keys that say how a model was trained, is loaded, sampled from or rotated, not what it holds.
constexpr std::string_view harmless[] = {
    // The file and its software.
    "_attn_implementation", "_attn_implementation_autoset", "_attn_implementation_internal",
    "_commit_hash", "_flash_attn_2_enabled", "_from_model_config", "_name_or_path",
    "attn_implementation", "auto_map", "bf16", "cache_implementation", "for_llm_compressor", "fp16",
    "fp32", "inference_runner", "init_config", "init_device", "max_batch_size", "model_name",
    "name_or_path", "onnx_safe", "pad_key_length", "pre_allocate_kv_cache", "tokenizer_class",
    "tokenizer_name", "torchscript", "transformers.js_config", "transformers_version",
    "unsloth_fixed", "unsloth_version", "use_bfloat16", "use_flash_attention",
    "use_flash_attention_2", "use_flash_attn", "use_mamba_kernels", "validate_runner_input",
    "verbose",
    // Positions without weights.
    "alibi", "attn_rotary_emb", "attn_scale", "attn_temperature_tuning",
    "dual_chunk_attention_config", "floor_scale", "indexer_rope_interleave",
    "initial_context_length", "interleaved_qkv", "mla_use_nope", "offset_alibi",
    "original_max_position_embeddings", "original_rope", "partial_rotary_factor",
    "position_embedding_type", "position_embedding_xdrope", "position_encoding_2d", "use_alibi",
    "use_dynamic_ntk", "use_fused_rope", "use_logn_attn", "use_rope", "use_rotary_pos_emb",
    "xdrope_section",
    // Training.
    "aux_loss_alpha", "capacity_factor", "dropout", "gradient_checkpointing", "layerdrop",
    "norm_topk_prob", "output_router_logits", "pretraining_tp", "seq_aux", "token_dropout",
    "z_loss_weight",
    // Multipliers of what flows, and how a projection is laid out.
    "_comment", "attention_in_multiplier", "attention_out_multiplier", "attn_output_multiplier",
    "embedding_multiplier_scale", "key_multiplier", "lm_head_multiplier", "max_attn_value",
    "mla_scale_kv_lora", "mla_scale_q_lora", "mlp_multipliers", "num_media_embeds",
    "output_multiplier_scale", "ssm_in_multiplier", "ssm_multipliers", "ssm_out_multiplier",
    "using_split_qkv_in_self_attention",
    // Numerics: scales, caps, precision, and the order of norms.
    "_remove_final_layer_norm", "apply_query_key_layer_scaling",
    "apply_residual_connection_post_layernorm", "attention_multiplier", "attention_softmax_in_fp32",
    "attention_value_scale", "attn_logit_softcapping", "bias_dropout_fusion", "clip_qkv",
    "dim_model_base", "do_layer_norm_before", "embedding_fraction", "embedding_multiplier",
    "enable_lm_head_fp32", "final_logit_softcapping", "fp32_residual_connection",
    "layer_norm_elementwise_affine", "logit_scale", "logits_scaling", "masked_softmax_fusion",
    "norm_head", "norm_softmax", "norm_type", "normalization_function", "num_ln_in_parallel_attn",
    "order_of_interleaved_layers", "parallel_attn", "post_layer_norm", "postnorm", "qk_norm_type",
    "query_pre_attn_scalar", "reorder_and_upcast_attn", "rescale_prenorm_residual",
    "residual_in_fp32", "residual_multiplier", "rmsnorm", "scale_attention_softmax_in_fp32",
    "scale_attn_by_inverse_layer_idx", "scale_attn_weights", "scale_depth", "scale_emb",
    "skip_bias_add", "skip_bias_add_qkv", "slow_but_exact", "softmax_in_fp32", "swiglu_limit",
    "use_embedding_sharing", "use_parallel_block", "use_parallel_embedding",
    "use_parallel_residual", "use_rmsnorm",
    // Routing: how experts are weighted, and what is dropped in training.
    "moe_capacity", "moe_dense_experts_token_type_id", "moe_drop_tokens", "moe_gate",
    "moe_gate_act", "moe_group", "moe_multimodal_dispatch_use_allgather", "moe_norm_min",
    "moe_random_routing_dropped_token", "moe_renormalize", "moe_reverse_token_drop",
    "moe_routed_scaling_factor", "moe_router_dtype", "moe_router_topk_scaling_factor",
    "moe_shared_expert_overlap", "moe_use_hard_gate", "norm_expert_weight",
    "normalize_expert_weights", "routed_scaling_factor", "router_dtype", "router_type",
    "shared_moe_mode", "use_grouped_topk",
    // Mamba and linear attention: how the recurrence is run.
    "block_size", "chunk_size", "mamba_chunk_size", "mamba_hidden_act", "output_gate_type",
    "rms_norm", "time_step_floor", "time_step_limit", "time_step_max", "time_step_min",
    "time_step_rank",
    // Multi-token prediction beside the count of its layers.
    "mtp_hybrid_override_pattern", "mtp_layers_block_type", "mtp_loss_scaling_factor",
    "mtp_use_dedicated_embeddings",
    // Shapes that the family's own software does not read, or that are next to nothing.
    "dense_list", "lm_head_bias", "org_vocab_size", "router_bias",
    // DeepSeek-V4, GLM-5.2 and MiniMax-M3: how streams mix, experts are hashed and blocks scored.
    "compress_rope_theta", "hc_sinkhorn_iters", "index_share_for_mtp_iteration", "num_hash_layers",
    "swiglu_alpha", "use_gemma_norm",
    // Gemma 3n and 4: how streams are scaled, which inner values are zero, pictures' attention.
    "activation_sparsity_pattern", "altup_active_idx", "altup_coef_clip", "altup_correct_scale",
    "altup_lr_multiplier", "use_bidirectional_attention",
    // Trinity, Hunyuan and LongCat: scales of routing, and what does nothing.
    "attention_method", "enable_moe_fp32_combine", "load_balance_coeff", "mup_enabled",
    "route_norm", "route_scale", "router_scaling_factor", "score_func", "use_grouped_mm",
    "zero_expert_type",
    // LFM2: widths that are the hidden size, and initialisation.
    "block_dim", "block_mlp_init_scale", "block_out_init_scale", "block_use_swiglu",
    "block_use_xavier_init", "conv_dim", "conv_dim_out", "conv_use_xavier_init", "theta",
    "use_pos_enc",
    // Falcon-H1, Jamba, Mamba, RWKV and Step-3.
    "att_impl_type", "attn_mode", "calc_logits_for_entire_prompt", "expansion_factor",
    "fuse_cross_entropy", "fuse_linear_cross_entropy", "fuse_norm", "fused_add_norm",
    "mamba_norm_before_gate", "mamba_rms_norm", "mamba_use_mlp", "mlp_expansion_factor",
    "need_fp32_gate", "norm_first", "pad_vocab_size_multiple", "projectors_bias",
    "time_step_init_scheme", "time_step_scale", "use_l2warp", "use_mambapy",
    // How the model is run.
    "chunk_size_feed_forward", "ep_size", "num_logits_to_keep", "output_attentions",
    "output_hidden_states", "pre_seq_len", "prefix_projection", "quantization_bit", "return_dict",
    "tensor_parallel_degree", "use_cache",
    // Defaults of generation and of other tasks that files carry along.
    "add_classification_head", "anyres_pooling_size", "bad_words_ids", "begin_suppress_tokens",
    "class_num", "cross_attention_hidden_size", "diversity_penalty", "do_sample", "early_stopping",
    "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "finetuning_task",
    "generation_config", "id2label", "is_decoder", "label2id", "length_penalty", "mask_init_id",
    "max_length", "max_new_tokens", "min_length", "no_repeat_ngram_size", "num_beam_groups",
    "num_beams", "num_return_sequences", "output_scores", "pad_id", "pool_type", "prefix",
    "problem_type", "pruned_heads", "remove_invalid_values", "repetition_penalty",
    "return_dict_in_generate", "sep_token", "skip_cls_token", "suppress_tokens",
    "task_specific_params", "temperature", "text_end_id", "text_start_id", "tf_legacy_loss",
    "tie_encoder_decoder", "top_k", "top_p", "typical_p"};

/// Beginnings and ends of further ones: rotary embedding, initialisation, dropout, losses, epsilons
/// and token ids.
constexpr std::string_view harmless_starts[] = {
    "init_method", "initializer_", "layernorm_", "rope_", "rotary_", "summary_", "swa_rope_"};
constexpr std::string_view harmless_ends[] = {
    "_alpha_factor", "_base_freq", "_beta_factor", "_coef", "_dropout", "_dropout_p",
    "_dropout_prob", "_eps", "_epsilon", "_init_std", "_jitter_eps", "_jitter_noise",
    "_loss_lambda", "_loss_weight", "_pdrop", "_rope_theta", "_token_id", "_token_ids",
    "_token_index", "init_std"};

/// Switches that are understood where they matter; off they never do.
constexpr std::string_view switches[] = {
    "add_bias_linear", "attention_bias", "attn_output_gate", "bias", "learned_pos_emb", "mlp_bias",
    "post_norm", "qkv_bias", "use_attention_sink", "use_bias", "use_cla", "use_mla",
    "use_qkv_bias"};

/// Keys around a nested configuration.
constexpr std::string_view harmless_outer[] = {
    "candidate_resolutions", "downsample_ratio", "global_view_pos", "ignore_index", "im_end_token",
    "im_start_token", "language_model_only", "pad2square", "ps_version", "select_layer",
    "spatial_merge_size", "template", "tile_tag", "understand_projector_stride",
    "use_backbone_lora", "use_llm_lora", "use_thumbnail"};
constexpr std::string_view outer_parts[] = {
    "audio", "image", "img_", "mm_", "multimodal", "patch", "pixel", "projector", "speech",
    "video", "vision", "visual"};

// clang-format on

struct Refusal {
  std::string_view key;
  std::string_view reason;
};

constexpr std::string_view zamba = "blocks that layers share are not understood";
constexpr std::string_view indexer = "an indexer is understood beside latent attention alone";
constexpr std::string_view rwkv = "the recurrences of RWKV before 7 are not understood";

constexpr Refusal refusals[] = {
    {"add_cross_attention", "true is not understood"},
    {"attention_hidden_size", rwkv},
    {"attention_types", "local attention of GPT-Neo is not understood"},
    {"block_configs", "layers of many shapes (block_configs) are not understood"},
    {"blocksparse_block_size", "block-sparse attention is not understood"},
    {"hybrid_layer_ids", zamba},
    {"index_head_dim", indexer},
    {"index_n_heads", indexer},
    {"index_topk", indexer},
    {"is_encoder_decoder", "true is not understood"},
    {"lru_width", "recurrent layers of Griffin are not understood"},
    {"num_mem_blocks", zamba},
    {"parallel_attn_mlp_res", "a dense network beside attention is not understood"},
    {"rescale_every", rwkv},
    {"use_mem_rope", zamba},
    {"use_shared_attention_adapter", zamba},
};

template <std::size_t N>
bool among(const std::string_view (&names)[N], std::string_view key) {
  return std::find(std::begin(names), std::end(names), key) != std::end(names);
}

}  // namespace

bool is_harmless_hf_key(std::string_view key) {
  return among(harmless, key) ||
         std::any_of(std::begin(harmless_starts), std::end(harmless_starts),
                     [key](std::string_view start) { return key.starts_with(start); }) ||
         std::any_of(std::begin(harmless_ends), std::end(harmless_ends),
                     [key](std::string_view end) { return key.ends_with(end); });
}

bool is_harmless_outer_hf_key(std::string_view key) {
  return is_harmless_hf_key(key) || among(harmless_outer, key) ||
         std::any_of(std::begin(outer_parts), std::end(outer_parts), [key](std::string_view part) {
           return key.find(part) != std::string_view::npos;
         });
}

std::string_view refused_hf_key(std::string_view key) {
  const auto* known = std::find_if(std::begin(refusals), std::end(refusals),
                                   [key](const Refusal& refusal) { return refusal.key == key; });
  return known == std::end(refusals) ? std::string_view() : known->reason;
}

void refuse_unread_hf_keys(HfObject& config, bool outer) {
  constexpr std::size_t most_faults = 1000;  // that are listed at all
  const std::vector<std::string> absent(config.missed().begin(), config.missed().end());
  std::size_t faults = 0;
  for (const std::string& key : config.unread()) {
    if (outer ? is_harmless_outer_hf_key(key) : is_harmless_hf_key(key)) continue;
    if (among(switches, key) && config.is_off(key)) continue;
    std::string hint = fmt::format("`--accept {}` goes on without it", key);
    const std::string_view reason = refused_hf_key(key);
    if (!reason.empty()) {
      if (!config.is_off(key)) config.fault(key, std::string(reason), std::move(hint));
      continue;
    }
    if (++faults > most_faults) return;
    const std::string meant = did_you_mean(key, absent);
    if (!meant.empty()) hint = meant + " " + hint;
    config.fault(key, "neither understood nor known to be harmless", std::move(hint));
  }
}

}  // namespace infersim::detail
