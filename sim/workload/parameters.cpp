#include "infersim/workload/parameters.hpp"

namespace infersim {

namespace {

double real(Count count) { return static_cast<double>(count); }

double attention_parameters(const GroupedQueryAttention& a, double hidden) {
  const double q = real(a.heads) * real(a.head_dim);
  const double kv = real(a.kv_heads) * real(a.head_dim);
  double count = hidden * (q + 2 * kv) + q * hidden;
  if (a.qk_norm) count += 2 * real(a.head_dim);
  if (a.bias) count += q + 2 * kv;
  if (a.output_bias) count += hidden;
  return count;
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
  return queries + keys_values + heads * real(a.v_dim) * hidden;
}

/// Gate, up and down.
double gated_ffn_parameters(double hidden, double intermediate) {
  return 3 * hidden * intermediate;
}

void add_ffn(LayerParameters& layer, const DenseFfn& ffn, double hidden) {
  layer.dense_ffn = gated_ffn_parameters(hidden, real(ffn.intermediate));
}

void add_ffn(LayerParameters& layer, const MoeFfn& ffn, double hidden) {
  const double expert = gated_ffn_parameters(hidden, real(ffn.intermediate));
  layer.dense_ffn = gated_ffn_parameters(hidden, real(ffn.shared_intermediate));
  layer.router = real(ffn.experts) * (hidden + (ffn.router_bias ? 1 : 0));
  layer.experts = real(ffn.experts) * expert;
  layer.active_experts = real(ffn.top_k) * expert;
}

}  // namespace

LayerParameters layer_parameters(const ModelSpec& model, const LayerGroup& group) {
  const double hidden = real(model.hidden);
  LayerParameters layer;
  layer.attention =
      std::visit([&](const auto& a) { return attention_parameters(a, hidden); }, group.attention);
  std::visit([&](const auto& ffn) { add_ffn(layer, ffn, hidden); }, group.ffn);
  layer.norms = 2 * hidden;  // before attention and before the feed-forward network
  return layer;
}

ModelParameters count_parameters(const ModelSpec& model) {
  const double hidden = real(model.hidden);
  ModelParameters parameters;
  parameters.embedding = real(model.vocab) * hidden;
  parameters.head = model.tied_embeddings ? 0 : parameters.embedding;
  double layers = 0;
  double active_layers = 0;
  for (const LayerGroup& group : model.layers) {
    const LayerParameters layer = layer_parameters(model, group);
    layers += real(group.count) * layer.total();
    active_layers += real(group.count) * layer.active();
  }
  parameters.total = parameters.embedding + layers + hidden + parameters.head;
  // The head multiplies every token, also where its matrix is the embedding's.
  parameters.active = active_layers + hidden + parameters.embedding;
  if (model.mtp) {
    // Norms of the embedding, of the hidden state and before the shared head; 2 hidden to hidden.
    const double joint = 3 * hidden + 2 * hidden * hidden;
    parameters.mtp = real(model.mtp->count) * (layer_parameters(model, *model.mtp).total() + joint);
  }
  return parameters;
}

Count kv_values(const Attention& attention) {
  if (const auto* grouped = std::get_if<GroupedQueryAttention>(&attention)) {
    return 2 * grouped->kv_heads * grouped->head_dim;
  }
  const auto& latent = std::get<LatentAttention>(attention);
  return latent.kv_lora_rank + latent.rope_dim;
}

Bytes kv_bytes_per_token(const ModelSpec& model, NumberType type) {
  double values = 0;
  for (const LayerGroup& group : model.layers) {
    values += real(group.count) * real(kv_values(group.attention));
  }
  return values * storage_size(type);
}

}  // namespace infersim
