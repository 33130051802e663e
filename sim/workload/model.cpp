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

constexpr std::array<std::string_view, 3> reaches = {"all", "window", "chunk"};
constexpr std::array<std::string_view, 4> linear_kinds = {"lightning", "mamba2", "gated_delta",
                                                          "kimi_delta"};

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
  model.checkpoint = root.number_type("checkpoint");
  model.block_scales = root.optional_boolean("block_scales").value_or(false);
  model.experts_checkpoint = root.optional_number_type("experts_checkpoint");
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
