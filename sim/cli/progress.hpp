#pragma once

#include <cstddef>
#include <string>

namespace infersim::cli {

/// A line on standard error that shows how far something is, where that is a terminal; otherwise
/// nothing. It is wiped when it ends.
class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `all`; of an unknown number 0.
  void tell(std::size_t done, std::size_t all);

 private:
  std::string what_;
  bool shows_;
  std::size_t told_ = 0;
};

}  // namespace infersim::cli
