#pragma once

#include <map>
#include <string>
#include <vector>

#include "infersim/core/catalog.hpp"

namespace infersim {

struct Question;

/// A figure that a question sets: `device.memory.bandwidth` to `32 TB/s`.
struct Setting {
  std::string key;
  std::string value;

  friend bool operator==(const Setting&, const Setting&) = default;
};

/// What became of it.
struct AppliedSetting {
  std::string key;  ///< whole: kind, description, path
  std::string value;
  std::string was;       ///< empty: not there
  bool physics = false;  ///< of a chip or system, and no price
};

/// The descriptions whose figures can be set, by kind: the ids of what a question is about. Throws
/// what looking up its names throws.
std::map<DescriptionKind, std::string> subjects_of(const Catalog& catalog,
                                                   const Question& question);

/// A catalogue in which the descriptions that a question names have the figures that it sets.
struct BentCatalog {
  Catalog catalog;
  std::vector<AppliedSetting> applied;
};

/// Paths begin with `device`, `system`, `site`, `framework`, `model` or `traffic`; see
/// core/toml_edit.hpp for the rest. A chip or system whose physics is set exists on paper alone
/// (`concept`). Throws InputError for a path that leads nowhere, and what looking up the names of
/// the question throws.
BentCatalog bend(const Catalog& catalog, const Question& question);

}  // namespace infersim
