#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "support/skip.hpp"  // a test that misses a shared path skips

namespace infersim::test {

/// The root of the repository that is under test.
std::filesystem::path source_dir();

/// The program under test.
std::filesystem::path program();

/// Bytes of a file. Throws std::runtime_error if it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// A path below the data folder shared with other repositories: `$INFERSIM_SHARED`, or `shared/`
/// beside this repository. Empty if it is not there, which tests announce by `skip`.
std::optional<std::filesystem::path> shared_path(const std::string& below);

}  // namespace infersim::test
