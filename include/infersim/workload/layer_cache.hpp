#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// What one layer keeps of a sequence between steps: `per_token` for each token, `per_window_token`
/// for each of the last `span` (of a window or chunk; 0: there is none), and `fixed` from the first
/// token on.
struct LayerCache {
  Bytes per_token = {};
  Count span = 0;
  Bytes per_window_token = {};
  Bytes fixed = {};

  /// Bytes that a sequence of `tokens` takes.
  [[nodiscard]] Bytes bytes(double tokens) const;
};

/// With a KV cache of t bytes a value:
///
///     gqa         kv_heads (head_dim + value_dim) t a token, and index_dim t where there is an
///     indexer mla         (kv_lora_rank + rope_dim) t a token sparse mla  latent_row + index_row a
///     token compressed  entry_row for each token of the window, (entry_row + index_row) / ratio a
///     token;
///                 fixed what is not yet pooled: 2 values of FP32 for each of the values and tokens
///                 that an entry pools, of the index keys alike
///     linear      heads key_dim value_dim values of `state`, and of 16 bits (conv - 1) channels,
///     or
///                 the hidden state of one token for each of RWKV-7's two shifts; all fixed
///     gated conv  (taps - 1) hidden values of 16 bits, fixed
///
/// An indexer that takes an earlier layer's choice has no index_row. `hidden` is the model's width.
LayerCache layer_cache(const Attention& attention, Count hidden, NumberType type);

/// A cached row of sparse latent attention: of 16 bits (kv_lora_rank + rope_dim) values; narrower,
/// the rotary key stays in 16 bits and every 128 latents of 8 bits have a scale in FP32. 656 B for
/// 512 + 64 values in FP8. Source: FlashMLA's `fp8_ds_mla` layout in vLLM and SGLang.
Bytes latent_row(const LatentAttention& attention, NumberType type);

/// A token or entry of compressed attention: of 16 bits head_dim values; narrower, the rotary part
/// stays in 16 bits and every 64 other values have a scale of a byte, in multiples of 8. 584 B for
/// 448 + 64 values in FP8. Source: the same layout for DeepSeek-V4 in vLLM.
Bytes entry_row(const CompressedAttention& attention, NumberType type);

/// A cached index key: beside latent and compressed attention of FP8 with a scale in FP32 for every
/// 128 values whatever the cache is in (132 B for 128), else in the cache's type.
Bytes index_row(const Attention& attention, NumberType type);

/// Channels of the short convolution before linear attention: queries, keys and values; of Mamba-1
/// the values alone.
Count conv_channels(const LinearAttention& attention);

/// KV bytes that a further token takes over all layers and heads, MTP layers excluded: none of the
/// layers whose window or chunk is full.
Bytes kv_bytes_per_token(const ModelSpec& model, NumberType type);

/// Bytes of a sequence that do not grow with its length: full windows and chunks in `type`, and
/// recurrent states in their own.
Bytes state_bytes(const ModelSpec& model, NumberType type);

}  // namespace infersim
