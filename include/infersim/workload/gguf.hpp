#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "infersim/workload/model.hpp"

namespace infersim {

/// A file of a GGUF model, of which the header is read and nothing else.
struct GgufFile {
  std::string path;
  std::istream* stream = nullptr;
  std::uint64_t size = 0;  ///< bytes
};

/// Reads the headers of a GGUF model, split into several files or not, in their order. Throws
/// InputError with every fault, or with the first one that makes the rest unreadable and its byte.
///
/// Shapes are those of the tensors, whatever the architecture is called; keys say what no shape
/// does (heads, experts of a token, windows). A tensor that is not understood is a fault. Its types
/// by part, the bits of their weights and the bytes of all are the checkpoint's; states of
/// recurrences are kept in FP32. The id is the name of the file.
ModelSpec load_gguf(const std::vector<GgufFile>& files);

/// `q4_k_m` of the number that files have for a mixture of types (`general.file_type`); empty if
/// there is no such number.
std::string_view gguf_mixture(Count file_type);

}  // namespace infersim
