#pragma once

#include <vector>

#include "workload/hf_facts.hpp"
#include "workload/hf_object.hpp"

namespace infersim::detail {

/// What a layer mixes tokens with.
enum class HfMixer { full, window, chunk, linear, mamba, none };

/// Its feed-forward network: where the pattern of experts puts one (`any`), a dense one, experts,
/// or none.
enum class HfBlock { any, dense, experts, none };

struct HfLayer {
  HfMixer mixer = HfMixer::full;
  HfBlock ffn = HfBlock::any;
  bool shared_kv = false;  ///< reads the keys and values of an earlier layer
};

struct HfLayers {
  std::vector<HfLayer> layers;
  Count window = 0;      ///< tokens of a sliding window; 0: none
  Count chunk = 0;       ///< tokens of a chunk
  bool written = false;  ///< a key says layer by layer what attention there is

  [[nodiscard]] bool has(HfMixer mixer) const;
};

/// Which layers have which kind of attention, and which of them have no feed-forward network or
/// nothing else. A window or chunk that holds the whole context is none.
HfLayers read_hf_layers(HfObject& config, const HfFacts& facts, Count max_context);

}  // namespace infersim::detail
