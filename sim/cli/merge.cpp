#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "sweep/row_file.hpp"

namespace infersim::cli {

namespace {

const std::string& footer() {
  static const std::string text =
      "Every row says which question it answers, of how many, and of which sweep: the\n"
      "result is what one `infersim sweep` would have written, or an error that says\n"
      "which row is missing or there twice.\n"
      "\n"
      "Example:\n"
      "  infersim merge part-*.csv --output rows.csv\n"
      "\n" +
      std::string(exit_codes);
  return text;
}

constexpr std::size_t most_buffered = 64 * 1024;

}  // namespace

ExitCode merge(const std::vector<std::string>& given) {
  const Arguments arguments =
      parse_arguments({"merge",
                       "FILE...",
                       "The rows of all shards of a sweep (CSV or JSONL) as one file.\n",
                       footer(),
                       {{"--output", "FILE", "a file instead of standard output", "-o"}}},
                      given);
  if (!arguments.help.empty()) {
    print(arguments.help);
    return done;
  }
  if (arguments.words.empty()) throw InputError("no file is named", "infersim merge part-*.csv");
  const std::string file = arguments.value("--output").value_or("");
  const std::string beside = file + ".part";
  std::unique_ptr<AppendedFile> to;
  if (!file.empty()) to = std::make_unique<AppendedFile>(beside, 0);
  std::string buffer;
  const auto flush = [&] {
    if (to) {
      to->append(buffer);
    } else {
      print(buffer);
    }
    buffer.clear();
  };
  try {
    merge_rows(arguments.words, [&](std::string_view line) {
      buffer += line;
      if (buffer.size() >= most_buffered) flush();
    });
    flush();
    if (to) std::filesystem::rename(beside, file);
  } catch (...) {
    std::error_code none;
    if (to) std::filesystem::remove(beside, none);
    throw;
  }
  return done;
}

}  // namespace infersim::cli
