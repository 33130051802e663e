#pragma once

#include <array>
#include <cstdint>
#include <istream>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "infersim/workload/gguf_type.hpp"

// What stands before the weights of a GGUF file (github.com/ggml-org/ggml, docs/gguf.md).
namespace infersim::detail {

/// A value of a key: a truth, whole number, number or text, or the whole numbers and truths of an
/// array. Of arrays of other things, and of ones too long to be by layer, their count alone.
struct GgufValue {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::int64_t>>
      value;
  std::uint64_t count = 1;  ///< elements of an array
  std::uint64_t at = 0;     ///< byte at which its key begins
};

struct GgufTensor {
  std::string name;
  std::array<std::uint64_t, 4> shape = {1, 1, 1, 1};  ///< fastest first: inputs, then outputs
  const GgufType* type = nullptr;
  std::uint64_t offset = 0;  ///< of its data from those of all
  std::uint64_t at = 0;      ///< byte at which its description begins

  [[nodiscard]] std::uint64_t elements() const;
  [[nodiscard]] std::uint64_t bytes() const;
};

struct GgufHeader {
  std::string path;
  std::map<std::string, GgufValue> values;
  std::vector<GgufTensor> tensors;
};

/// Reads it from the beginning of a file of `size` bytes and checks that all tensors lie inside,
/// aligned and apart. Throws InputError with the byte of the first fault.
GgufHeader read_gguf_header(std::istream& stream, std::uint64_t size, const std::string& path);

}  // namespace infersim::detail
