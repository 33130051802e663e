#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "infersim/report/scatter.hpp"
#include "infersim/report/text.hpp"

namespace infersim::cli {

/// What an answer looks like where standard output goes: a terminal's width between 80 and 120
/// columns and headings in bold, unless NO_COLOR is set; 80 columns and plain text otherwise.
TextStyle output_style();
/// The same for standard error.
TextStyle message_style();

/// Standard output could not be written; `quiet` if its reader went away.
struct OutputError : std::runtime_error {
  OutputError(const char* what, bool is_quiet) : std::runtime_error(what), quiet(is_quiet) {}
  bool quiet;
};

/// Writes all of `text` to standard output. Throws OutputError.
void print(std::string_view text);

/// Writes a message for the user to standard error: broken at the width of a terminal, else as it
/// is, so that each fault stays on its line.
void print_message(std::string_view text);

/// Writes a file and the directories that it needs; false, perhaps with why, if it cannot be.
bool try_write_file(const std::filesystem::path& path, std::string_view text,
                    std::error_code& failure);

/// The same for what an option names. Throws InputError with that hint.
void write_file(const std::filesystem::path& path, std::string_view text, const std::string& hint);

/// Writes plots into a directory, which is made where there is none. Throws InputError.
void write_plots(const std::string& directory, const std::vector<PlotFile>& plots);

}  // namespace infersim::cli
