#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "infersim/calibration/fit_group.hpp"
#include "infersim/calibration/kernel_description.hpp"
#include "infersim/calibration/link_fit.hpp"
#include "infersim/calibration/operator_rows.hpp"

namespace infersim {

/// A chip that rows name. Its machines' efficiency is what holds without fits of kernels: the
/// family's and its class's.
struct CalibrationChip {
  std::string id;
  std::string family;
  Machine prefill;
  Machine decode;
};

/// Where names lead.
struct CalibrationSources {
  /// A reason where a name leads to no chip.
  std::function<tl::expected<const CalibrationChip*, std::string>(std::string_view chip)> chip;
  /// The description of a framework's kernels on a family; empty if there is none yet.
  std::function<std::optional<KernelDescription>(const std::string& family,
                                                 const std::string& framework)>
      kernels;
  /// The tables of an operation in the family's description; without an operation those of a
  /// framework's all-reduce or of a pass of its exchange.
  std::function<LinkTables(const CalibrationChip&, const std::string& framework, const LinkTarget&)>
      links;
  /// The chip's machine with the fits of a framework's kernels, in a graph: modules are made of
  /// them.
  std::function<Machine(const CalibrationChip&, const std::string& framework, bool decode)> fitted;
  /// The description of a family as it is written.
  std::function<std::string(const std::string& family)> family;
};

/// Which rows are fitted; what is empty does not restrict.
struct CalibrationChoice {
  std::string device;  ///< rows of this device alone, for tables of its own
  std::string family;
  std::string framework;
  std::optional<KernelClass> kernel;
  std::optional<KernelFormat> format;
  bool collectives = false;  ///< them alone
  bool exchanges = false;    ///< them alone
  std::string left_out;      ///< device whose rows are kept out of fits, to be predicted by them
};

/// Rows with what they are fitted to.
struct CalibrationGroups {
  std::vector<FitGroup> fitted;
  std::vector<LinkGroup> libraries;   ///< operations of communication libraries
  std::vector<LinkGroup> frameworks;  ///< frameworks' own all-reduce and exchanges
  std::vector<FitGroup> left_out;  ///< rows of the device left out, with chips and places as those
  std::string left_out_chip;       ///< id of that device; empty if none was left out
  std::map<std::string, KernelDescription> descriptions;  ///< by id, that fits will change
  std::map<std::string, std::string> families;            ///< the like, of libraries' operations
  std::map<std::string, std::size_t> skipped;             ///< rows by reason
};

/// Sorts the rows of tables, which must outlive the result, into groups: by family, framework,
/// class and format, and by the libraries and devices that descriptions have tables for; those of
/// collectives by family and operation or framework.
CalibrationGroups make_groups(const std::vector<OperatorRows>& tables,
                              const CalibrationSources& sources, const CalibrationChoice& choice);

}  // namespace infersim
