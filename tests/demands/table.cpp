#include "demands/table.hpp"

#include <fmt/format.h>

#include <utility>

namespace infersim::demands {

Row printed(std::string demand, double value, double bar, int decimals, const std::string& unit) {
  const std::string expected = fmt::format("{:.{}f}{}", bar, decimals, unit);
  const std::string measured = fmt::format("{:.{}f}{}", value, decimals, unit);
  return {std::move(demand), expected, measured, expected == measured, {}};
}

Row within(std::string demand, double value, double least, double most, int decimals,
           const std::string& unit) {
  return {std::move(demand),
          fmt::format("{} to {}{}", least, most, unit),
          fmt::format("{:.{}f}{}", value, decimals, unit),
          value >= least && value <= most,
          {}};
}

Row holds(std::string demand, std::string bar, std::string measured, bool pass,
          std::string remark) {
  return {std::move(demand), std::move(bar), std::move(measured), pass, std::move(remark)};
}

std::string markdown(const std::string& title, const std::string& said,
                     const std::vector<Section>& sections) {
  std::size_t passed = 0;
  std::size_t missed = 0;
  std::string body;
  for (const Section& section : sections) {
    body +=
        fmt::format("\n## {}\n\n| demand | bar | measured | | remark |\n|---|---|---|---|---|\n",
                    section.title);
    for (const Row& row : section.rows) {
      (row.pass ? passed : missed) += 1;
      body += fmt::format("| {} | {} | {} | {} | {} |\n", row.demand, row.bar, row.measured,
                          row.pass ? "pass" : "**miss**", row.remark);
    }
  }
  return fmt::format("# {}\n\n{} pass, {} miss. {}\n{}", title, passed, missed, said, body);
}

}  // namespace infersim::demands
