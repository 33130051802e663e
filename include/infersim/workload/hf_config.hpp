#pragma once

#include <string>
#include <string_view>

#include "infersim/workload/model.hpp"

namespace infersim {

/// Reads a Hugging Face `config.json` of the Llama, Qwen2, Qwen3, Qwen3-MoE, Mixtral or
/// DeepSeek-V2/V3 kind, also one nested in `text_config`; throws InputError with every fault.
///
/// A configuration is recognised by its keys, whatever its `model_type`: it is accepted if each key
/// is understood or known to change no shape (token ids, rope, dropout, initialisation, …), and
/// refused naming the key otherwise. Two facts have no key and are taken from `model_type` or
/// `architectures`: Qwen2 has biases on q, k and v, and Qwen3 has norms on q and k.
///
/// The id is the name of the file without `.json` and `_config`, or that of its folder if the file
/// is called `config.json`.
ModelSpec load_hf_config(std::string_view json, const std::string& path);

}  // namespace infersim
