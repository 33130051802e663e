#pragma once

#include <chrono>
#include <cstdint>

namespace infersim::cli {

/// A line on standard error that tells how far a long run is, where that is a terminal: nothing
/// otherwise. It is gone at the end.
class Progress {
 public:
  /// Of a number that is not known `total` is 0; `already`: done before, which says nothing of how
  /// fast it goes.
  explicit Progress(std::uint64_t total = 0, std::uint64_t already = 0);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// So many are done; redrawn ten times a second at most.
  void at(std::uint64_t done);
  /// The same, of a number that is told only now.
  void at(std::uint64_t done, std::uint64_t total);

 private:
  using Clock = std::chrono::steady_clock;
  std::uint64_t total_;
  std::uint64_t already_;
  bool shown_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_{};
};

}  // namespace infersim::cli
