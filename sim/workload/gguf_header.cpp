#include "workload/gguf_header.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "workload/gguf_reader.hpp"

namespace infersim::detail {

namespace {

constexpr std::uint64_t magic = 0x46554747;  // "GGUF"
constexpr std::uint64_t most_key = 64 * 1024;
constexpr std::uint64_t most_text = 64 * 1024 * 1024;  // chat templates are the longest
/// Values kept of an array: those by layer.
constexpr std::uint64_t most_kept = 4096;
constexpr std::uint64_t most_values = std::uint64_t{1} << 48;  // of a tensor
constexpr std::uint64_t most_extent = std::uint64_t{1} << 31;  // of a dimension
constexpr int deepest = 4;                                     // array in array

/// The least that a key with its value, and a tensor's description, take.
constexpr std::uint64_t least_value = 8 + 4 + 1;
constexpr std::uint64_t least_tensor = 8 + 4 + 8 + 4 + 8;

enum Kind : std::uint64_t { u8, i8, u16, i16, u32, i32, f32, boolean, text, array, u64, i64, f64 };

/// Bytes of a value of a kind; 0: they vary or there is no such kind.
std::size_t width_of(std::uint64_t kind) {
  switch (kind) {
    case u8:
    case i8:
    case boolean: return 1;
    case u16:
    case i16: return 2;
    case u32:
    case i32:
    case f32: return 4;
    case u64:
    case i64:
    case f64: return 8;
    default: return 0;
  }
}

std::int64_t extended(std::uint64_t bits, std::size_t width) {
  const unsigned unused = 64 - 8 * static_cast<unsigned>(width);
  return static_cast<std::int64_t>(bits << unused) >> unused;
}

/// A value of a kind that has a width.
GgufValue scalar(GgufReader& reader, std::uint64_t kind, std::string_view what) {
  const std::size_t width = width_of(kind);
  const std::uint64_t bits = reader.number(width, what);
  GgufValue value;
  switch (kind) {
    case boolean: value.value = bits != 0; break;
    case f32: value.value = double{std::bit_cast<float>(static_cast<std::uint32_t>(bits))}; break;
    case f64: value.value = std::bit_cast<double>(bits); break;
    case i8:
    case i16:
    case i32:
    case i64: value.value = extended(bits, width); break;
    default: {
      const bool fits = bits < std::uint64_t{1} << 63;
      if (fits) {
        value.value = static_cast<std::int64_t>(bits);
      } else {
        value.value = static_cast<double>(bits);
      }
    }
  }
  return value;
}

std::optional<std::int64_t> whole(const GgufValue& value) {
  if (const auto* truth = std::get_if<bool>(&value.value)) return *truth ? 1 : 0;
  if (const auto* number = std::get_if<std::int64_t>(&value.value)) return *number;
  return std::nullopt;
}

GgufValue read_array(GgufReader& reader, std::string_view what, int depth) {
  const std::uint64_t begin = reader.at();
  if (depth > deepest) reader.fail(begin, fmt::format("{}: arrays in arrays", what));
  const std::uint64_t kind = reader.number(4, what);
  const std::uint64_t count = reader.number(8, what);
  GgufValue value;
  value.count = count;
  const std::size_t width = width_of(kind);
  if (width > 0) {
    if (count > reader.left() / width) {
      reader.fail(begin, fmt::format("{}: {} values of {} bytes end after the file's {}", what,
                                     count, width, reader.size()));
    }
    if (count > most_kept) {
      reader.skip(count * width, what);
      return value;
    }
    std::vector<std::int64_t> numbers;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto number = whole(scalar(reader, kind, what));
      if (number) numbers.push_back(*number);
    }
    if (numbers.size() == count) value.value = std::move(numbers);
    return value;
  }
  if (kind != text && kind != array) {
    reader.fail(begin, fmt::format("{}: there is no type {} of values", what, kind));
  }
  // Each takes 8 bytes or more, so that a false count ends with the file.
  for (std::uint64_t i = 0; i < count; ++i) {
    if (kind == text) {
      reader.skip_text(what);
    } else {
      (void)read_array(reader, what, depth + 1);
    }
  }
  return value;
}

GgufValue read_value(GgufReader& reader, std::string_view what) {
  const std::uint64_t begin = reader.at();
  const std::uint64_t kind = reader.number(4, what);
  if (kind == array) return read_array(reader, what, 1);
  GgufValue value;
  if (kind == text) {
    value.value = reader.text(what, most_text);
  } else if (width_of(kind) > 0) {
    value = scalar(reader, kind, what);
  } else {
    reader.fail(begin, fmt::format("{}: there is no type {} of values", what, kind));
  }
  return value;
}

void read_values(GgufReader& reader, std::uint64_t count, GgufHeader& header) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t begin = reader.at();
    const std::string key = reader.text("key", most_key);
    GgufValue value = read_value(reader, quote(key));
    value.at = begin;
    if (!header.values.emplace(key, std::move(value)).second) {
      reader.fail(begin, fmt::format("{} is there twice", quote(key)));
    }
  }
}

