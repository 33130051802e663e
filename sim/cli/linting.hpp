#pragma once

#include <string>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/core/diagnostic.hpp"

namespace infersim::cli {

/// Something to remark about a description.
struct Finding {
  Diagnostic what;
  bool fault = false;  ///< it does not load, or names what is not there; else only suspicious
};

/// A description to look at.
struct Subject {
  DescriptionKind kind = DescriptionKind::device;
  Description description;
};

/// The descriptions of files, and of all TOML files below folders, each of the kind that its folder
/// (`devices/`) or else its keys say. The catalogue around a file joins `catalog`, so that what it
/// refers to is found. A path of nothing is looked up as a name of the catalogue, of any kind. What
/// cannot be read or told is a finding.
std::vector<Subject> subjects_of(const std::vector<std::string>& paths, Catalog& catalog,
                                 std::vector<Finding>& findings);

/// Every description that can be named.
std::vector<Subject> subjects_of(const Catalog& catalog);

/// What is to be said of the subjects, in their order and that of their lines: faults of loading,
/// names that are another's, references to nothing; of those that load, suspicions, for which the
/// subjects and the rest of the catalogue are the neighbours.
std::vector<Finding> lint(const std::vector<Subject>& subjects, const Catalog& catalog);

}  // namespace infersim::cli
