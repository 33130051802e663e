#pragma once

#include <optional>
#include <vector>

#include "workload/hf_layers.hpp"
#include "workload/hf_object.hpp"

// What single layers of a configuration do otherwise than the others of their kind.
namespace infersim::detail {

/// Tokens to an entry of compressed attention whose entries an indexer picks from.
inline constexpr Count sparse_ratio = 4;

/// Layers that have no keys and values of their own (Hunyuan-Large, Gemma).
void mark_shared_kv(HfObject& config, std::vector<HfLayer>& layers);

/// Layers that attend to what an earlier layer's indexer picked (GLM-5.2): `indexer_types`, a
/// pattern of F and S, or every so many layers one of its own.
void mark_shared_index(HfObject& config, std::vector<HfLayer>& layers);

/// Layers as `compress_ratios` has them (DeepSeek-V4); empty without such a key. Figures beyond the
/// layers are of MTP modules.
std::optional<std::vector<HfLayer>> read_hf_ratios(HfObject& config, Count layers);

/// The ratios of kinds of layers, where these are named by `layer_types`.
void mark_ratios(HfObject& config, std::vector<HfLayer>& layers);

/// Layers that pick blocks of tokens (MiniMax-M3), and by what.
std::optional<Indexer> mark_picks(HfObject& config, std::vector<HfLayer>& layers);

}  // namespace infersim::detail
