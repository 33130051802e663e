#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/hardware/device.hpp"
#include "infersim/hardware/site.hpp"
#include "infersim/hardware/system.hpp"
#include "support/edited.hpp"
#include "support/repository.hpp"

// The descriptions of the repository, by the names of their files.
namespace infersim::test {

/// Names of the descriptions in `hardware/<folder>`, without `.toml`.
inline std::vector<std::string> described(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(source_dir() / "hardware" / folder)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  return names;
}

inline std::string description(const std::string& folder, const std::string& name) {
  return read_file(source_dir() / "hardware" / folder / (name + ".toml"));
}

inline Device device(const std::string& name) {
  return load_device(description("devices", name), "hardware/devices/" + name + ".toml");
}

inline System system_named(const std::string& name) {
  return load_system(description("systems", name), "hardware/systems/" + name + ".toml");
}

inline Site site(const std::string& name) {
  return load_site(description("sites", name), "hardware/sites/" + name + ".toml");
}

}  // namespace infersim::test
