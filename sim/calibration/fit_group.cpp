#include "infersim/calibration/fit_group.hpp"

#include "infersim/cost/machine.hpp"

namespace infersim {

KernelTimes::KernelTimes(const FitGroup& group, std::span<const std::size_t> chosen)
    : place_(group.place), times_(group, chosen) {
  for (Machine* machine : times_.machines()) {
    auto table = std::make_shared<KernelTable>(*machine->efficiency.kernels);
    table->describe(place_.kernel);
    // The parameters that are tried hold for all kernels of the group.
    table->variants.clear();
    machine->efficiency.kernels = table;
    tables_.push_back(std::move(table));
  }
}

void KernelTimes::log_ratios(const KernelEfficiency& parameters, std::span<double> into) {
  for (const auto& table : tables_)
    table->kernels[index(place_.kernel)][index(place_.format)] = parameters;
  times_.log_ratios(into);
}

std::vector<double> KernelTimes::log_ratios(const KernelEfficiency& parameters) {
  std::vector<double> ratios(times_.size());
  log_ratios(parameters, ratios);
  return ratios;
}

}  // namespace infersim
