#include "infersim/report/bases.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim {
namespace {

constexpr std::array bases = {Basis::datasheet, Basis::measured, Basis::press, Basis::estimate,
                              Basis::assumed};

constexpr std::array<std::string_view, 8> columns = {"16 bit", "8 bit", "memory", "link",
                                                     "power",  "die",   "price",  "rental"};

/// Of each column; empty: the figure is not published, or the device has no such thing.
using Row = std::array<std::optional<Basis>, columns.size()>;

/// Of the first of the types that the engine which runs prefill computes in.
std::optional<Basis> basis_of(const Device& device, NumberType first, NumberType second) {
  const Engine& engine = device.prefill_engine();
  for (const NumberType type : {first, second}) {
    if (engine.computes_in(type)) return engine.peak_provenance(type).basis;
  }
  return std::nullopt;
}

template <class Figure>
std::optional<Basis> basis_of(const std::optional<Figure>& figure) {
  return figure ? std::optional(figure->provenance.basis) : std::nullopt;
}

Row row_of(const Device& device) {
  return {basis_of(device, NumberType::bf16, NumberType::fp16),
          basis_of(device, NumberType::fp8, NumberType::int8),
          device.main_memory().provenance.basis,
          basis_of(device.scale_up),
          device.power.provenance.basis,
          basis_of(device.die),
          basis_of(device.price),
          device.rentals.empty() ? std::nullopt
                                 : std::optional(device.rentals.front().provenance.basis)};
}

std::string line(const std::vector<std::string>& cells) {
  return "| " + join(cells, " | ") + " |\n";
}

std::string head(std::vector<std::string> left) {
  const std::size_t named = left.size();
  left.insert(left.end(), columns.begin(), columns.end());
  std::string rule = "|";
  for (std::size_t i = 0; i < left.size(); ++i)
    rule += i < named ? "---|" : ":-:|";
  return line(left) + rule + "\n";
}

std::string device_rows(const std::vector<Device>& devices) {
  std::string text;
  for (const Device& device : devices) {
    std::vector<std::string> cells = {fmt::format("`{}`", device.id),
                                      std::string(name(device.device_class))};
    for (const std::optional<Basis>& basis : row_of(device))
      cells.emplace_back(basis ? name(*basis).substr(0, 1) : "");
    text += line(cells);
  }
  return text;
}

std::string total_rows(const std::vector<Device>& devices) {
  std::vector<Row> rows;
  for (const Device& device : devices)
    rows.push_back(row_of(device));
  const auto total_row = [&](std::string_view label, const std::optional<Basis>& basis) {
    std::vector<std::string> cells = {std::string(label)};
    for (std::size_t column = 0; column < columns.size(); ++column) {
      const auto count =
          std::ranges::count_if(rows, [&](const Row& row) { return row[column] == basis; });
      cells.push_back(fmt::format("{}", count));
    }
    return line(cells);
  };
  std::string text;
  for (const Basis basis : bases)
    text += total_row(name(basis), basis);
  return text + total_row("none", std::nullopt);
}

}  // namespace

std::string bases_table(std::vector<Device> devices) {
  std::ranges::sort(devices, [](const Device& a, const Device& b) {
    return std::pair(a.device_class, a.id) < std::pair(b.device_class, b.id);
  });
  const std::string legend =
      "d datasheet, m measured, p press, e estimate, a assumed; empty: none is described. Peaks "
      "are\n"
      "those of the engine that runs prefill; memory is capacity and bandwidth of main memory. "
      "Single\n"
      "figures that are softer than their table, such as most energies per bit, are told in its "
      "`note`.\n";
  return legend + "\n" + head({"device", "class"}) + device_rows(devices) + "\n" +
         head({"devices by basis"}) + total_rows(devices);
}

}  // namespace infersim
