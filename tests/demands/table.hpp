#pragma once

#include <string>
#include <vector>

namespace infersim::demands {

/// One demand on the program with what was found.
struct Row {
  std::string demand;
  std::string bar;
  std::string measured;
  bool pass = false;
  std::string remark;
};

/// A section of the table.
struct Section {
  std::string title;
  std::vector<Row> rows;
};

/// Parameter and KV counts against the published ones.
Section counts();
/// Published counts of every model of the catalogue and ours.
Section models();
/// Every chip of the catalogue runs a model and refuses another.
Section chips();
/// Each verb, as a user types it.
Section verbs();
/// Bounds, monotonicity, crossovers, defaults, exit codes.
Section behaviour();
/// Phones against the vendor's and an independent figure.
Section phones();
/// Times of this machine, and allocations.
Section speed();
/// The two commands of the README on a bare Debian, as tests/package/bare_debian.sh last measured.
Section bare_system();

/// `value` agrees with `bar` when both are printed with `decimals` digits.
Row printed(std::string demand, double value, double bar, int decimals, const std::string& unit);
/// least <= value <= most.
Row within(std::string demand, double value, double least, double most, int decimals,
           const std::string& unit);
Row holds(std::string demand, std::string bar, std::string measured, bool pass,
          std::string remark = {});

/// Markdown under a title, sections one after the other, with the number of passes and misses and
/// what is said of them first.
std::string markdown(const std::string& title, const std::string& said,
                     const std::vector<Section>& sections);

}  // namespace infersim::demands
