#include "infersim/workload/parameters.hpp"

#include <cmath>

#include "infersim/workload/layer_cache.hpp"

namespace infersim {

namespace {

double real(Count count) { return static_cast<double>(count); }

double attention_parameters(const GroupedQueryAttention& a, double hidden) {
  const double q = real(a.heads * a.head_dim);
  const double out = real(a.heads * a.value_dim);
  const Count made = a.head_dim + (a.keys_as_values ? 0 : a.value_dim);
  const double kv = a.shared_kv ? 0 : real(a.kv_heads * made);
  const double columns = q + kv + (a.output_gate ? out : 0);
  double count = hidden * columns + out * hidden;
  if (a.q_lora_rank > 0) {  // down, norm, up in place of one projection
    const double rank = real(a.q_lora_rank);
    count += hidden * rank + rank + rank * q - hidden * q;
  }
  if (a.qk_norm) count += 2 * real(a.head_dim);
  if (a.bias) count += columns;
  if (a.output_bias) count += hidden;
  if (a.sinks) count += real(a.heads);
  if (a.indexer && !a.indexer->shared) {  // queries and one key from the hidden state, their norms
    const double dim = real(a.indexer->head_dim);
    count += hidden * (real(a.indexer->heads) + 1) * dim + 2 * dim;
  }
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
  if (a.indexer && !a.indexer->shared) {
    count += indexer_parameters(*a.indexer, q_lora > 0 ? q_lora : hidden, hidden);
  }
  return count;
}

/// What pools tokens to entries of `values`: their projection, that of their scores, a bias for
/// each place among `ratio`, a norm. Where entries overlap a token has a part in two.
double pooling_parameters(double hidden, double ratio, double values, double overlap) {
  return (2 * hidden + ratio) * overlap * values + values;
}

double attention_parameters(const CompressedAttention& a, double hidden) {
  const double heads = real(a.heads);
  const double dim = real(a.head_dim);
  const double q_lora = real(a.q_lora_rank);
  const double rank = real(a.o_lora_rank);
  const double ratio = real(a.ratio);
  const double queries = hidden * q_lora + q_lora + q_lora * heads * dim;
  const double keys = hidden * dim + dim;
  // Each group of heads by itself, then all together; a sink for each head.
  const double output = heads * dim * rank + real(a.o_groups) * rank * hidden;
  double count = queries + keys + output + heads;
  const double overlap = a.indexer ? 2 : 1;
  if (a.ratio > 0) count += pooling_parameters(hidden, ratio, dim, overlap);
  if (a.indexer) {
    const double key = real(a.indexer->head_dim);
    const double index_heads = real(a.indexer->heads);
    count += q_lora * index_heads * key + hidden * index_heads +
             pooling_parameters(hidden, ratio, key, overlap);
  }
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
    case LinearKind::mamba1: {  // x, z; step size, B and C from x; A, D and the bias of the step
      const double rank = real(a.ranks.decay);
      return hidden * 2 * values + conv + values * (rank + 2 * real(a.key_dim)) + rank * values +
             values * (real(a.key_dim) + 2) + out;
    }
    case LinearKind::mamba2:  // x, z, B, C, dt; A, D and the bias of dt for each head
      return hidden * (2 * keys + 2 * values + heads) + conv + 3 * heads + values + out;
    case LinearKind::gated_delta:  // q, k, v, z, alpha, beta; A and the bias of dt for each head
      return hidden * (2 * keys + 2 * values + 2 * heads) + conv + 2 * heads + value_dim + out;
    case LinearKind::kimi_delta:  // decay and output gate each through a rank of value_dim
      return hidden * (2 * keys + values + heads) + conv +
             (hidden * value_dim + value_dim * keys + heads + keys) +
             (hidden * value_dim + value_dim * values) + value_dim + out;
    case LinearKind::rwkv7: {
      // r, k, v; four gates through their ranks, all but the last with a bias; mixtures of a token
      // with the one before for six inputs and the network's; per value of a head the scales of
      // keys and rates and the bonus; the norm of the output.
      const LowRanks& r = a.ranks;
      const double low = real(r.decay + r.rate + r.value + r.gate);
      return hidden * (2 * keys + values) + low * (hidden + values) + 3 * values + 7 * hidden +
             3 * keys + 2 * values + out;
    }
  }
  return 0;
}

double attention_parameters(const ParallelMixers& a, double hidden) {
  return attention_parameters(a.attention, hidden) + attention_parameters(a.recurrence, hidden);
}

double attention_parameters(const GatedConvolution& a, double hidden) {
  const double biases = a.bias ? 3 * hidden + hidden + hidden : 0;
  return hidden * 3 * hidden + hidden * real(a.taps) + hidden * hidden + biases;
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
  layer.router = real(ffn.experts + ffn.zero_experts) * (hidden + biases);
  layer.experts = real(ffn.experts) * expert;
  layer.active_experts = ffn.active() * expert;
}

void add_ffn(LayerParameters&, const None&, double) {}

/// What a layer has beside its blocks: the mixing of residual streams for each block, a learned
/// residual, and the gate of a further embedding.
double residual_parameters(const ModelSpec& model, int blocks) {
  const double hidden = real(model.hidden);
  double count = 0;
  if (model.streams) {
    const double n = real(model.streams->count);
    if (model.streams->kind == StreamKind::hyper_connections) {
      const double mixtures = (2 + n) * n;
      count += blocks * (mixtures * (n * hidden + 1) + 3);
    } else {  // router with its norm, predictions, corrections, a scale of the output
      count += hidden * n + hidden + n * n * n + n * n + hidden;
    }
  }
  if (model.laurel > 0) count += (2 * real(model.laurel) + 1) * hidden;
  if (model.per_layer) count += (2 * real(model.per_layer->width) + 1) * hidden;
  return count;
}

/// Projections between embedding, layers and head.
double around_parameters(const ModelSpec& model) {
  const double hidden = real(model.hidden);
  double count = 0;
  if (model.streams) {
    const double n = real(model.streams->count);
    const bool hyper = model.streams->kind == StreamKind::hyper_connections;
    // The collapse before the head; or a way out of the first stream and one back for each other.
    count += hyper ? n * (n * hidden + 1) + 1 : 2 * (n - 1) * hidden * hidden;
  }
  if (model.per_layer) {
    const double width = real(model.per_layer->width);
    count += hidden * real(model.layer_count()) * width + width;
  }
  return count;
}

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
  layer.residual = residual_parameters(model, blocks);
  return layer;
}

