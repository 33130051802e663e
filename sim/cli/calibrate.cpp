#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "cli/output.hpp"
#include "cli/verbs.hpp"

namespace infersim::cli {

namespace {

constexpr std::string_view missing =
    "error: calibrate: the program infersim-calibrate is not there\n"
    "  hint: `./infersim calibrate` in a checkout builds it; a build of your own needs\n"
    "  -DINFERSIM_BUILD_CALIBRATE=ON and libceres-dev\n";

}  // namespace

/// The solver's libraries would cost every other verb some milliseconds at start, so the verb is a
/// program of its own beside this one.
ExitCode calibrate(const std::vector<std::string>& arguments) {
  std::error_code failure;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failure);
  const std::string program = (self.parent_path() / "infersim-calibrate").string();
  if (failure || access(program.c_str(), X_OK) != 0) {
    print_message(missing);
    return bad_input;
  }
  std::vector<char*> words = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  execv(program.c_str(), words.data());
  print_message(fmt::format("error: {}: {}\n", program, std::strerror(errno)));
  return bad_input;
}

}  // namespace infersim::cli
