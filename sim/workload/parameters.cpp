#include "infersim/workload/parameters.hpp"

#include <algorithm>

namespace infersim {

namespace {

double real(Count count) { return static_cast<double>(count); }

double attention_parameters(const GroupedQueryAttention& a, double hidden) {
  const double q = real(a.heads * a.head_dim);
  const double out = real(a.heads * a.value_dim);
  const double kv = a.shared_kv ? 0 : real(a.kv_heads * (a.head_dim + a.value_dim));
  const double columns = q + kv + (a.output_gate ? out : 0);
  double count = hidden * columns + out * hidden;
  if (a.qk_norm) count += 2 * real(a.head_dim);
  if (a.bias) count += columns;
  if (a.output_bias) count += hidden;
  if (a.sinks) count += real(a.heads);
  return count;
}

/// Queries from their latent, one key from the hidden state with its LayerNorm, a weight a head.
double indexer_parameters(const Indexer& i, double query_width, double hidden) {
  const double columns = real(i.heads * i.head_dim);
  return query_width * columns + (hidden + 2) * real(i.head_dim) + hidden * real(i.heads);
}

double attention_parameters(const LatentAttention& a, double hidden) {
  const double heads = real(a.heads);
  const double q_lora = real(a.q_lora_rank);
  const double kv_lora = real(a.kv_lora_rank);
  const double q = heads * (real(a.nope_dim) + real(a.rope_dim));
  // Down-projection, norm of the latent, up-projection; or one projection without compression.
  const double queries = q_lora > 0 ? hidden * q_lora + q_lora + q_lora * q : hidden * q;
  const double keys_values = hidden * (kv_lora + real(a.rope_dim)) + kv_lora +
                             kv_lora * heads * (real(a.nope_dim) + real(a.v_dim));
  double count = queries + keys_values + heads * real(a.v_dim) * hidden;
  if (a.indexer) count += indexer_parameters(*a.indexer, q_lora > 0 ? q_lora : hidden, hidden);
  return count;
}

double attention_parameters(const LinearAttention& a, double hidden) {
  const double heads = real(a.heads);
  const double keys = real(a.key_heads * a.key_dim);
  const double values = real(a.heads * a.value_dim);
  const double channels = real(conv_channels(a));
  const double conv = channels * (real(a.conv) + (a.conv_bias ? 1 : 0));
  const double value_dim = real(a.value_dim);
  const double out = values * hidden;
  switch (a.kind) {
    case LinearKind::lightning:  // q, k, v, output gate; a norm over all heads
      return hidden * (2 * keys + 2 * values) + conv + values + out;
    case LinearKind::mamba2:  // x, z, B, C, dt; A, D and the bias of dt for each head
      return hidden * (2 * keys + 2 * values + heads) + conv + 3 * heads + values + out;
    case LinearKind::gated_delta:  // q, k, v, z, alpha, beta; A and the bias of dt for each head
      return hidden * (2 * keys + 2 * values + 2 * heads) + conv + 2 * heads + value_dim + out;
    case LinearKind::kimi_delta:  // decay and output gate each through a rank of value_dim
      return hidden * (2 * keys + values + heads) + conv +
             (hidden * value_dim + value_dim * keys + heads + keys) +
             (hidden * value_dim + value_dim * values) + value_dim + out;
  }
  return 0;
}

double attention_parameters(const None&, double) { return 0; }

/// Gate, up and down; or up and down.
double ffn_parameters(double width, double intermediate, bool gated) {
  return (gated ? 3 : 2) * width * intermediate;
}

double ffn_biases(double width, double intermediate, bool gated) {
  return (gated ? 2 : 1) * intermediate + width;
}

void add_ffn(LayerParameters& layer, const DenseFfn& ffn, double hidden) {
  const double intermediate = real(ffn.intermediate);
  layer.dense_ffn = ffn_parameters(hidden, intermediate, ffn.gated);
  if (ffn.bias) layer.dense_ffn += ffn_biases(hidden, intermediate, ffn.gated);
}

void add_ffn(LayerParameters& layer, const MoeFfn& ffn, double hidden) {
  const double width = ffn.latent > 0 ? real(ffn.latent) : hidden;
  const double intermediate = real(ffn.intermediate);
  double expert = ffn_parameters(width, intermediate, ffn.gated);
  if (ffn.bias) expert += ffn_biases(width, intermediate, ffn.gated);
  layer.dense_ffn = ffn_parameters(hidden, real(ffn.shared_intermediate), ffn.gated) +
                    2 * hidden * real(ffn.latent) + (ffn.shared_gate ? hidden : 0);
  const double biases = (ffn.router_bias ? 1 : 0) + (ffn.bias ? 1 : 0);
  layer.router = real(ffn.experts) * (hidden + biases);
  layer.experts = real(ffn.experts) * expert;
  layer.active_experts = real(ffn.top_k) * expert;
}

void add_ffn(LayerParameters&, const None&, double) {}

double norm_width(const ModelSpec& model) { return real(model.hidden) * (model.norm_bias ? 2 : 1); }

}  // namespace

LayerParameters layer_parameters(const ModelSpec& model, const LayerGroup& group) {
  const double hidden = real(model.hidden);
  LayerParameters layer;
  layer.attention =
      std::visit([&](const auto& a) { return attention_parameters(a, hidden); }, group.attention);
  std::visit([&](const auto& ffn) { add_ffn(layer, ffn, hidden); }, group.ffn);
  // Before attention and before the feed-forward network; after them too where the model says so.
  const int blocks = (std::holds_alternative<None>(group.attention) ? 0 : 1) +
                     (std::holds_alternative<None>(group.ffn) ? 0 : 1);
  layer.norms = blocks * (model.post_norms ? 2 : 1) * norm_width(model);
  return layer;
}

ModelParameters count_parameters(const ModelSpec& model) {
  const double hidden = real(model.hidden);
  ModelParameters parameters;
  parameters.embedding = real(model.vocab) * hidden;
  parameters.positions = real(model.positions) * hidden;
  parameters.head = model.tied_embeddings ? 0 : parameters.embedding;
  double layers = norm_width(model);  // the final norm
  double active_layers = layers;
  for (const LayerGroup& group : model.layers) {
    const LayerParameters layer = layer_parameters(model, group);
    layers += real(group.count) * layer.total();
    active_layers += real(group.count) * layer.active();
    parameters.experts += real(group.count) * layer.experts;
  }
  parameters.total = parameters.embedding + parameters.positions + layers + parameters.head;
  // The head multiplies every token, also where its matrix is the embedding's.
  parameters.active = active_layers + parameters.embedding;
  if (model.mtp) {
    // Norms of the embedding, of the hidden state and before the shared head; 2 hidden to hidden.
    const double joint = 3 * hidden + 2 * hidden * hidden;
    parameters.mtp = real(model.mtp->count) * (layer_parameters(model, *model.mtp).total() + joint);
  }
  return parameters;
}

Count conv_channels(const LinearAttention& a) {
  return 2 * a.key_heads * a.key_dim + a.heads * a.value_dim;
}

Bytes LayerCache::bytes(double tokens, NumberType type) const {
  const double kept = span > 0 ? std::min(tokens, real(span)) : tokens;
  return real(per_token) * kept * storage_size(type) + fixed;
}

LayerCache layer_cache(const Attention& attention) {
  LayerCache cache;
  if (const auto* grouped = std::get_if<GroupedQueryAttention>(&attention)) {
    if (grouped->shared_kv) return cache;
    cache.per_token = grouped->kv_heads * (grouped->head_dim + grouped->value_dim);
    cache.span = grouped->span;
  } else if (const auto* latent = std::get_if<LatentAttention>(&attention)) {
    cache.per_token =
        latent->kv_lora_rank + latent->rope_dim + (latent->indexer ? latent->indexer->head_dim : 0);
  } else if (const auto* linear = std::get_if<LinearAttention>(&attention)) {
    const Count matrices = linear->heads * linear->key_dim * linear->value_dim;
    const Count inputs = std::max<Count>(linear->conv - 1, 0) * conv_channels(*linear);
    cache.fixed = real(matrices) * storage_size(linear->state) +
                  real(inputs) * storage_size(NumberType::bf16);
  }
  return cache;
}

Bytes kv_bytes_per_token(const ModelSpec& model, NumberType type) {
  double values = 0;
  for (const LayerGroup& group : model.layers) {
    const LayerCache cache = layer_cache(group.attention);
    if (cache.span == 0) values += real(group.count) * real(cache.per_token);
  }
  return values * storage_size(type);
}

Bytes state_bytes(const ModelSpec& model, NumberType type) {
  Bytes sum;
  for (const LayerGroup& group : model.layers) {
    const LayerCache cache = layer_cache(group.attention);
    sum += real(group.count) *
           (real(cache.per_token) * real(cache.span) * storage_size(type) + cache.fixed);
  }
  return sum;
}

Bytes weight_bytes(const ModelSpec& model, NumberType linear, NumberType experts) {
  const ModelParameters parameters = count_parameters(model);
  double wide = parameters.embedding + parameters.positions + parameters.head + norm_width(model);
  double narrow = 0;
  for (const LayerGroup& group : model.layers) {
    const LayerParameters layer = layer_parameters(model, group);
    wide += real(group.count) * (layer.norms + layer.router);
    narrow += real(group.count) * (layer.attention + layer.dense_ffn);
  }
  const NumberType sixteen = linear == NumberType::fp32 ? linear : NumberType::bf16;
  return wide * storage_size(sixteen) + narrow * storage_size(linear) +
         parameters.experts * storage_size(experts);
}

}  // namespace infersim
