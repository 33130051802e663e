#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace infersim {

/// A place in an input text; line and column count from 1, column in bytes; line 0: the whole file.
struct Location {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;

  friend bool operator==(const Location&, const Location&) = default;
};

/// One fault of an input: where, what is wrong, and (if it can be said) what would be right.
struct Diagnostic {
  Location location;
  std::string message;
  std::string hint;
};

/// `file:line:column: error: message` and, if there is one, a second line `  hint: …`.
std::string format(const Diagnostic& diagnostic);

/// Everything that is wrong with some input, in the order of its text. Never empty.
class InputError : public std::exception {
 public:
  explicit InputError(std::vector<Diagnostic> faults);
  /// A single fault that has no place in a file (a command-line value, a name).
  explicit InputError(std::string message, std::string hint = {});

  [[nodiscard]] const std::vector<Diagnostic>& faults() const { return faults_; }
  /// All faults, one after the other, as `format` writes them.
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::vector<Diagnostic> faults_;
  std::string text_;
};

/// Collects faults while a description is read, so that all are reported together.
class Diagnostics {
 public:
  void error(Location location, std::string message, std::string hint = {});
  [[nodiscard]] bool empty() const { return faults_.empty(); }
  /// How many there are so far: whether reading a value added one tells if the value is to be
  /// judged.
  [[nodiscard]] std::size_t size() const { return faults_.size(); }
  /// Whether there are so many (1000) that further ones are dropped, which a last fault then says.
  [[nodiscard]] bool full() const;
  /// Throws InputError with every fault, sorted by place, if there is any.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> faults_;
};

}  // namespace infersim
