#include "infersim/scenario/gguf_files.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <list>
#include <system_error>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/workload/gguf.hpp"

namespace infersim {

namespace {

constexpr std::size_t digits = 5;
constexpr std::string_view of = "-of-";
constexpr int most_parts = 9999;

/// The number that five digits are; -1 if they are none.
int number(std::string_view text) {
  int value = -1;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc() && end == text.data() + text.size() ? value : -1;
}

}  // namespace

std::vector<std::string> gguf_parts(const std::string& path) {
  const std::filesystem::path file(path);
  const std::string stem = file.stem().string();
  const std::size_t at = stem.rfind(of);
  const bool split = at != std::string::npos && at > digits && stem[at - digits - 1] == '-' &&
                     stem.size() == at + of.size() + digits;
  if (!split) return {path};
  const int count = number(std::string_view(stem).substr(at + of.size()));
  if (count < 1 || count > most_parts ||
      number(std::string_view(stem).substr(at - digits, digits)) < 1)
    return {path};
  std::vector<std::string> parts;
  for (int part = 1; part <= count; ++part) {
    const std::string name =
        fmt::format("{}{:05}{}{:05}", stem.substr(0, at - digits), part, of, count);
    parts.push_back((file.parent_path() / (name + file.extension().string())).string());
  }
  return parts;
}

ModelSpec read_gguf(const std::string& path) {
  std::list<std::ifstream> streams;
  std::vector<GgufFile> files;
  for (const std::string& part : gguf_parts(path)) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(part, failure);
    streams.emplace_back(part, std::ios::binary);
    if (failure || !streams.back()) {
      throw InputError(part + ": cannot be read",
                       part == path ? "check the path" : "a split model needs all of its files");
    }
    files.push_back({part, &streams.back(), size});
  }
  return load_gguf(files);
}

}  // namespace infersim
