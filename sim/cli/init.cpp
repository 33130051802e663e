#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/templates.hpp"
#include "infersim/core/text.hpp"

namespace infersim::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view summary =
    "Writes a chip, the system it ships in, a model and traffic below DIR, commented\n"
    "key by key, to start own descriptions from. They run as they are.";

constexpr std::string_view footer =
    "Example:\n"
    "  infersim init mychip\n"
    "  infersim --catalog mychip --hw mychip --model mymodel --traffic mytraffic\n"
    "\n"
    "Files that are already there are never overwritten: exit code 2.\n";

/// Throws InputError that names every file of which one is already there.
void check_free(const fs::path& root, const std::vector<Template>& files) {
  std::vector<Diagnostic> faults;
  for (const Template& file : files) {
    const fs::path path = root / file.path;
    std::error_code failure;
    if (fs::exists(fs::symlink_status(path, failure))) {
      faults.push_back({{path.string(), 0, 0}, "is already there", "name another directory"});
    }
  }
  if (!faults.empty()) throw InputError(std::move(faults));
}

void write(const fs::path& path, std::string_view text) {
  std::error_code failure;
  if (try_write_file(path, text, failure)) return;
  throw InputError({{{path.string(), 0, 0}, "cannot be written", failure.message()}});
}

/// A path as a shell takes it.
std::string shell_word(const std::string& path) {
  const bool plain = path.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_-./+@:,") == std::string::npos;
  if (plain && !path.empty()) return path;
  std::string quoted = "'";
  for (const char c : path)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string next_steps(const std::string& directory) {
  const std::string dir = shell_word(directory);
  return fmt::format(
      "\nNext:\n"
      "  edit {0}/hardware/devices/mychip.toml: each key is explained there\n"
      "  infersim lint {0}\n"
      "  infersim show --catalog {0} mychip\n"
      "  infersim --catalog {0} --hw mychip --model mymodel --traffic mytraffic\n",
      dir);
}

}  // namespace

ExitCode init(const std::vector<std::string>& arguments) {
  const Syntax syntax{"init", "DIR", summary, footer, {}};
  const Arguments options = parse_arguments(syntax, arguments);
  if (!options.help.empty()) {
    print(options.help);
    return done;
  }
  if (options.words.size() != 1 || options.words.front().empty()) {
    throw InputError(options.words.empty() ? "no directory is named" : "one directory is enough",
                     "infersim init DIR");
  }
  const std::string& directory = options.words.front();
  const std::vector<Template> files = templates();
  check_free(directory, files);
  std::string text = "Wrote\n";
  for (const Template& file : files) {
    const fs::path path = fs::path(directory) / file.path;
    write(path, file.text);
    text += "  " + path.string() + "\n";
  }
  print(text + next_steps(directory));
  return done;
}

}  // namespace infersim::cli
