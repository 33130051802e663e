#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infersim {

namespace detail {
/// A description compiled into the program; the tables are generated at build time.
struct EmbeddedFile {
  std::string_view kind;
  std::string_view path;
  std::string_view id;
  const std::string_view* aliases;
  std::size_t alias_count;
  std::string_view text;
  std::string_view packed;  ///< the same, parsed: core/packed_tree.hpp
};
extern const EmbeddedFile embedded_files[];
extern const std::size_t embedded_file_count;
extern const EmbeddedFile template_files[];  ///< see infersim/core/templates.hpp
extern const std::size_t template_file_count;
}  // namespace detail

/// What a description describes; also its folder: `hardware/devices`, `workloads/models`, …
enum class DescriptionKind {
  device,
  system,
  site,
  efficiency,
  kernels,
  framework,
  model,
  traffic,
  prices,
};

std::string_view name(DescriptionKind kind);
/// `hardware/devices`, `hardware/systems`, `hardware/sites`, `hardware/efficiency`,
/// `hardware/efficiency/kernels`, `hardware/efficiency/frameworks`, `workloads/models`,
/// `workloads/traffic`, `workloads/prices`.
std::string_view folder(DescriptionKind kind);

/// What a TOML text describes, told by a key that only this kind has; empty if it has none of them
/// or is no TOML.
std::optional<DescriptionKind> kind_of(std::string_view toml);

/// One description: its text and the name under which faults in it are reported.
struct Description {
  std::string id;
  std::vector<std::string> aliases;
  std::string path;
  std::string text;
};

/// The descriptions that can be named: those of `--catalog` directories first, then those compiled
/// in. Nothing is parsed before it is asked for, except ids and aliases of added directories.
class Catalog {
 public:
  /// Only what is compiled in.
  Catalog() = default;
  /// Adds a directory of the shape of this repository (`hardware/`, `workloads/`), searched before
  /// what is already there. Throws InputError if it is no directory or a file in it has no id.
  void add_directory(const std::string& path);

  /// Adds one description, searched before what is already there.
  void put(DescriptionKind kind, Description description);

  /// The description of `kind` whose id or alias folds to the same name; empty if there is none.
  [[nodiscard]] std::optional<Description> find(DescriptionKind kind, std::string_view name) const;
  /// The same, or InputError that lists the nearest valid names.
  [[nodiscard]] Description get(DescriptionKind kind, std::string_view name) const;
  /// Ids of a kind, sorted, each once.
  [[nodiscard]] std::vector<std::string> ids(DescriptionKind kind) const;
  /// The descriptions of a kind that can be found by their id, sorted by it.
  [[nodiscard]] std::vector<Description> descriptions(DescriptionKind kind) const;

 private:
  struct Added {
    DescriptionKind kind;
    Description description;
  };
  std::vector<Added> added_;
};

}  // namespace infersim
