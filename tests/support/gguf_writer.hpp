#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infersim/workload/gguf_type.hpp"

namespace infersim::test {

/// Writes GGUF files of version 3 whose weights are all zero.
class GgufWriter {
 public:
  /// Of a text, with its length.
  static std::string text(std::string_view value) {
    return number(std::uint64_t{value.size()}) + std::string(value);
  }
  /// The bytes of a number, as this (little-endian) machine has them.
  template <class T>
  static std::string number(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  }

  GgufWriter& key(std::string_view name, std::uint32_t kind, const std::string& value) {
    values_ += text(name) + number(kind) + value;
    ++value_count_;
    return *this;
  }
  GgufWriter& key(std::string_view name, std::uint32_t value) {
    return key(name, 4, number(value));
  }
  GgufWriter& key(std::string_view name, std::string_view value) {
    return key(name, 8, text(value));
  }
  /// An array of 32-bit numbers (kind 5), or of truths (7).
  GgufWriter& list(std::string_view name, const std::vector<int>& values, bool truths = false) {
    std::string bytes =
        number(std::uint32_t{truths ? 7u : 5u}) + number(std::uint64_t{values.size()});
    for (const int value : values)
      bytes += truths ? std::string(1, static_cast<char>(value)) : number(std::int32_t{value});
    return key(name, 9, bytes);
  }
  GgufWriter& texts(std::string_view name, const std::vector<std::string>& values) {
    std::string bytes = number(std::uint32_t{8}) + number(std::uint64_t{values.size()});
    for (const std::string& value : values)
      bytes += text(value);
    return key(name, 9, bytes);
  }

  GgufWriter& tensor(const std::string& name, const std::vector<std::uint64_t>& shape,
                     std::string_view type = "f32") {
    const GgufType& kind = *find_gguf_type(type);
    tensors_ += text(name) + number(static_cast<std::uint32_t>(shape.size()));
    std::uint64_t values = 1;
    for (const std::uint64_t extent : shape) {
      tensors_ += number(extent);
      values *= extent;
    }
    tensors_ += number(kind.id) + number(data_);
    data_ += (values / kind.block * kind.bytes + 31) / 32 * 32;
    ++tensor_count_;
    return *this;
  }

  [[nodiscard]] std::string header() const {
    return "GGUF" + number(std::uint32_t{3}) + number(tensor_count_) + number(value_count_) +
           values_ + tensors_;
  }
  [[nodiscard]] std::string file() const {
    std::string bytes = header();
    bytes.resize((bytes.size() + 31) / 32 * 32 + data_, '\0');
    return bytes;
  }

 private:
  std::string values_;
  std::string tensors_;
  std::uint64_t value_count_ = 0;
  std::uint64_t tensor_count_ = 0;
  std::uint64_t data_ = 0;
};

}  // namespace infersim::test
