#include "infersim/workload/layer_cache.hpp"

#include <algorithm>
#include <cmath>

namespace infersim {

namespace {

double real(Count count) { return static_cast<double>(count); }

bool is_narrow(NumberType type) { return width(type) <= 8; }

constexpr double scale_values = 128;       // of FP8 that share a scale in FP32
constexpr double entry_scale_values = 64;  // of a compressed entry that share a scale of one byte
constexpr Bytes scale{4.0};

double pieces(Count values, double each) { return std::ceil(real(values) / each); }

LayerCache cache_of(const GroupedQueryAttention& a, Count, NumberType type) {
  LayerCache cache;
  if (a.shared_kv) return cache;
  const Bytes row = real(a.kv_heads * (a.head_dim + a.value_dim)) * storage_size(type);
  if (a.reach == Reach::all) {
    cache.per_token = row + index_row(a, type);
  } else {
    cache.span = a.span;
    cache.per_window_token = row;
  }
  return cache;
}

LayerCache cache_of(const LatentAttention& a, Count, NumberType type) {
  return {.per_token = latent_row(a, type) + index_row(a, type)};
}

/// Keys, values and index keys that wait to be pooled, each with its score.
Bytes unpooled(const CompressedAttention& a) {
  const double overlap = a.indexer ? 2 : 1;
  const double values = real(a.head_dim) + (a.indexer ? real(a.indexer->head_dim) : 0);
  return 2 * overlap * values * overlap * real(a.ratio) * storage_size(NumberType::fp32);
}

LayerCache cache_of(const CompressedAttention& a, Count, NumberType type) {
  LayerCache cache;
  cache.span = a.window;
  cache.per_window_token = entry_row(a, type);
  if (a.ratio == 0) return cache;
  cache.per_token = (entry_row(a, type) + index_row(a, type)) / real(a.ratio);
  cache.fixed = unpooled(a);
  return cache;
}

LayerCache cache_of(const LinearAttention& a, Count hidden, NumberType) {
  const Count inputs =
      a.kind == LinearKind::rwkv7 ? 2 * hidden : std::max<Count>(a.conv - 1, 0) * conv_channels(a);
  return {.fixed = real(a.heads * a.key_dim * a.value_dim) * storage_size(a.state) +
                   real(inputs) * storage_size(NumberType::bf16)};
}

LayerCache cache_of(const ParallelMixers& a, Count hidden, NumberType type) {
  LayerCache cache = cache_of(a.attention, hidden, type);
  cache.fixed = cache_of(a.recurrence, hidden, type).fixed;
  return cache;
}

LayerCache cache_of(const GatedConvolution& a, Count hidden, NumberType) {
  return {.fixed = real((a.taps - 1) * hidden) * storage_size(NumberType::bf16)};
}

LayerCache cache_of(const None&, Count, NumberType) { return {}; }

}  // namespace

Bytes LayerCache::bytes(double tokens) const {
  return tokens * per_token + std::min(tokens, real(span)) * per_window_token + fixed;
}

LayerCache layer_cache(const Attention& attention, Count hidden, NumberType type) {
  return std::visit([&](const auto& a) { return cache_of(a, hidden, type); }, attention);
}

Bytes latent_row(const LatentAttention& a, NumberType type) {
  if (!a.indexer || !is_narrow(type)) {
    return real(a.kv_lora_rank + a.rope_dim) * storage_size(type);
  }
  const Bytes scales = width(type) == 8 ? pieces(a.kv_lora_rank, scale_values) * scale : Bytes{};
  return real(a.kv_lora_rank) * storage_size(type) + scales +
         real(a.rope_dim) * storage_size(NumberType::bf16);
}

Bytes entry_row(const CompressedAttention& a, NumberType type) {
  if (!is_narrow(type)) return real(a.head_dim) * storage_size(type);
  constexpr double aligned = 8;
  const Count plain = a.head_dim - a.rope_dim;
  const double scales =
      width(type) == 8 ? std::ceil(pieces(plain, entry_scale_values) / aligned) * aligned : 0;
  return real(plain) * storage_size(type) + Bytes{scales} +
         real(a.rope_dim) * storage_size(NumberType::bf16);
}

Bytes index_row(const Attention& attention, NumberType type) {
  const Indexer* picks = indexer(attention);
  if (picks == nullptr || picks->shared) return {};
  if (std::holds_alternative<GroupedQueryAttention>(attention)) {
    return real(picks->head_dim) * storage_size(type);
  }
  return real(picks->head_dim) * storage_size(NumberType::fp8) +
         pieces(picks->head_dim, scale_values) * scale;
}

Count conv_channels(const LinearAttention& a) {
  if (a.kind == LinearKind::mamba1) return a.heads * a.value_dim;
  return 2 * a.key_heads * a.key_dim + a.heads * a.value_dim;
}

Bytes kv_bytes_per_token(const ModelSpec& model, NumberType type) {
  Bytes sum;
  for (const LayerGroup& group : model.layers) {
    sum += real(group.count) * layer_cache(group.attention, model.hidden, type).per_token;
  }
  return sum;
}

Bytes state_bytes(const ModelSpec& model, NumberType type) {
  Bytes sum;
  for (const LayerGroup& group : model.layers) {
    const LayerCache cache = layer_cache(group.attention, model.hidden, type);
    sum += real(group.count) * (real(cache.span) * cache.per_window_token + cache.fixed);
  }
  return sum;
}

}  // namespace infersim
