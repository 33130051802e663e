#include "cli/progress.hpp"

#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "infersim/report/text.hpp"

namespace infersim::cli {

Progress::Progress(std::string what) : what_(std::move(what)), shows_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shows_ && told_ > 0) std::fputs("\r\033[K", stderr);
}

void Progress::tell(std::size_t done, std::size_t all) {
  ++told_;
  if (!shows_) return;
  constexpr int columns = 30;
  const std::string line =
      all > 0 ? fmt::format(
                    "\r{} {} {}/{}", what_,
                    pad_right(bar(static_cast<double>(done) / static_cast<double>(all), columns),
                              columns),
                    done, all)
              : fmt::format("\r{} {}", what_, done);
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace infersim::cli
