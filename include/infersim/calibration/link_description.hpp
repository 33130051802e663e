#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "infersim/cost/efficiency.hpp"

namespace infersim {

/// One pass of the kernels of an exchange.
struct ExchangePlace {
  std::string kernels;
  ExchangePass pass = ExchangePass::dispatch;

  friend auto operator<=>(const ExchangePlace&, const ExchangePlace&) = default;
};

/// What tables of links are about: an operation of a communication library, a pass of an exchange,
/// or, with neither, a framework's own all-reduce.
struct LinkTarget {
  std::optional<LinkOperation> operation;
  std::optional<ExchangePlace> exchange;

  friend auto operator<=>(const LinkTarget&, const LinkTarget&) = default;
};

/// `links.all_reduce`, `links.custom`, `links.exchange.deepep_normal.dispatch`.
std::string name(const LinkTarget& target);

/// A table `[links.<operation>]`, `[links.custom]`, `[links.exchange.<kernels>.<pass>]` or that of
/// a server beneath one of the latter two.
template <class Owner>
struct LinkSection {
  std::string name;                  ///< `links.custom.server.nvl72`
  std::vector<std::string> devices;  ///< of a server: ids of those that it holds for
  std::vector<std::string> keys;     ///< parameters that it gives
  std::vector<std::string> held;     ///< of them those that fits leave as they are
  Owner values;                      ///< what holds with it
  KernelResidual residual;           ///< of the main table
  std::string note;
};

using LibrarySections = std::vector<LinkSection<LibraryEfficiency>>;
using CustomSections = std::vector<LinkSection<CustomAllReduce>>;
using ExchangeSections = std::vector<LinkSection<ExchangeEfficiency>>;

/// The tables of one target: the main one, then those of servers.
struct LinkTables {
  LinkTarget target;
  std::variant<LibrarySections, CustomSections, ExchangeSections> sections;

  [[nodiscard]] std::string name() const { return infersim::name(target); }
};

/// Reads the tables of a target from the last of descriptions that lie over each other: a class's,
/// a family's, a framework's. Where it has none, those of a library's two protocols, and of sums in
/// switches where `switches_add`; of a framework, one-shot and two-shot kernels that are used where
/// they are faster; of an exchange, copies straight to their ranks. Throws InputError.
LinkTables load_link_tables(std::span<const EfficiencyText> descriptions, const LinkTarget& target,
                            bool switches_add);

/// The description with these tables in place of its own, all else word for word. `data` names the
/// source where the description has none of links.
std::string with_link_tables(std::string_view description, const LinkTables& tables,
                             std::string_view data);

/// The tables as they are read back from what is written of them.
LinkTables as_written(LinkTables tables);

}  // namespace infersim
