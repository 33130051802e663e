#include "core/packed_tree.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <utility>

#include "infersim/core/catalog.hpp"

namespace infersim::detail {
namespace {

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : at_(bytes.data()) {}

  Value value() {
    const char tag = *at_++;
    Value result(place());
    switch (tag) {
      case 'b': result.data = *at_++ == '1'; break;
      case 'i': {
        const std::uint64_t zigzag = count();
        result.data = static_cast<std::int64_t>((zigzag >> 1U) ^ (~(zigzag & 1U) + 1U));
        break;
      }
      case 'n': {
        double number = 0;
        std::memcpy(&number, at_, sizeof number);
        at_ += sizeof number;
        result.data = number;
        break;
      }
      case 's': result.data = text(); break;
      case 'a': {
        Value::Array elements;
        const std::uint64_t size = count();
        elements.reserve(size);
        for (std::uint64_t i = 0; i < size; ++i)
          elements.push_back(value());
        result.data = std::move(elements);
        break;
      }
      case 't': {
        Value::Table members;
        const std::uint64_t size = count();
        members.reserve(size);
        for (std::uint64_t i = 0; i < size; ++i) {
          std::string key = text();
          const Place where = place();
          members.push_back({std::move(key), where, value()});
        }
        result.data = std::move(members);
        break;
      }
      default: result.data = Value::DateOrTime{}; break;
    }
    return result;
  }

 private:
  std::uint64_t count() {
    std::uint64_t sum = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      sum |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80U) return sum;
    }
  }
  Place place() {
    const std::uint64_t line = count();
    return {line, count()};
  }
  std::string text() {
    const std::uint64_t size = count();
    std::string result(at_, size);
    at_ += size;
    return result;
  }

  const char* at_;
};

static_assert(std::endian::native == std::endian::little, "numbers are packed little-endian");

/// The compiled-in files by their paths.
const EmbeddedFile* file_at(std::string_view path) {
  static const auto index = [] {
    std::map<std::string_view, const EmbeddedFile*> files;
    for (std::size_t i = 0; i < embedded_file_count; ++i)
      files.emplace(embedded_files[i].path, &embedded_files[i]);
    return files;
  }();
  const auto found = index.find(path);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace

Value unpack(std::string_view bytes) { return Unpacker(bytes).value(); }

std::optional<Value> compiled_in(std::string_view text, std::string_view file) {
  const EmbeddedFile* known = file_at(file);
  if (known == nullptr || known->text != text) return std::nullopt;
  return unpack(known->packed);
}

}  // namespace infersim::detail
