#include "cli/progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "infersim/report/text.hpp"

namespace infersim::cli {

namespace {

constexpr auto redraw = std::chrono::milliseconds(100);
constexpr int bar_columns = 30;

}  // namespace

Progress::Progress(std::uint64_t total, std::uint64_t already)
    : total_(total), already_(already), shown_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_ && drawn_ != Clock::time_point{}) std::fputs("\r\x1b[K", stderr);
}

void Progress::at(std::uint64_t done, std::uint64_t total) {
  total_ = total;
  at(done);
}

void Progress::at(std::uint64_t done) {
  const Clock::time_point now = Clock::now();
  if (!shown_ || now - drawn_ < redraw) return;
  drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto finished = static_cast<double>(done);
  if (total_ == 0) {
    std::fputs(fmt::format("\r\x1b[K{} answers", show_count(finished)).c_str(), stderr);
    std::fflush(stderr);
    return;
  }
  const double share = finished / static_cast<double>(total_);
  const double rate = (finished - static_cast<double>(already_)) / seconds;
  const double rest = (static_cast<double>(total_) - finished) / rate;
  const std::string line = fmt::format(
      "\r\x1b[K[{}] {} of {}, {}/s, {} left", pad_right(bar(share, bar_columns), bar_columns),
      show_count(finished), show_count(static_cast<double>(total_)), digits(rate),
      rest < 120 ? fmt::format("{:.0f} s", rest) : fmt::format("{:.0f} min", rest / 60));
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

}  // namespace infersim::cli
