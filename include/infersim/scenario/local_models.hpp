#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "infersim/workload/hf_config.hpp"

namespace infersim {

/// Whether a name is the path of a file that describes a model: `.toml`, `.json` or `.gguf`.
bool is_model_path(std::string_view name);

/// A model that stands on this machine.
struct LocalModel {
  std::string path;  ///< of its config.json or GGUF file
  std::string id;    ///< what it is called: the folder, or `org/name`
};

/// What a folder holds, or a name of the Hub (`org/name`) in its local cache: the config.json, else
/// the GGUF file if there is one alone (the first of a split one). Of a cached model the snapshot
/// that `main` points to, else the only one. Empty if there is nothing of the kind.
std::optional<LocalModel> find_local_model(const std::string& name);

/// The folder of the Hub's local cache: HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME/hub,
/// XDG_CACHE_HOME/huggingface/hub or HOME/.cache/huggingface/hub, the first that is set; empty
/// without any.
std::string hub_cache();

/// The files beside a `config.json` that say more of its checkpoint; none beside files of other
/// names, which may stand with those of other models.
HfBeside files_beside(const std::string& config);

}  // namespace infersim
