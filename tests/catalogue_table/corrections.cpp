#include <fmt/format.h>

#include <cmath>
#include <string>

#include "catalogue_table/sections.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/scenario/lookup.hpp"

namespace infersim::catalogue_table {
namespace {

constexpr double mebi = 1024.0 * 1024;
constexpr double gibi = 1024 * mebi;

/// A figure of a description against the right one, to half a percent.
Row figure(const std::string& what, double ours, double right, double scale,
           const std::string& unit) {
  return demands::holds(what, fmt::format("{:.5g} {}", right / scale, unit),
                        fmt::format("{:.5g} {}", ours / scale, unit),
                        std::abs(ours - right) <= 0.005 * right);
}

Device device(const Catalog& catalog, const std::string& id) {
  return find_hardware(catalog, id).device;
}

void memories(Section& s, const Catalog& catalog) {
  struct Memory {
    const char* id;
    double bytes;
  };
  const Memory all[] = {
      {"rtx-4070-super", 12282 * mebi},
      {"rtx-4080-super", 16376 * mebi},
      {"rtx-4090", 24564 * mebi},
      {"rtx-5090", 32607 * mebi},
      {"tpu-v5p", 95 * gibi},
      {"tpu-v4", 32 * gibi},
      {"gaudi3", 131072 * mebi},
      {"mi250", 2 * 65520 * mebi},
      {"mi250x", 2 * 65520 * mebi},
      {"mi100", 32752 * mebi},
      {"v100-pcie", 32768 * mebi},
      {"trainium2", 96 * gibi},
      {"m3-pro", 36 * gibi},
      {"m4-max", 128 * gibi},
      {"snapdragon-8-gen3", 12 * gibi},
      {"a18-pro", 8 * gibi},
      {"atlas-350", 112e9},
  };
  for (const Memory& m : all) {
    s.rows.push_back(figure(std::string(m.id) + ", memory",
                            device(catalog, m.id).main_memory().capacity.base(), m.bytes, gibi,
                            "GiB"));
  }
}

/// What macOS leaves to the GPU, by `recommendedMaxWorkingSetSize`.
void limits(Section& s, const Catalog& catalog) {
  const auto left = [&](const char* id) {
    const MemoryLevel memory = device(catalog, id).main_memory();
    return (memory.capacity - memory.reserved).base();
  };
  s.rows.push_back(figure("m3-pro, GPU limit of 36 GiB", left("m3-pro"), 28.99e9, 1e9, "GB"));
  s.rows.push_back(figure("m3-max, GPU limit of 128 GiB", left("m3-max"), 103.08e9, 1e9, "GB"));
}

}  // namespace

Section corrections() {
  Section s{"Figures that were wrong", {}};
  const Catalog catalog;
  const Device server = device(catalog, "rtx-pro-6000-server");
  s.rows.push_back(figure("rtx-pro-6000-server, bandwidth", server.main_memory().bandwidth.base(),
                          1597e9, 1e9, "GB/s"));
  s.rows.push_back(figure("rtx-pro-6000-server, vector peak",
                          server.decode_engine().vector_peak.base(), 120e12, 1e12, "TFLOP/s"));
  for (const auto& [id, peak] : {std::pair{"m3", 3.58e12}, {"m3-pro", 6.44e12}}) {
    s.rows.push_back(figure(std::string(id) + ", vector peak",
                            device(catalog, id).decode_engine().vector_peak.base(), peak, 1e12,
                            "TFLOP/s"));
  }
  memories(s, catalog);
  limits(s, catalog);
  s.rows.push_back(
      figure("gaudi3, idle", device(catalog, "gaudi3").power.idle.base(), 227, 1, "W"));
  s.rows.push_back(figure("h20, idle", device(catalog, "h20").power.idle.base(), 72, 1, "W"));
  s.rows.push_back(figure("site us, electricity", find_site(catalog, "us").electricity.base(),
                          0.091 / 3.6e6, 1 / 3.6e6, "USD/kWh"));
  return s;
}

}  // namespace infersim::catalogue_table
