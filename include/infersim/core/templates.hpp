#pragma once

#include <string_view>
#include <vector>

namespace infersim {

/// A description to start an own one from, as it lies in `templates/` of the repository.
struct Template {
  std::string_view path;  ///< where it goes in a catalogue: `hardware/devices/mychip.toml`
  std::string_view text;
};

/// Those compiled in: a chip, the system it ships in, a model, traffic. They load, name each other
/// and are free of suspicions.
std::vector<Template> templates();

}  // namespace infersim
