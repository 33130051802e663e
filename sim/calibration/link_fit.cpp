#include "infersim/calibration/link_fit.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "infersim/calibration/fit.hpp"
#include "infersim/calibration/free_parameters.hpp"
#include "infersim/cost/link_parameters.hpp"

namespace infersim {
namespace {

/// Which of its ways an operation takes changes with the parameters: there are many minima, and
/// a fit takes a millisecond.
constexpr std::size_t starts = 30;

std::span<const FreeParameter> free_of(const LibraryEfficiency& /*unused*/) {
  return free_library_parameters();
}
std::span<const FreeParameter> free_of(const CustomAllReduce& /*unused*/) {
  return free_custom_parameters();
}
std::span<const FreeParameter> free_of(const ExchangeEfficiency& /*unused*/) {
  return free_exchange_parameters();
}
void put(const LibraryEfficiency& library, const LinkTables& of, Machine& machine) {
  machine.efficiency.links.library[index(*of.target.operation)] = library;
}
void put(const CustomAllReduce& custom, const LinkTables& /*of*/, Machine& machine) {
  machine.efficiency.links.custom = custom;
}

void put(const ExchangeEfficiency& pass, const LinkTables& of, Machine& machine) {
  const ExchangePlace& place = *of.target.exchange;
  auto& all = machine.efficiency.links.exchanges;
  if (std::ranges::find(all, place.kernels, &ExchangeKernels::name) == all.end()) {
    all.push_back({place.kernels, {}});
  }
  std::ranges::find(all, place.kernels, &ExchangeKernels::name)->passes[index(place.pass)] = pass;
}

bool has(const std::vector<std::string>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

/// The tables of a group with their free parameters.
template <class Owner>
class Sections {
 public:
  Sections(const LinkGroup& group, const std::vector<LinkSection<Owner>>& described)
      : group_(group), described_(described) {
    for (const FitChip& chip : group.chips)
      section_of_.push_back(section_of(chip.id));
    for (std::size_t section = 0; section < described.size(); ++section)
      add_free(section);
  }

  [[nodiscard]] std::vector<FreeParameter> free() const {
    std::vector<FreeParameter> all;
    for (const Free& each : free_)
      all.push_back(each.coordinate.free);
    return all;
  }

  [[nodiscard]] std::vector<double> values() const {
    std::vector<double> all;
    for (const Free& each : free_)
      all.push_back(each.coordinate.parameter.get(described_[each.section].values));
    return all;
  }

  /// The tables with these values; servers follow the main one in what they do not say.
  [[nodiscard]] std::vector<LinkSection<Owner>> with(std::span<const double> values) const {
    std::vector<LinkSection<Owner>> tables = described_;
    for (std::size_t section = 0; section < tables.size(); ++section) {
      Owner& own = tables[section].values;
      if (section > 0) own = tables[0].values;
      for (const auto& parameter : parameters_of(own)) {
        if (!has(tables[section].keys, parameter.key)) continue;
        parameter.set(own, parameter.get(described_[section].values));
      }
      for (std::size_t i = 0; i < free_.size(); ++i) {
        if (free_[i].section == section) free_[i].coordinate.parameter.set(own, values[i]);
      }
    }
    return tables;
  }

  void put_into(RowTimes& times, const std::vector<LinkSection<Owner>>& tables) const {
    const std::vector<Machine*> machines = times.machines();
    for (std::size_t chip = 0; chip < machines.size(); ++chip)
      put(tables[section_of_[chip]].values, group_.described, *machines[chip]);
  }

 private:
  struct Free {
    std::size_t section = 0;
    Coordinate<Owner> coordinate;
  };

  [[nodiscard]] std::size_t section_of(const std::string& chip) const {
    for (std::size_t section = 1; section < described_.size(); ++section) {
      if (has(described_[section].devices, chip)) return section;
    }
    return 0;
  }

  /// Whether a parameter of a table bears on any row.
  [[nodiscard]] bool used(std::size_t section, std::string_view key) const {
    return std::ranges::any_of(section_of_, [&](std::size_t own) {
      return own == section || (section == 0 && !has(described_[own].keys, key));
    });
  }

  void add_free(std::size_t section) {
    const LinkSection<Owner>& table = described_[section];
    std::vector<Coordinate<Owner>> all;
    add_coordinates(parameters_of(table.values), free_of(table.values), table.values, table.keys,
                    all);
    for (const Coordinate<Owner>& each : all) {
      const bool held = has(table.held, each.parameter.key);
      if (!held && used(section, each.parameter.key)) free_.push_back({section, each});
    }
  }

  const LinkGroup& group_;
  const std::vector<LinkSection<Owner>>& described_;
  std::vector<std::size_t> section_of_;  ///< of each chip
  std::vector<Free> free_;
};

template <class Owner>
LinkFit fit_sections(const LinkGroup& group, const std::vector<LinkSection<Owner>>& described,
                     const LeastSquaresSolver& solve, const FitOptions& options) {
  const Sections<Owner> sections(group, described);
  FitProblem problem;
  problem.free = sections.free();
  problem.inherited = sections.values();
  problem.rows = group.rows;
  problem.chips = group.chips.size();
  problem.ratios_of = [&](std::span<const std::size_t> chosen) -> RowRatios {
    return [&sections, times = RowTimes(group, chosen)](std::span<const double> values,
                                                        std::span<double> into) mutable {
      sections.put_into(times, sections.with(values));
      times.log_ratios(into);
    };
  };
  LinkFit result{fit_problem(problem, solve, options), {}};
  LinkTables fitted = group.described;
  fitted.sections = sections.with(result.values);
  result.tables = as_written(std::move(fitted));
  RowTimes times(group, group.indices());
  const auto ratios = [&](const std::vector<LinkSection<Owner>>& tables) {
    sections.put_into(times, tables);
    std::vector<double> its(times.size());
    times.log_ratios(its);
    return its;
  };
  result.fitted = ratios(std::get<std::vector<LinkSection<Owner>>>(result.tables.sections));
  result.before = ratios(std::vector<LinkSection<Owner>>(described.size()));
  LinkSection<Owner>& main =
      std::get<std::vector<LinkSection<Owner>>>(result.tables.sections).front();
  main.note = note_of(group, result);
  if (group.described.target.exchange) main.residual = residual_of(group, result);
  return result;
}

}  // namespace

void install(const LinkTables& library, Machine& machine) {
  put(std::get<LibrarySections>(library.sections).front().values, library, machine);
}

LinkFit fit_links(const LinkGroup& group, const LeastSquaresSolver& solve, FitOptions options) {
  options.few_rows = 0;
  options.further_starts = starts;
  return std::visit(
      [&](const auto& sections) { return fit_sections(group, sections, solve, options); },
      group.described.sections);
}

}  // namespace infersim
