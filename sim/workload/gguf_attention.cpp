#include "workload/gguf_attention.hpp"

#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace infersim::detail {

namespace {

/// Which layers have a window where the file does not say: all but every `period`-th, from the
/// first on or from the last of each period, as llama.cpp (llama-model.cpp) has it by architecture.
struct WindowPattern {
  std::string_view architecture;
  Count period;
};

constexpr WindowPattern patterns[] = {{"gemma2", 2},  {"gemma3", 6},       {"gpt-oss", 2},
                                      {"cohere2", 4}, {"exaone4", 4},      {"olmo2", 4},
                                      {"afmoe", 4},   {"smallthinker", 4}, {"gemma3n", 5}};

/// Of an array a truth by layer; of a number the period of layers without a window.
bool has_window(GgufModel& model, Count layer) {
  constexpr std::string_view key = "attention.sliding_window_pattern";
  const auto written = model.number(key, layer);
  if (written && model.is_array(key)) return *written != 0;
  Count period = written.value_or(0);
  for (const WindowPattern& each : patterns) {
    if (!written && each.architecture == model.architecture()) period = each.period;
  }
  return period == 0 || (layer + 1) % period != 0;
}

void read_reach(GgufModel& model, Count layer, GroupedQueryAttention& attention) {
  // No key says it of Llama 4, all but every fourth of whose layers are in chunks.
  constexpr Count usual_chunk = 8192;
  constexpr Count every_fourth = 4;
  const Count chunk = model.number("attention.chunk_size")
                          .value_or(model.architecture() == "llama4" ? usual_chunk : 0);
  const Count window = model.number("attention.sliding_window").value_or(0);
  const bool chunks = chunk > 0 && (layer + 1) % every_fourth != 0;
  if (chunks) {
    attention.reach = Reach::chunk;
    attention.span = chunk;
  } else if (window > 0 && has_window(model, layer)) {
    attention.reach = Reach::window;
    attention.span = window;
  }
}

/// Rows that heads have each; a fault if they do not divide evenly.
Count per_head(GgufModel& model, const GgufTensor& tensor, Count outputs, Count heads) {
  if (heads > 0 && outputs % heads == 0) return outputs / heads;
  model.fault(tensor, fmt::format("{} outputs for {} heads", outputs, heads));
  return 0;
}

/// Queries, keys and values in one tensor.
void read_fused(GgufModel& model, const GgufTensor& tensor, Count hidden,
                GroupedQueryAttention& attention) {
  attention.head_dim = model.number("attention.key_length", 0, 1)
                           .value_or(attention.heads > 0 ? hidden / attention.heads : 0);
  attention.value_dim = attention.head_dim;
  const Count expected = (attention.heads + 2 * attention.kv_heads) * attention.head_dim;
  if (rows(tensor) != expected) {
    model.fault(tensor, fmt::format("{} outputs; {} heads and {} key-value heads of {} are {}",
                                    rows(tensor), attention.heads, attention.kv_heads,
                                    attention.head_dim, expected));
  }
}

/// Keys and values; layers that share those of an earlier one have none.
void read_keys(GgufModel& model, Count layer, const GgufTensor& queries,
               GroupedQueryAttention& attention) {
  const GgufTensor* keys = model.tensor(layer, "attn_k.weight");
  const GgufTensor* values = model.tensor(layer, "attn_v.weight");
  if (keys == nullptr) {
    attention.head_dim = model.number("attention.key_length", 0, 1).value_or(0);
    if (attention.head_dim == 0) {
      attention.head_dim = per_head(model, queries, rows(queries), attention.heads);
    }
    attention.value_dim = attention.head_dim;
    attention.shared_kv = true;
    return;
  }
  attention.head_dim = per_head(model, *keys, rows(*keys), attention.kv_heads);
  attention.keys_as_values = values == nullptr;
  attention.value_dim = values == nullptr
                            ? attention.head_dim
                            : per_head(model, *values, rows(*values), attention.kv_heads);
}

void read_gate(GgufModel& model, Count layer, const GgufTensor& queries,
               GroupedQueryAttention& attention) {
  const Count width = attention.heads * attention.head_dim;
  attention.output_gate = rows(queries) == 2 * width && width > 0;
  if (!attention.output_gate && rows(queries) != width) {
    model.fault(queries, fmt::format("{} outputs; {} heads of {} are {}", rows(queries),
                                     attention.heads, attention.head_dim, width));
  }
  // A gate of its own has as many outputs as the attention, or (next to nothing) one for each head.
  const GgufTensor* gate = model.tensor(layer, "attn_gate.weight");
  if (gate != nullptr && rows(*gate) == attention.heads * attention.value_dim) {
    attention.output_gate = true;
  }
}

GroupedQueryAttention read_grouped(GgufModel& model, Count layer, Count layers, Count hidden) {
  GroupedQueryAttention attention;
  attention.heads = model.required("attention.head_count", layer);
  attention.kv_heads = model.number("attention.head_count_kv", layer, 1).value_or(attention.heads);
  if (attention.kv_heads > 0 && attention.heads % attention.kv_heads != 0) {
    model.fault("attention.head_count_kv",
                fmt::format("{} heads cannot share {} key-value heads evenly", attention.heads,
                            attention.kv_heads));
  }
  bool bias = false;
  if (const GgufTensor* fused = model.tensor(layer, "attn_qkv.weight")) {
    read_fused(model, *fused, hidden, attention);
    bias = model.tensor(layer, "attn_qkv.bias") != nullptr;
  } else if (const GgufTensor* queries = model.required_tensor(layer, "attn_q.weight")) {
    read_keys(model, layer, *queries, attention);
    read_gate(model, layer, *queries, attention);
    for (const char* name : {"attn_q.bias", "attn_k.bias", "attn_v.bias"})
      bias = model.tensor(layer, name) != nullptr || bias;
  }
  attention.bias = bias;
  attention.qk_norm = model.tensor(layer, "attn_q_norm.weight") != nullptr;
  attention.sinks = model.tensor(layer, "attn_sinks.weight") != nullptr;
  attention.output_bias = model.tensor(layer, "attn_output.bias") != nullptr;
  const GgufTensor* output = model.required_tensor(layer, "attn_output.weight");
  if (output != nullptr && columns(*output) != attention.heads * attention.value_dim) {
    model.fault(*output,
                fmt::format("{} inputs; {} heads of {} are {}", columns(*output), attention.heads,
                            attention.value_dim, attention.heads * attention.value_dim));
  }
  const Count shared = model.number("attention.shared_kv_layers").value_or(0);
  if (shared > 0 && layer >= layers - shared) {
    attention.shared_kv = true;
    attention.keys_as_values = false;
  }
  read_reach(model, layer, attention);
  return attention;
}

std::optional<Indexer> read_indexer(GgufModel& model, Count layer) {
  const GgufTensor* queries = model.tensor(layer, "indexer.attn_q_b.weight");
  for (const char* name : {"indexer.attn_k.weight", "indexer.proj.weight"})
    (void)model.tensor(layer, name);
  if (queries == nullptr) return std::nullopt;
  return Indexer{.heads = model.required("attention.indexer.head_count"),
                 .head_dim = model.required("attention.indexer.key_length"),
                 .top_k = model.required("attention.indexer.top_k")};
}

LatentAttention read_latent(GgufModel& model, const GgufTensor& down, Count layer) {
  LatentAttention attention;
  attention.heads = model.required("attention.head_count", layer);
  attention.kv_lora_rank = model.required("attention.kv_lora_rank");
  attention.rope_dim = rows(down) - attention.kv_lora_rank;
  if (attention.rope_dim <= 0) {
    model.fault(down, fmt::format("{} outputs hold no latent of {} and a rotary key", rows(down),
                                  attention.kv_lora_rank));
  }
  const GgufTensor* query_latent = model.tensor(layer, "attn_q_a.weight");
  if (query_latent != nullptr) attention.q_lora_rank = rows(*query_latent);
  const GgufTensor* queries =
      model.required_tensor(layer, query_latent != nullptr ? "attn_q_b.weight" : "attn_q.weight");
  if (queries != nullptr) {
    const Count dim = per_head(model, *queries, rows(*queries), attention.heads);
    attention.nope_dim = dim - attention.rope_dim;
    if (attention.nope_dim <= 0) model.fault(*queries, "heads are no wider than the rotary key");
  }
  // Newer files have the two up-projections apart, by heads.
  const GgufTensor* values = model.tensor(layer, "attn_v_b.weight");
  (void)model.tensor(layer, "attn_k_b.weight");
  const GgufTensor* both = model.tensor(layer, "attn_kv_b.weight");
  if (values != nullptr) {
    attention.v_dim = rows(*values);
  } else if (both != nullptr) {
    attention.v_dim = per_head(model, *both, rows(*both), attention.heads) - attention.nope_dim;
    if (attention.v_dim <= 0) model.fault(*both, "heads hold keys and no values");
  } else {
    (void)model.required_tensor(layer, "attn_v_b.weight");
  }
  (void)model.required_tensor(layer, "attn_output.weight");
  attention.indexer = read_indexer(model, layer);
  return attention;
}

}  // namespace

Attention read_gguf_attention(GgufModel& model, Count layer, Count layers, Count hidden) {
  if (const GgufTensor* down = model.tensor(layer, "attn_kv_a_mqa.weight")) {
    return read_latent(model, *down, layer);
  }
  const std::optional<Attention> recurrence = read_gguf_recurrence(model, layer);
  const bool grouped = model.tensor(layer, "attn_output.weight") != nullptr;
  if (recurrence && !grouped) return *recurrence;
  if (!grouped) return None{};
  const GroupedQueryAttention attention = read_grouped(model, layer, layers, hidden);
  if (!recurrence) return attention;
  if (const auto* linear = std::get_if<LinearAttention>(&*recurrence)) {
    return ParallelMixers{.attention = attention, .recurrence = *linear};
  }
  model.fault_of_file(
      fmt::format("layer {}: a convolution beside attention is not understood", layer));
  return attention;
}

}  // namespace infersim::detail
