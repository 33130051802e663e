#pragma once

#include <string>
#include <vector>

#include "infersim/workload/model.hpp"

namespace infersim {

/// The files of a GGUF model by the path of one of them: all parts of a split one
/// (`…-00001-of-00003.gguf`) in their order, else that file.
std::vector<std::string> gguf_parts(const std::string& path);

/// Reads the headers of a GGUF model by the path of one of its files. Throws InputError if one of
/// them cannot be read.
ModelSpec read_gguf(const std::string& path);

}  // namespace infersim
