#pragma once

#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/calibration/calibrate.hpp"
#include "infersim/calibration/operator_cost.hpp"
#include "limits/machines.hpp"

namespace infersim::test {

/// A chip of a family `round` whose kernels are timed alone; its class says little.
inline CalibrationChip round_chip(const std::string& id) {
  CalibrationChip chip;
  chip.id = id;
  chip.family = "round";
  chip.prefill = round_machine();
  chip.prefill.timed_alone = true;
  auto table = std::make_shared<KernelTable>();
  for (auto& formats : table->kernels)
    formats.fill(sharp_kernel());
  chip.prefill.efficiency.kernels = table;
  chip.decode = chip.prefill;
  return chip;
}

/// What the rows of these tests are made with.
inline KernelEfficiency true_kernel() {
  KernelEfficiency kernel;
  kernel.compute = 0.8;
  kernel.bandwidth = 0.75;
  kernel.latency = Seconds{4e-6};
  kernel.blend = 3;
  kernel.gemm.tiles = TileSet::single;
  kernel.gemm.side = 5;
  kernel.gemm.wave = 0.3;
  kernel.gemm.write = 0.6;
  kernel.gemm.k_latency = Seconds{1e-9};
  return kernel;
}

/// A description of BF16 GEMMs with other figures than the true ones, but the same tiles.
inline KernelDescription described() {
  KernelDescription description;
  description.id = "round-mine";
  description.name = "Mine on round chips";
  description.family = "round";
  description.framework = "mine";
  description.origins[KernelClass::gemm] = {"ops", "measured", "", ""};
  description.sources["ops"] = {"Rows of a test", "2026-01", "", ""};
  KernelEntry entry;
  entry.keys = {"tiles", "compute", "bandwidth", "latency",  "blend",
                "side",  "wave",    "write",     "k_latency"};
  entry.efficiency = true_kernel();
  entry.efficiency.compute = 0.5;
  entry.efficiency.latency = Seconds{9e-6};
  entry.efficiency.gemm.wave = 0.9;
  description.entries[{KernelClass::gemm, KernelFormat::bf16, {}, {}}] = entry;
  return description;
}

/// GEMMs of many shapes on a chip, timed by `kernel`, each off by up to `noise` of its time.
inline std::vector<MeasuredOperator> gemm_rows(const CalibrationChip& chip,
                                               const KernelEfficiency& kernel, double noise = 0,
                                               double slower = 1) {
  std::vector<MeasuredOperator> rows;
  Machine machine = chip.prefill;
  auto table = std::make_shared<KernelTable>();
  for (auto& formats : table->kernels)
    formats.fill(kernel);
  machine.efficiency.kernels = table;
  int step = 0;
  for (const double n : {64, 256, 1024, 4096, 16384}) {
    for (const double k : {128, 512, 2048, 8192}) {
      for (const double m : {1, 16, 65, 256, 1000, 4096, 16384}) {
        MeasuredOperator op;
        op.labels = {chip.id, "*", "mine", "gemm", "bfloat16"};
        op.version = "1.0";
        op.shape = MeasuredGemm{m, n, k};
        const double off = 1 + noise * std::sin(1.7 * ++step);
        op.latency = slower * off * predict(op, machine)->time;
        rows.push_back(op);
      }
    }
  }
  return rows;
}

/// Tables of rows as if they had been read.
inline std::vector<OperatorRows> as_tables(std::vector<MeasuredOperator> rows) {
  std::vector<OperatorRows> tables;
  tables.push_back({MeasuredTable("a\n", "rows.csv"), std::move(rows), {}});
  return tables;
}

/// Chips and a description that rows lead to.
struct FitWorld {
  std::vector<CalibrationChip> chips = {round_chip("alpha"), round_chip("beta")};
  std::optional<KernelDescription> description = described();

  [[nodiscard]] CalibrationSources sources() const {
    return {[this](std::string_view name) -> tl::expected<const CalibrationChip*, std::string> {
              for (const CalibrationChip& chip : chips) {
                if (chip.id == name) return &chip;
              }
              return tl::unexpected("no chip is called " + std::string(name));
            },
            [this](const std::string&, const std::string&) { return description; },
            [](const CalibrationChip&, const std::string&, const LinkTarget& target) {
              const EfficiencyText nothing[] = {{}};
              return load_link_tables(nothing, target, false);
            },
            [](const CalibrationChip& chip, const std::string&, bool decode) {
              return decode ? chip.decode : chip.prefill;
            },
            [](const std::string& family) { return "id = \"" + family + "\"\n"; }};
  }
};

}  // namespace infersim::test
