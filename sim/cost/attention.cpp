#include "infersim/cost/attention.hpp"

#include "infersim/workload/layer_cache.hpp"

namespace infersim {

AttentionShape absorbed_shape(const LatentAttention& latent, double heads, NumberType compute,
                              NumberType cache) {
  AttentionShape shape;
  shape.query_heads = heads;
  shape.kv_heads = 1.0;
  shape.key_dim = static_cast<double>(latent.kv_lora_rank + latent.rope_dim);
  shape.value_dim = static_cast<double>(latent.kv_lora_rank);
  shape.cached_values = shape.key_dim;
  shape.compute = compute;
  shape.cache = cache;
  shape.cached_row = latent_row(latent, cache);
  return shape;
}

AttentionShape expanded_shape(const LatentAttention& latent, double heads, NumberType compute,
                              NumberType values) {
  AttentionShape shape;
  shape.query_heads = heads;
  shape.kv_heads = heads;
  shape.key_dim = static_cast<double>(latent.nope_dim + latent.rope_dim);
  shape.value_dim = static_cast<double>(latent.v_dim);
  shape.cached_values = shape.key_dim + shape.value_dim;
  shape.compute = compute;
  shape.cache = values;
  return shape;
}

AttentionShape latent_prefill_shape(const KernelEfficiency& efficiency,
                                    const LatentAttention& latent, double heads, NumberType compute,
                                    NumberType cache) {
  return efficiency.attention.absorbed ? absorbed_shape(latent, heads, compute, cache)
                                       : expanded_shape(latent, heads, compute, NumberType::bf16);
}

AttentionShape index_shape(double heads, double head_dim, NumberType compute, NumberType cache) {
  AttentionShape shape;
  shape.query_heads = heads;
  shape.kv_heads = 1.0;
  shape.key_dim = shape.cached_values = head_dim;
  shape.value_dim = 0.0;
  shape.compute = compute;
  shape.cache = cache;
  return shape;
}

Bytes cached_row(const AttentionShape& shape) {
  return shape.cached_row > Bytes{} ? shape.cached_row
                                    : shape.cached_values * storage_size(shape.cache);
}

KernelFormat attention_format(NumberType products, NumberType cache) {
  const bool widens = width(products) == 16 && width(cache) <= 8;
  return widens ? KernelFormat::bf16_kv8 : format_of(products);
}

}  // namespace infersim
