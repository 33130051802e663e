#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "infersim/core/catalog.hpp"

namespace infersim::cli {

/// Writes what a fit came to below the directory of --write, and says so. Throws InputError.
void write_fitted(const std::filesystem::path& path, std::string_view text);

/// The same of a description, which `--catalog DIR` then finds.
void write_description(const std::string& directory, DescriptionKind kind, const std::string& id,
                       std::string_view text);

}  // namespace infersim::cli
