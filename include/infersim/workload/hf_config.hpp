#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/workload/model.hpp"

namespace infersim {

/// A file beside a configuration.
struct HfFile {
  std::string path;
  std::string text;
};

/// The files beside a configuration that say more of its checkpoint.
struct HfBeside {
  /// `hf_quant_config.json` of ModelOpt: formats of modules and of the KV cache.
  std::optional<HfFile> quantisation;
  /// `model.safetensors.index.json`: the bytes of all weights.
  std::optional<HfFile> index;
};

/// Reads a Hugging Face `config.json`, also one nested in `text_config`; throws InputError with
/// every fault.
///
/// A configuration is recognised by its keys, whatever its `model_type`: it is accepted if each key
/// is understood or known to change no shape (token ids, rope, dropout, initialisation, …), and
/// refused naming the key otherwise; so are keys that contradict each other. Understood are grouped
/// and latent attention, windows, chunks, indexers and shared keys and values, linear attention
/// (lightning, gated delta, Kimi delta, Mamba-2), dense networks and experts in the spellings of
/// the published families, layer by layer where they interleave. What no key says (biases of
/// Qwen2, norms of Gemma) follows from `model_type` or `architectures`.
///
/// An architecture that nobody knows is taken for what its keys describe, which the description's
/// basis and note then say. What a quantisation of its own says goes before that of `beside`; a
/// file beside it that is not understood is a fault of its own.
///
/// `accept` names keys to be read as if they were not there; one that the configuration does not
/// have is a fault.
///
/// The id is the name of the file without `.json` and `_config`, or that of its folder if the file
/// is called `config.json`. `vision` is an estimate from `vision_config`.
ModelSpec load_hf_config(std::string_view json, const std::string& path,
                         const std::vector<std::string>& accept = {}, const HfBeside& beside = {});

}  // namespace infersim
