#include "support/golden.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <vector>

#include "support/catch.hpp"
#include "support/repository.hpp"

namespace infersim::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::string text_difference(std::string_view expected, std::string_view actual) {
  if (expected == actual) return {};
  const auto old_lines = lines_of(expected);
  const auto new_lines = lines_of(actual);
  const std::size_t n = old_lines.size();
  const std::size_t m = new_lines.size();

  // common[i][j]: length of the longest common subsequence of old[i..] and new[j..].
  std::vector<std::vector<std::size_t>> common(n + 1, std::vector<std::size_t>(m + 1, 0));
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;) {
      common[i][j] = old_lines[i] == new_lines[j] ? common[i + 1][j + 1] + 1
                                                  : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }

  std::string difference;
  bool in_run = false;
  const auto add = [&](char sign, std::string_view line, std::size_t at) {
    if (!in_run) difference += "line " + std::to_string(at + 1) + ":\n";
    in_run = true;
    difference += sign;
    difference += ' ';
    difference += line;
    difference += '\n';
  };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && old_lines[i] == new_lines[j]) {
      in_run = false;
      ++i;
      ++j;
    } else if (j == m || (i < n && common[i + 1][j] >= common[i][j + 1])) {
      add('-', old_lines[i], i);
      ++i;
    } else {
      add('+', new_lines[j], i);
      ++j;
    }
  }
  if (difference.empty()) difference = "the texts differ in the newline at their end\n";
  return difference;
}

void check_golden(std::string_view name, std::string_view text) {
  const fs::path approved = source_dir() / "tests/golden/approved" / (std::string(name) + ".txt");
  const fs::path unapproved =
      fs::path(INFERSIM_BINARY_DIR) / "golden" / (std::string(name) + ".unapproved.txt");
  const bool exists = fs::exists(approved);
  if (exists && read_file(approved) == text) {
    fs::remove(unapproved);
    SUCCEED("matches the approved text");
    return;
  }
  fs::create_directories(unapproved.parent_path());
  std::ofstream(unapproved, std::ios::binary) << text;
  const std::string what =
      exists ? text_difference(read_file(approved), text) : "no text is approved yet\n";
  FAIL_CHECK("golden text '" << name << "' moved:\n"
                             << what << "if this is meant: tools/approve " << name);
}

}  // namespace infersim::test
