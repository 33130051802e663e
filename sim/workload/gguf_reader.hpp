#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

namespace infersim::detail {

/// Numbers and texts of a file in the order of its bytes, of which none is read that does not have
/// to be. What cannot be read ends it with an InputError that names the byte.
class GgufReader {
 public:
  /// `stream` must outlive the reader; `size` is how many bytes it has.
  GgufReader(std::istream& stream, std::uint64_t size, std::string path);

  /// A little-endian number of `width` bytes, up to 8. `what` is its name in a fault.
  std::uint64_t number(std::size_t width, std::string_view what);
  /// A text behind its length of 8 bytes, of at most `most` bytes.
  std::string text(std::string_view what, std::uint64_t most);
  /// Passes over a text.
  void skip_text(std::string_view what);
  void skip(std::uint64_t bytes, std::string_view what);

  [[nodiscard]] std::uint64_t at() const { return at_; }
  [[nodiscard]] std::uint64_t left() const { return size_ - at_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// A fault at a byte of the file.
  [[noreturn]] void fail(std::uint64_t byte, const std::string& message,
                         const std::string& hint = {}) const;

 private:
  /// That so many bytes are left.
  void need(std::uint64_t bytes, std::string_view what) const;

  std::istream& stream_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
  std::string path_;
};

}  // namespace infersim::detail
