#pragma once

#include <optional>
#include <vector>

#include "workload/hf_facts.hpp"
#include "workload/hf_object.hpp"

namespace infersim::detail {

/// What a layer mixes tokens with. `parallel` is attention with Mamba beside it.
enum class HfMixer { full, window, chunk, linear, mamba, convolution, parallel, none };

/// Its feed-forward network: where the pattern of experts puts one (`any`), a dense one, experts,
/// or none.
enum class HfBlock { any, dense, experts, none };

struct HfLayer {
  HfMixer mixer = HfMixer::full;
  HfBlock ffn = HfBlock::any;
  bool shared_kv = false;     ///< reads the keys and values of an earlier layer
  bool shared_index = false;  ///< attends to what an earlier layer's indexer picked
  bool picks = false;         ///< attends to blocks or entries that an indexer of its own picks
  Count ratio = 0;            ///< tokens that compressed attention makes an entry; 0: none
};

struct HfLayers {
  std::vector<HfLayer> layers;
  Count window = 0;                      ///< tokens of a sliding window; 0: none
  Count chunk = 0;                       ///< tokens of a chunk
  std::optional<Indexer> block_indexer;  ///< of the layers that pick blocks
  bool written = false;                  ///< a key says layer by layer what attention there is

  [[nodiscard]] bool has(HfMixer mixer) const;
};

/// Which layers have which kind of attention, and which of them have no feed-forward network or
/// nothing else. A window or chunk that holds the whole context is none.
HfLayers read_hf_layers(HfObject& config, const HfFacts& facts, Count max_context);

}  // namespace infersim::detail
