#include "workload/hf_layer_marks.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "workload/hf_keys.hpp"

namespace infersim::detail {

namespace {

/// `full` or `shared` for each layer.
bool mark_index_types(HfObject& config, std::vector<HfLayer>& layers) {
  const auto types = config.texts("indexer_types");
  if (!types) return false;
  if (types->size() != layers.size()) {
    config.fault("indexer_types",
                 fmt::format("{} types for {} layers", types->size(), layers.size()));
    return true;
  }
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    const std::string& type = (*types)[layer];
    if (type != "full" && type != "shared") {
      config.fault("indexer_types", fmt::format("{} is not understood", quote(type)),
                   "understood are full and shared");
      return true;
    }
    layers[layer].shared_index = type == "shared";
  }
  return true;
}

/// `FFFSSSF…`, a letter for each layer.
bool mark_index_pattern(HfObject& config, std::vector<HfLayer>& layers) {
  const auto pattern = config.text("index_topk_pattern");
  if (!pattern) return false;
  const bool letters = pattern->find_first_not_of("FS") == std::string::npos;
  if (!letters || pattern->size() != layers.size()) {
    config.fault("index_topk_pattern", fmt::format("{} is no F or S for each of {} layers",
                                                   quote(*pattern), layers.size()));
    return true;
  }
  for (std::size_t layer = 0; layer < layers.size(); ++layer)
    layers[layer].shared_index = (*pattern)[layer] == 'S';
  return true;
}

}  // namespace

/// Layers that have no keys and values of their own.
void mark_shared_kv(HfObject& config, std::vector<HfLayer>& layers) {
  const auto factor = config.integer({"cla_share_factor"}, hf_positive);  // Hunyuan-Large
  if (config.flag("use_cla") && factor) {
    for (std::size_t layer = 0; layer < layers.size(); ++layer) {
      layers[layer].shared_kv = layer % static_cast<std::size_t>(*factor) != 0;
    }
  }
  const auto last = config.integer({"num_kv_shared_layers"}).value_or(0);  // Gemma
  const Count count = static_cast<Count>(layers.size());
  if (last > 0 && last >= count) {
    config.fault("num_kv_shared_layers", fmt::format("{} of only {} layers", last, count));
    return;
  }
  for (Count layer = count - last; layer < count; ++layer)
    layers[static_cast<std::size_t>(layer)].shared_kv = true;
}

void mark_shared_index(HfObject& config, std::vector<HfLayer>& layers) {
  const Count period = config.integer({"index_topk_freq"}, hf_positive).value_or(1);
  // Two layers of their own come first unless it is said, as in the family's software.
  const Count offset = config.integer({"index_skip_topk_offset"}).value_or(2);
  const bool by_type = mark_index_types(config, layers);
  const bool by_pattern = mark_index_pattern(config, layers);
  if (by_type || by_pattern) return;
  for (Count layer = 0; layer < static_cast<Count>(layers.size()); ++layer) {
    layers[static_cast<std::size_t>(layer)].shared_index =
        std::max<Count>(layer - offset + 1, 0) % period != 0;
  }
}

std::optional<std::vector<HfLayer>> read_hf_ratios(HfObject& config, Count layers) {
  const auto ratios = config.integers("compress_ratios");
  if (!ratios) return std::nullopt;
  if (static_cast<Count>(ratios->size()) < layers) {
    config.fault("compress_ratios", fmt::format("{} ratios for {} layers", ratios->size(), layers));
    return std::nullopt;
  }
  std::vector<HfLayer> plan;
  for (Count layer = 0; layer < layers; ++layer) {
    const Count ratio = (*ratios)[static_cast<std::size_t>(layer)];
    if (ratio < 0 || ratio > hf_token_range.most) {
      config.fault("compress_ratios", fmt::format("{} is no ratio; expected 0 or more", ratio));
      return std::nullopt;
    }
    plan.push_back({.picks = ratio == sparse_ratio, .ratio = ratio});
  }
  return plan;
}

void mark_ratios(HfObject& config, std::vector<HfLayer>& layers) {
  auto rates = config.object("compress_rates");
  const auto sparse = rates ? rates->integer({"compressed_sparse_attention"}, hf_positive)
                            : config.integer({"compress_rate_csa"}, hf_positive);
  const auto heavy = rates ? rates->integer({"heavily_compressed_attention"}, hf_positive)
                           : config.integer({"compress_rate_hca"}, hf_positive);
  for (HfLayer& layer : layers) {
    if (layer.ratio == 0) continue;
    const auto& rate = layer.picks ? sparse : heavy;
    layer.ratio = rate.value_or(layer.ratio);
  }
}

std::optional<Indexer> mark_picks(HfObject& config, std::vector<HfLayer>& layers) {
  auto keys = config.object("sparse_attention_config");
  const HfNames block_names = {"index_block_size"};
  const bool typed = std::any_of(layers.begin(), layers.end(), [](const HfLayer& layer) {
    return layer.picks && layer.ratio == 0;
  });
  if (!keys && !typed) return std::nullopt;
  Indexer indexer;
  if (!keys) {  // transformers' names, for layers by type
    indexer.heads = config.required({"index_n_heads"});
    indexer.head_dim = config.required({"index_head_dim"});
    indexer.top_k = config.required({"index_topk_blocks"}) * config.required(block_names);
    config.ignore({"index_local_blocks"});
    return indexer;
  }
  const bool used = keys->optional_flag("use_sparse_attention").value_or(true);
  indexer.heads = keys->required({"sparse_num_index_heads"});
  indexer.head_dim = keys->required({"sparse_index_dim"});
  indexer.top_k = keys->bounded({"sparse_topk_blocks"}, keys->required({"sparse_topk_blocks"}) *
                                                            keys->required({"sparse_block_size"}));
  const auto count = static_cast<Count>(layers.size());
  const auto placed = keys->per_layer({"sparse_attention_freq"}, count);
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    layers[layer].picks = used && (!placed || (*placed)[layer] != 0);
  }
  keys->ignore({"sparse_disable_index_value", "sparse_init_block", "sparse_local_block",
                "sparse_score_type"});
  refuse_unread_hf_keys(*keys);
  return indexer;
}

}  // namespace infersim::detail
