#include "support/repository.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace infersim::test {

namespace fs = std::filesystem;

fs::path source_dir() { return INFERSIM_SOURCE_DIR; }

fs::path program() { return INFERSIM_PROGRAM; }

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return text.str();
}

std::optional<fs::path> shared_path(const std::string& below) {
  const char* named = std::getenv("INFERSIM_SHARED");
  const fs::path folder =
      named != nullptr ? fs::path(named) : source_dir().parent_path() / "shared";
  if (!fs::exists(folder / below)) return std::nullopt;
  return folder / below;
}

}  // namespace infersim::test
