#include "infersim/workload/model.hpp"

#include <array>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/toml_reader.hpp"
#include "workload/layer_reading.hpp"

namespace infersim {

namespace {

constexpr IntegerRange positive{.least = 1};
constexpr IntegerRange positive_tokens{.least = 1, .most = 1'000'000'000};
constexpr IntegerRange vision_range{.least = 1, .most = 1'000'000'000'000};
constexpr IntegerRange byte_range{.least = 1, .most = 1'000'000'000'000'000};

constexpr std::array<std::string_view, 3> reaches = {"all", "window", "chunk"};
constexpr std::array<std::string_view, 6> linear_kinds = {"lightning",   "mamba1",     "mamba2",
                                                          "gated_delta", "kimi_delta", "rwkv7"};
constexpr std::array<std::string_view, 2> stream_kinds = {"hyper_connections",
                                                          "alternating_updates"};

std::optional<ResidualStreams> read_streams(TableReader& root) {
  auto table = root.optional_table("streams");
  if (!table) return std::nullopt;
  ResidualStreams streams;
  const std::vector<std::string> kinds(stream_kinds.begin(), stream_kinds.end());
  const std::string kind = table->one_of("kind", kinds);
  if (kind == name(StreamKind::alternating_updates)) streams.kind = StreamKind::alternating_updates;
  streams.count = table->integer("count", {.least = 2, .most = 64});
  table->finish();
  return streams;
}

std::optional<PerLayerEmbedding> read_per_layer(TableReader& root) {
  auto table = root.optional_table("per_layer");
  if (!table) return std::nullopt;
  const PerLayerEmbedding embedding{.vocab = table->integer("vocab", positive),
                                    .width = table->integer("width", positive)};
  table->finish();
  return embedding;
}

WeightBits read_bits(TableReader& root) {
  auto table = root.optional_table("weight_bits");
  if (!table) return {};
  const auto bits = [&](std::string_view key) {
    constexpr double least = 0.5;
    constexpr double most = 64;
    return table->optional_number(key, least, most).value_or(0);
  };
  const WeightBits read{.linear = bits("linear"),
                        .projections = bits("projections"),
                        .experts = bits("experts"),
                        .head = bits("head"),
                        .embedding = bits("embedding")};
  table->finish();
  return read;
}

Checkpoint read_checkpoint(TableReader& root) {
  Checkpoint stored;
  stored.linear = root.number_type("checkpoint");
  stored.block_scales = root.optional_boolean("block_scales").value_or(false);
  stored.weight_only = root.optional_number_type("weight_only");
  stored.experts = root.optional_number_type("experts_checkpoint");
  stored.projections = root.optional_number_type("projections_checkpoint");
  stored.head = root.optional_number_type("head_checkpoint");
  stored.embedding = root.optional_number_type("embedding_checkpoint");
  stored.kv = root.optional_number_type("kv_checkpoint");
  stored.format = root.optional_text("checkpoint_format").value_or("");
  stored.bytes = root.optional_integer("checkpoint_bytes", byte_range).value_or(0);
  stored.bits = read_bits(root);
  return stored;
}

/// Multi-token-prediction modules: blocks as in the last layers unless they say otherwise.
LayerGroup read_mtp(TableReader& table, const std::vector<LayerGroup>& layers) {
  LayerGroup mtp = layers.empty() ? LayerGroup{} : layers.back();
  mtp.count = table.integer("count", {.least = 1, .most = max_layers});
  detail::read_blocks(table, layers.empty(), mtp);
  table.finish();
  return mtp;
}

}  // namespace

std::string_view name(Reach reach) { return reaches[static_cast<std::size_t>(reach)]; }

std::string_view name(LinearKind kind) { return linear_kinds[static_cast<std::size_t>(kind)]; }

std::string_view name(StreamKind kind) { return stream_kinds[static_cast<std::size_t>(kind)]; }

const GroupedQueryAttention* grouped_query(const Attention& attention) {
  if (const auto* both = std::get_if<ParallelMixers>(&attention)) return &both->attention;
  return std::get_if<GroupedQueryAttention>(&attention);
}

const LinearAttention* recurrence(const Attention& attention) {
  if (const auto* both = std::get_if<ParallelMixers>(&attention)) return &both->recurrence;
  return std::get_if<LinearAttention>(&attention);
}

const Indexer* indexer(const Attention& attention) {
  const std::optional<Indexer>* found = nullptr;
  if (const auto* gqa = std::get_if<GroupedQueryAttention>(&attention)) found = &gqa->indexer;
  if (const auto* mla = std::get_if<LatentAttention>(&attention)) found = &mla->indexer;
  if (const auto* pooled = std::get_if<CompressedAttention>(&attention)) found = &pooled->indexer;
  return found != nullptr && *found ? &**found : nullptr;
}

double MoeFfn::active() const {
  return static_cast<double>(top_k * experts) / static_cast<double>(experts + zero_experts);
}

Count MoeFfn::reachable() const { return experts / groups * top_groups + zero_experts; }

const MoeFfn* experts_of(const LayerGroup& group) { return std::get_if<MoeFfn>(&group.ffn); }

const MoeFfn* experts_of(const ModelSpec& model) {
  for (const LayerGroup& group : model.layers) {
    if (const MoeFfn* moe = experts_of(group)) return moe;
  }
  return nullptr;
}

Count ModelSpec::layer_count() const {
  Count count = 0;
  for (const LayerGroup& group : layers)
    count += group.count;
  return count;
}

ModelSpec load_model(std::string_view toml, const std::string& path) {
  Diagnostics faults;
  TomlDocument document(toml, path, faults);
  TableReader root = document.root();
  ModelSpec model;
  model.path = path;
  model.id = root.text("id");
  model.aliases = root.optional_texts("aliases");
  model.name = root.text("name");
  model.hidden = root.integer("hidden", positive);
  model.vocab = root.integer("vocab", positive);
  model.tied_embeddings = root.boolean("tied_embeddings");
  model.max_context = root.integer("max_context", positive_tokens);
  model.norm_bias = root.optional_boolean("norm_bias").value_or(false);
  model.post_norms = root.optional_boolean("post_norms").value_or(false);
  model.positions = root.optional_integer("positions", positive_tokens).value_or(0);
  model.vision = root.optional_integer("vision", vision_range).value_or(0);
  model.streams = read_streams(root);
  model.laurel = root.optional_integer("laurel").value_or(0);
  model.per_layer = read_per_layer(root);
  model.checkpoint = read_checkpoint(root);
  model.provenance = root.provenance();
  model.layers = detail::read_layers(root);
  if (model.layer_count() > max_layers) {
    root.fault(root.has("pattern") ? "pattern" : "layers",
               fmt::format("{} layers; expected at most {}", model.layer_count(), max_layers));
  }
  if (auto mtp = root.optional_table("mtp")) {
    model.mtp = read_mtp(*mtp, model.layers);
  }
  root.finish();
  faults.throw_if_any();
  return model;
}

}  // namespace infersim
