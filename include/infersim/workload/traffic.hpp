#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"

namespace infersim {

/// Lengths of the requests of a closed loop: every request alike.
struct Traffic {
  double isl = 4000;  ///< tokens of the prompt
  double osl = 1000;  ///< tokens of the answer
};

/// Latency objectives of a service.
struct Slo {
  Seconds ttft{2.0};
  Seconds tpot{0.05};
};

/// Lengths and objectives that have a name: what a benchmark or a service uses.
struct TrafficPreset {
  std::string id;
  std::vector<std::string> aliases;
  std::string name;
  Traffic lengths;
  std::optional<Seconds> ttft;  ///< objectives; empty: none come with it
  std::optional<Seconds> tpot;
  Provenance provenance;
  std::string path;
};

/// Reads a traffic description (its keys: workloads/README.md); throws InputError with every fault.
TrafficPreset load_traffic(std::string_view toml, const std::string& path);

}  // namespace infersim
