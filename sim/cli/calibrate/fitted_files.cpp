#include "cli/calibrate/fitted_files.hpp"

#include "cli/output.hpp"

namespace infersim::cli {

void write_fitted(const std::filesystem::path& path, std::string_view text) {
  write_file(path, text, "--write takes a directory");
  print_message("wrote " + path.string() + "\n");
}

void write_description(const std::string& directory, DescriptionKind kind, const std::string& id,
                       std::string_view text) {
  write_fitted(std::filesystem::path(directory) / folder(kind) / (id + ".toml"), text);
}

}  // namespace infersim::cli