GgufTensor read_tensor(GgufReader& reader) {
  GgufTensor tensor;
  tensor.at = reader.at();
  tensor.name = reader.text("name of a tensor", most_key);
  const std::string what = quote(tensor.name);
  const auto fail = [&](const std::string& message) {
    reader.fail(tensor.at, fmt::format("{}: {}", what, message));
  };
  const std::uint64_t dimensions = reader.number(4, what);
  if (dimensions < 1 || dimensions > tensor.shape.size()) {
    fail(fmt::format("{} dimensions; expected 1 to {}", dimensions, tensor.shape.size()));
  }
  std::uint64_t values = 1;
  for (std::size_t d = 0; d < dimensions; ++d) {
    const std::uint64_t extent = reader.number(8, what);
    if (extent < 1 || extent > most_extent || extent > most_values / values) {
      fail(fmt::format("dimension {} of {} values", d, extent));
    }
    values *= extent;
    tensor.shape[d] = extent;
  }
  const auto type = static_cast<std::uint32_t>(reader.number(4, what));
  tensor.type = find_gguf_type(type);
  tensor.offset = reader.number(8, what);
  if (tensor.type == nullptr) fail(fmt::format("there is no type {} of tensors", type));
  if (tensor.shape[0] % tensor.type->block != 0) {
    fail(fmt::format("rows of {} values are no blocks of {} ({})", tensor.shape[0],
                     tensor.type->block, tensor.type->name));
  }
  return tensor;
}

std::uint64_t alignment(const GgufReader& reader, const GgufHeader& header) {
  const auto found = header.values.find("general.alignment");
  if (found == header.values.end()) return 32;
  const auto* value = std::get_if<std::int64_t>(&found->second.value);
  const bool power = value != nullptr && *value > 0 && *value <= 1 << 20 &&
                     std::has_single_bit(static_cast<std::uint64_t>(*value));
  if (!power) {
    reader.fail(found->second.at, "`general.alignment` is no power of two up to 2^20");
  }
  return static_cast<std::uint64_t>(*value);
}

/// That every tensor's data lie in the file, aligned, after those of the one before.
void check_data(const GgufReader& reader, const GgufHeader& header) {
  const std::uint64_t step = alignment(reader, header);
  const std::uint64_t begin = (reader.at() + step - 1) / step * step;
  std::vector<const GgufTensor*> ordered;
  for (const GgufTensor& tensor : header.tensors)
    ordered.push_back(&tensor);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto* a, const auto* b) { return a->offset < b->offset; });
  std::uint64_t end = 0;
  for (const GgufTensor* tensor : ordered) {
    const std::string what = quote(tensor->name);
    if (tensor->offset % step != 0) {
      reader.fail(tensor->at,
                  fmt::format("{}: data at {} are not aligned to {}", what, tensor->offset, step));
    }
    if (tensor->offset < end) {
      reader.fail(tensor->at, fmt::format("{}: data at {} begin inside those of the tensor before",
                                          what, tensor->offset));
    }
    const bool inside = begin <= reader.size() && tensor->offset <= reader.size() - begin &&
                        tensor->bytes() <= reader.size() - begin - tensor->offset;
    if (!inside) {
      reader.fail(tensor->at,
                  fmt::format("{}: its {} bytes end after the file's {}", what, tensor->bytes(),
                              reader.size()),
                  "is the file whole?");
    }
    end = tensor->offset + tensor->bytes();
  }
}

}  // namespace

std::uint64_t GgufTensor::elements() const {
  std::uint64_t product = 1;
  for (const std::uint64_t extent : shape)
    product *= extent;
  return product;
}

std::uint64_t GgufTensor::bytes() const { return elements() / type->block * type->bytes; }

GgufHeader read_gguf_header(std::istream& stream, std::uint64_t size, const std::string& path) {
  GgufReader reader(stream, size, path);
  GgufHeader header;
  header.path = path;
  if (reader.number(4, "magic number") != magic) {
    reader.fail(0, "no GGUF file", "its first four bytes are GGUF");
  }
  const std::uint64_t version = reader.number(4, "version");
  if (version != 2 && version != 3) {
    reader.fail(4, fmt::format("version {} is not understood", version),
                version == 1 ? "llama.cpp does not read it either; convert the model anew"
                             : "versions 2 and 3 are, little-endian");
  }
  const std::uint64_t tensors = reader.number(8, "number of tensors");
  const std::uint64_t values = reader.number(8, "number of keys");
  if (values > reader.left() / least_value) {
    reader.fail(16, fmt::format("{} keys do not fit into a file of {} bytes", values, size));
  }
  if (tensors > reader.left() / least_tensor) {
    reader.fail(8, fmt::format("{} tensors do not fit into a file of {} bytes", tensors, size));
  }
  read_values(reader, values, header);
  std::set<std::string> names;
  for (std::uint64_t i = 0; i < tensors; ++i) {
    header.tensors.push_back(read_tensor(reader));
    const GgufTensor& tensor = header.tensors.back();
    if (!names.insert(tensor.name).second) {
      reader.fail(tensor.at, fmt::format("{} is there twice", quote(tensor.name)));
    }
  }
  check_data(reader, header);
  return header;
}

}  // namespace infersim::detail
