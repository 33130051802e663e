#include "infersim/core/catalog.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/core/toml_reader.hpp"

namespace infersim {

namespace {

namespace fs = std::filesystem;

struct Kind {
  DescriptionKind kind;
  std::string_view name;
  std::string_view folder;
};

/// In the order of DescriptionKind.
constexpr std::array<Kind, 9> kinds = {{
    {DescriptionKind::device, "device", "hardware/devices"},
    {DescriptionKind::system, "system", "hardware/systems"},
    {DescriptionKind::site, "site", "hardware/sites"},
    {DescriptionKind::efficiency, "efficiency", "hardware/efficiency"},
    {DescriptionKind::kernels, "kernels", "hardware/efficiency/kernels"},
    {DescriptionKind::framework, "framework", "hardware/efficiency/frameworks"},
    {DescriptionKind::model, "model", "workloads/models"},
    {DescriptionKind::traffic, "traffic", "workloads/traffic"},
    {DescriptionKind::prices, "prices", "workloads/prices"},
}};

/// Keys at the root of which one kind alone has each.
struct TellingKey {
  std::string_view key;
  DescriptionKind kind;
};

constexpr TellingKey telling_keys[] = {
    {"api_price", DescriptionKind::prices},  {"engine", DescriptionKind::device},
    {"vendor", DescriptionKind::device},     {"devices_per_node", DescriptionKind::system},
    {"device", DescriptionKind::system},     {"electricity", DescriptionKind::site},
    {"pue", DescriptionKind::site},          {"scheduler", DescriptionKind::framework},
    {"host", DescriptionKind::framework},    {"framework", DescriptionKind::kernels},
    {"kernel", DescriptionKind::efficiency}, {"runtime", DescriptionKind::efficiency},
    {"links", DescriptionKind::efficiency},  {"hidden", DescriptionKind::model},
    {"layers", DescriptionKind::model},      {"pattern", DescriptionKind::model},
    {"isl", DescriptionKind::traffic},       {"osl", DescriptionKind::traffic},
};

const Kind& entry(DescriptionKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

/// `devices`: how compiled-in files name their kind.
std::string_view leaf(DescriptionKind kind) {
  const std::string_view path = folder(kind);
  return path.substr(path.rfind('/') + 1);
}

/// Larger files are faults of the readers; no more than this is kept of them.
constexpr std::uintmax_t most_bytes = 8 * 1024 * 1024;

std::optional<std::string> read_text(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::error_code failure;
  const std::uintmax_t size = fs::file_size(path, failure);
  if (!stream || failure) return std::nullopt;
  std::string text(static_cast<std::size_t>(std::min(size, most_bytes)), '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

/// Files of a folder that may be descriptions of a kind, sorted; none if there is no such folder.
std::vector<fs::path> candidates(const fs::path& directory, DescriptionKind kind) {
  std::vector<fs::path> paths;
  std::error_code failure;
  for (fs::directory_iterator at(directory, failure), end; !failure && at != end;
       at.increment(failure)) {
    const fs::path extension = at->path().extension();
    const bool config = kind == DescriptionKind::model && extension == ".json";
    if (extension != ".toml" && !config) continue;
    std::error_code unreadable;
    if (!at->is_directory(unreadable)) paths.push_back(at->path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// A Hugging Face configuration is named by its file: `org--name_config.json` is `org--name`, which
/// `name` finds too.
void name_by_file(const fs::path& path, Description& description) {
  std::string stem = path.stem().string();
  for (const std::string_view ending : {"_config", ".config"}) {
    if (stem.ends_with(ending)) stem.erase(stem.size() - ending.size());
  }
  description.id = stem;
  const std::size_t dashes = stem.find("--");
  if (dashes != std::string::npos) description.aliases.push_back(stem.substr(dashes + 2));
}

/// Id and aliases of a TOML description; the rest of it is not looked at yet.
void name_by_text(Description& description, Diagnostics& faults) {
  TomlDocument document(description.text, description.path, faults);
  TableReader root = document.root();
  description.id = root.text("id");
  description.aliases = root.optional_texts("aliases");
}

std::vector<std::string> folded_names(const Description& description) {
  std::set<std::string> names = {fold_name(description.id)};
  for (const std::string& alias : description.aliases)
    names.insert(fold_name(alias));
  names.erase("");  // of a file without an id, which is reported as such
  return {names.begin(), names.end()};
}

bool answers_to(std::string_view id, const auto& aliases, const std::string& folded) {
  if (fold_name(id) == folded) return true;
  return std::any_of(std::begin(aliases), std::end(aliases),
                     [&](std::string_view alias) { return fold_name(alias) == folded; });
}

/// The aliases of a compiled-in file as a range.
struct Aliases {
  const detail::EmbeddedFile& file;
  [[nodiscard]] const std::string_view* begin() const { return file.aliases; }
  [[nodiscard]] const std::string_view* end() const { return file.aliases + file.alias_count; }
};

std::vector<const detail::EmbeddedFile*> embedded(DescriptionKind kind) {
  std::vector<const detail::EmbeddedFile*> files;
  for (std::size_t i = 0; i < detail::embedded_file_count; ++i) {
    const detail::EmbeddedFile& file = detail::embedded_files[i];
    if (file.kind == leaf(kind)) files.push_back(&file);
  }
  return files;
}

Description copy_of(const detail::EmbeddedFile& file) {
  const Aliases aliases{file};
  return {std::string(file.id),
          {aliases.begin(), aliases.end()},
          std::string(file.path),
          std::string(file.text)};
}

}  // namespace

std::string_view name(DescriptionKind kind) { return entry(kind).name; }

std::string_view folder(DescriptionKind kind) { return entry(kind).folder; }

std::optional<DescriptionKind> kind_of(std::string_view toml) {
  Diagnostics faults;
  TomlDocument document(toml, "", faults);
  if (!document.parsed()) return std::nullopt;
  const TableReader root = document.root();
  for (const TellingKey& telling : telling_keys) {
    if (root.has(telling.key)) return telling.kind;
  }
  return std::nullopt;
}

void Catalog::put(DescriptionKind kind, Description description) {
  added_.insert(added_.begin(), Added{kind, std::move(description)});
}

void Catalog::add_directory(const std::string& path) {
  std::error_code failure;
  if (!fs::is_directory(path, failure)) {
    throw InputError("no directory " + quote(path), "a catalog is a directory");
  }
  Diagnostics faults;
  std::vector<Added> found;
  bool has_folder = false;
  for (const Kind& kind : kinds) {
    const fs::path directory = fs::path(path) / kind.folder;
    has_folder = has_folder || fs::is_directory(directory, failure);
    std::map<std::string, std::string> claimed;  // folded name to file
    for (const fs::path& file : candidates(directory, kind.kind)) {
      Description description{"", {}, file.string(), ""};
      const Location whole{description.path, 0, 0};
      auto text = read_text(file);
      if (!text) {
        faults.error(whole, "cannot be read");
        continue;
      }
      description.text = std::move(*text);
      if (file.extension() == ".json") {
        name_by_file(file, description);
      } else {
        name_by_text(description, faults);
      }
      for (const std::string& name : folded_names(description)) {
        const auto [claim, first] = claimed.emplace(name, description.path);
        if (!first) {
          faults.error(whole, "the name " + quote(name) + " is taken by " + claim->second,
                       "ids and aliases are compared without case and - _ . / and spaces");
        }
      }
      found.push_back({kind.kind, std::move(description)});
    }
  }
  if (!has_folder) {
    faults.error({path, 0, 0}, "holds no descriptions",
                 "a catalog has folders hardware/{devices,systems,sites,efficiency}, "
                 "hardware/efficiency/frameworks or "
                 "workloads/{models,traffic}");
  }
  faults.throw_if_any();
  added_.insert(added_.begin(), std::make_move_iterator(found.begin()),
                std::make_move_iterator(found.end()));
}

std::optional<Description> Catalog::find(DescriptionKind kind, std::string_view name) const {
  const std::string folded = fold_name(name);
  for (const Added& added : added_) {
    const Description& each = added.description;
    if (added.kind == kind && answers_to(each.id, each.aliases, folded)) return each;
  }
  for (const detail::EmbeddedFile* file : embedded(kind)) {
    if (answers_to(file->id, Aliases{*file}, folded)) return copy_of(*file);
  }
  return std::nullopt;
}

Description Catalog::get(DescriptionKind kind, std::string_view name) const {
  if (auto found = find(kind, name)) return *std::move(found);
  std::vector<std::string> names = ids(kind);
  std::string hint = names.empty() ? "the catalog has none" : "there are: " + join(names);
  for (const Added& added : added_) {
    if (added.kind != kind) continue;
    const std::vector<std::string>& aliases = added.description.aliases;
    names.insert(names.end(), aliases.begin(), aliases.end());
  }
  for (const detail::EmbeddedFile* file : embedded(kind)) {
    const Aliases aliases{*file};
    names.insert(names.end(), aliases.begin(), aliases.end());
  }
  if (const std::string near = did_you_mean(name, names, offered_names); !near.empty()) hint = near;
  throw InputError("no " + std::string(infersim::name(kind)) + " is called " + quote(name), hint);
}

std::vector<std::string> Catalog::ids(DescriptionKind kind) const {
  std::set<std::string> names;
  for (const Added& added : added_) {
    if (added.kind == kind) names.insert(added.description.id);
  }
  for (const detail::EmbeddedFile* file : embedded(kind))
    names.emplace(file->id);
  return {names.begin(), names.end()};
}

std::vector<Description> Catalog::descriptions(DescriptionKind kind) const {
  std::map<std::string, Description> by_id;
  // Whether a description is what its id finds: those added last come first.
  const auto hidden = [&](std::string_view id, std::size_t added) {
    const std::string folded = fold_name(id);
    return std::any_of(added_.begin(), added_.begin() + static_cast<std::ptrdiff_t>(added),
                       [&](const Added& other) {
                         return other.kind == kind &&
                                answers_to(other.description.id, other.description.aliases, folded);
                       });
  };
  for (std::size_t i = 0; i < added_.size(); ++i) {
    const Description& each = added_[i].description;
    if (added_[i].kind == kind && !hidden(each.id, i)) by_id.emplace(each.id, each);
  }
  for (const detail::EmbeddedFile* file : embedded(kind)) {
    if (!hidden(file->id, added_.size())) by_id.emplace(file->id, copy_of(*file));
  }
  std::vector<Description> all;
  for (auto& [id, description] : by_id)
    all.push_back(std::move(description));
  return all;
}

}  // namespace infersim
