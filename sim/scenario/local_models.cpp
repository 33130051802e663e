#include "infersim/scenario/local_models.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "infersim/core/diagnostic.hpp"
#include "infersim/scenario/lookup.hpp"

namespace infersim {

namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool is_folder(const fs::path& path) {
  std::error_code failure;
  return fs::is_directory(path, failure);
}

bool is_file(const fs::path& path) {
  std::error_code failure;
  return fs::is_regular_file(path, failure);
}

/// What a folder holds by the names of its entries, sorted.
std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure))
    paths.push_back(at->path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Whether a file is a later part of a split one: `…-00002-of-00003.gguf`.
bool is_later_part(const fs::path& file) {
  const std::string stem = file.stem().string();
  const std::size_t of = stem.rfind("-of-");
  return of != std::string::npos && of >= 6 && stem.substr(of - 5, 5) != "00001";
}

/// The file of a folder that describes its model; empty if there is none or it is one of several.
std::optional<std::string> described_in(const fs::path& folder) {
  if (is_file(folder / "config.json")) return (folder / "config.json").string();
  std::optional<std::string> found;
  for (const fs::path& file : entries(folder)) {
    if (file.extension() != ".gguf" || !is_file(file) || is_later_part(file)) continue;
    if (found) return std::nullopt;
    found = file.string();
  }
  return found;
}

std::string first_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
    line.pop_back();
  return line;
}

/// The snapshot of a cached model that its `main` points to, else the only one.
std::optional<fs::path> snapshot_of(const fs::path& model) {
  const std::string commit = first_line(model / "refs" / "main");
  const fs::path snapshots = model / "snapshots";
  // A commit is a name, not a path.
  const bool named = !commit.empty() && commit.find('/') == std::string::npos && commit != "..";
  if (named && is_folder(snapshots / commit)) return snapshots / commit;
  const std::vector<fs::path> all = entries(snapshots);
  if (all.size() == 1 && is_folder(all.front())) return all.front();
  return std::nullopt;
}

/// `models--org--name` of `org/name`; empty if it is no name of the Hub.
std::string cached_name(const std::string& name) {
  const std::size_t slash = name.find('/');
  const bool two = slash != std::string::npos && slash > 0 && slash + 1 < name.size() &&
                   name.find('/', slash + 1) == std::string::npos;
  if (!two || name.front() == '.' || name.find("..") != std::string::npos) return {};
  return "models--" + name.substr(0, slash) + "--" + name.substr(slash + 1);
}

std::optional<HfFile> read_if_there(const fs::path& file) {
  if (!is_file(file)) return std::nullopt;
  Description description = read_description(file.string());
  return HfFile{std::move(description.path), std::move(description.text)};
}

}  // namespace

bool is_model_path(std::string_view name) {
  return name.ends_with(".toml") || name.ends_with(".json") || name.ends_with(".gguf");
}

std::optional<LocalModel> find_local_model(const std::string& name) {
  if (is_folder(name)) {
    const auto file = described_in(name);
    if (!file) return std::nullopt;
    const fs::path folder = fs::path(name).lexically_normal();
    const fs::path leaf =
        folder.has_filename() ? folder.filename() : folder.parent_path().filename();
    return LocalModel{*file, leaf.string()};
  }
  const std::string cached = cached_name(name);
  const std::string cache = hub_cache();
  if (cached.empty() || cache.empty()) return std::nullopt;
  const auto snapshot = snapshot_of(fs::path(cache) / cached);
  if (!snapshot) return std::nullopt;
  const auto file = described_in(*snapshot);
  if (!file) return std::nullopt;
  return LocalModel{*file, name};
}

std::string hub_cache() {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const std::string folder = environment(name); !folder.empty()) return folder;
  }
  const std::string home = environment("HF_HOME");
  if (!home.empty()) return home + "/hub";
  const std::string cache = environment("XDG_CACHE_HOME");
  if (!cache.empty()) return cache + "/huggingface/hub";
  const std::string user = environment("HOME");
  return user.empty() ? user : user + "/.cache/huggingface/hub";
}

HfBeside files_beside(const std::string& config) {
  const fs::path path(config);
  if (path.filename() != "config.json") return {};
  const fs::path folder = path.parent_path();
  return {.quantisation = read_if_there(folder / "hf_quant_config.json"),
          .index = read_if_there(folder / "model.safetensors.index.json")};
}

}  // namespace infersim