ModelParameters count_parameters(const ModelSpec& model) {
  const double hidden = real(model.hidden);
  ModelParameters parameters;
  parameters.embedding = real(model.vocab) * hidden;
  parameters.positions = real(model.positions) * hidden;
  parameters.head = model.tied_embeddings ? 0 : parameters.embedding;
  parameters.around = around_parameters(model);
  if (model.per_layer) {
    parameters.per_layer =
        real(model.per_layer->vocab) * real(model.layer_count()) * real(model.per_layer->width);
  }
  double layers = norm_width(model);  // the final norm
  double active_layers = layers;
  for (const LayerGroup& group : model.layers) {
    const LayerParameters layer = layer_parameters(model, group);
    layers += real(group.count) * layer.total();
    active_layers += real(group.count) * layer.active();
    parameters.experts += real(group.count) * layer.experts;
  }
  parameters.total = parameters.embedding + parameters.positions + parameters.per_layer +
                     parameters.around + layers + parameters.head;
  // The head multiplies every token, also where its matrix is the embedding's.
  parameters.active = active_layers + parameters.around + parameters.embedding;
  if (model.mtp) {
    // Norms of the embedding, of the hidden state and before the shared head; 2 hidden to hidden.
    const double joint = 3 * hidden + 2 * hidden * hidden;
    parameters.mtp = real(model.mtp->count) * (layer_parameters(model, *model.mtp).total() + joint);
  }
  return parameters;
}

Bytes weight_bytes(const ModelSpec& model, const Checkpoint& stored) {
  const ModelParameters parameters = count_parameters(model);
  const NumberType wide = stored.linear == NumberType::fp32 ? stored.linear : NumberType::bf16;
  const WeightBits& bits = stored.bits;
  const Bytes linear = stored_size(stored.linear, bits.linear);
  const Bytes projections =
      stored_size(stored.projections_type(), stored.projections ? bits.projections : bits.linear);
  const Bytes experts =
      stored_size(stored.experts_type(), stored.experts ? bits.experts : bits.linear);
  Bytes sum = (parameters.embedding + parameters.per_layer) *
                  stored_size(stored.embedding.value_or(wide), bits.embedding) +
              parameters.head * stored_size(stored.head.value_or(wide), bits.head) +
              (parameters.positions + parameters.around + norm_width(model)) * storage_size(wide) +
              parameters.experts * experts;
  for (const LayerGroup& group : model.layers) {
    const LayerParameters layer = layer_parameters(model, group);
    sum += real(group.count) * ((layer.norms + layer.router + layer.residual) * storage_size(wide) +
                                layer.attention * projections + layer.dense_ffn * linear);
  }
  return sum;
}

Bytes weight_bytes(const ModelSpec& model, NumberType linear, NumberType experts) {
  Checkpoint stored;
  stored.linear = linear;
  stored.experts = experts;
  return weight_bytes(model, stored);
}

Bytes counted_files(const ModelSpec& model) {
  const Bytes sixteen = storage_size(NumberType::bf16);
  Bytes sum = weight_bytes(model, model.checkpoint) + real(model.vision) * sixteen;
  if (!model.mtp) return sum;
  // A module's layer is stored as the model's are.
  ModelSpec modules = model;
  modules.layers = {*model.mtp};
  modules.mtp.reset();
  const ModelParameters parameters = count_parameters(model);
  const double joint =
      parameters.mtp - real(model.mtp->count) * layer_parameters(model, *model.mtp).total();
  return sum + weight_bytes(modules, model.checkpoint) + joint * sixteen;
}

bool files_differ(const ModelSpec& model) {
  constexpr double tolerance = 0.02;
  const Bytes files{real(model.checkpoint.bytes)};
  return model.checkpoint.bytes > 0 && std::abs(files / counted_files(model) - 1) > tolerance;
}

}  // namespace infersim
