#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "infersim/cost/efficiency.hpp"

namespace infersim {

/// A table `[links.<operation>]`, `[links.custom]` or `[links.custom.server.<name>]`.
template <class Owner>
struct LinkSection {
  std::string name;                  ///< `links.custom.server.nvl72`
  std::vector<std::string> devices;  ///< of a server: ids of those that it holds for
  std::vector<std::string> keys;     ///< parameters that it gives
  Owner values;                      ///< what holds with it
  std::string note;
};

using LibrarySections = std::vector<LinkSection<LibraryEfficiency>>;
using CustomSections = std::vector<LinkSection<CustomAllReduce>>;

/// The tables of one operation of a communication library, or those of a framework's own
/// all-reduce: the main one, then those of servers.
struct LinkTables {
  std::optional<LinkOperation> operation;  ///< of the library
  std::variant<LibrarySections, CustomSections> sections;

  /// `links.all_reduce`, `links.custom`.
  [[nodiscard]] std::string name() const;
};

/// Reads the tables of an operation (none: of the framework's all-reduce) from the last of
/// descriptions that lie over each other: a class's, a family's, a framework's. Where it has none,
/// those of a library's two protocols, and of sums in switches where `switches_add`; of a
/// framework, one-shot and two-shot kernels that are used where they are faster. Throws InputError.
LinkTables load_link_tables(std::span<const EfficiencyText> descriptions,
                            std::optional<LinkOperation> operation, bool switches_add);

/// The description with these tables in place of its own, all else word for word. `data` names the
/// source where the description has none of links.
std::string with_link_tables(std::string_view description, const LinkTables& tables,
                             std::string_view data);

/// The tables as they are read back from what is written of them.
LinkTables as_written(LinkTables tables);

}  // namespace infersim
