#include "infersim/workload/traffic.hpp"

#include <utility>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/toml_reader.hpp"

namespace infersim {

namespace {

constexpr IntegerRange tokens{.least = 1, .most = 1'000'000'000};

std::optional<Seconds> read_objective(TableReader& table, std::string_view key,
                                      const Diagnostics& faults) {
  const std::size_t before = faults.size();
  const auto time = table.optional_quantity<Seconds>(key);
  if (time && faults.size() == before && *time <= Seconds{}) {
    table.fault(key, "must be above 0", "leave it out where there is no such objective");
  }
  return time;
}

}  // namespace

TrafficPreset load_traffic(std::string_view toml, const std::string& path) {
  Diagnostics faults;
  TomlDocument document(toml, path, faults);
  TableReader root = document.root();
  TrafficPreset preset;
  preset.path = path;
  preset.id = root.text("id");
  preset.aliases = root.optional_texts("aliases");
  preset.name = root.text("name");
  preset.lengths.isl = static_cast<double>(root.integer("isl", tokens));
  preset.lengths.osl = static_cast<double>(root.integer("osl", tokens));
  preset.provenance = root.provenance();
  if (auto objectives = root.optional_table("objectives")) {
    preset.ttft = read_objective(*objectives, "ttft", faults);
    preset.tpot = read_objective(*objectives, "tpot", faults);
    objectives->finish();
  }
  root.finish();
  faults.throw_if_any();
  return preset;
}

}  // namespace infersim
