#include "workload/gguf_reader.hpp"

#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"

namespace infersim::detail {

GgufReader::GgufReader(std::istream& stream, std::uint64_t size, std::string path)
    : stream_(stream), size_(size), path_(std::move(path)) {}

void GgufReader::fail(std::uint64_t byte, const std::string& message,
                      const std::string& hint) const {
  throw InputError({Diagnostic{{path_, 0, 0}, fmt::format("byte {}: {}", byte, message), hint}});
}

void GgufReader::need(std::uint64_t bytes, std::string_view what) const {
  if (bytes <= left()) return;
  fail(at_, fmt::format("{} of {} bytes ends after the file's {}", what, bytes, size_),
       "is the file whole?");
}

std::uint64_t GgufReader::number(std::size_t width, std::string_view what) {
  need(width, what);
  std::array<char, 8> bytes{};
  stream_.read(bytes.data(), static_cast<std::streamsize>(width));
  if (!stream_) fail(at_, fmt::format("{} cannot be read", what));
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  at_ += width;
  return value;
}

std::string GgufReader::text(std::string_view what, std::uint64_t most) {
  const std::uint64_t begin = at_;
  const std::uint64_t length = number(8, what);
  need(length, what);
  if (length > most) {
    fail(begin, fmt::format("{} of {} bytes; expected at most {}", what, length, most));
  }
  std::string value(static_cast<std::size_t>(length), '\0');
  stream_.read(value.data(), static_cast<std::streamsize>(length));
  if (!stream_) fail(at_, fmt::format("{} cannot be read", what));
  at_ += length;
  return value;
}

void GgufReader::skip_text(std::string_view what) { skip(number(8, what), what); }

void GgufReader::skip(std::uint64_t bytes, std::string_view what) {
  need(bytes, what);
  constexpr std::uint64_t far = 64 * 1024;  // a seek throws away what was read ahead
  if (bytes < far) {
    stream_.ignore(static_cast<std::streamsize>(bytes));
  } else {
    stream_.seekg(static_cast<std::streamoff>(bytes), std::ios::cur);
  }
  if (!stream_) fail(at_, fmt::format("{} cannot be read", what));
  at_ += bytes;
}

}  // namespace infersim::detail
