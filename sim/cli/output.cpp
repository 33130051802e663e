#include "cli/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "infersim/core/diagnostic.hpp"

namespace infersim::cli {

namespace {

constexpr int narrowest = 80;
constexpr int widest = 120;

TextStyle style_of(int descriptor) {
  TextStyle style;
  if (isatty(descriptor) == 0) return style;
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
    style.width = std::clamp<int>(size.ws_col, narrowest, widest);
  }
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::strcmp(terminal, "dumb") == 0;
  style.color = (no_color == nullptr || *no_color == '\0') && !dumb;
  return style;
}

}  // namespace

TextStyle output_style() { return style_of(STDOUT_FILENO); }
TextStyle message_style() { return style_of(STDERR_FILENO); }

void print(std::string_view text) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) {
    throw OutputError(std::strerror(errno), errno == EPIPE);
  }
}

void print_message(std::string_view text) {
  // Programs that read messages want each on its line: `file:line:column: error: …`.
  const bool to_person = isatty(STDERR_FILENO) != 0;
  std::string shown = to_person ? wrap_lines(text, message_style().width) : std::string(text);
  if (!shown.ends_with('\n')) shown += '\n';
  std::fwrite(shown.data(), 1, shown.size(), stderr);
}

bool try_write_file(const std::filesystem::path& path, std::string_view text,
                    std::error_code& failure) {
  std::filesystem::create_directories(path.parent_path(), failure);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return !failure && file;
}

void write_file(const std::filesystem::path& path, std::string_view text, const std::string& hint) {
  std::error_code failure;
  if (try_write_file(path, text, failure)) return;
  throw InputError(path.string() + ": cannot be written", hint);
}

void write_plots(const std::string& directory, const std::vector<PlotFile>& plots) {
  for (const PlotFile& plot : plots) {
    write_file(std::filesystem::path(directory) / plot.name, scatter_svg(plot.scatter),
               "--plot takes a directory");
  }
}

}  // namespace infersim::cli
