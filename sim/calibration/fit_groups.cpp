#include "infersim/calibration/fit_groups.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "infersim/calibration/operator_cost.hpp"
#include "infersim/core/text.hpp"
#include "infersim/cost/kernel_parameters.hpp"

namespace infersim {
namespace {

const Machine& machine_for(const MeasuredOperator& op, const CalibrationChip& chip) {
  return runs_as_decode(op) ? chip.decode : chip.prefill;
}

/// What a description without a table of a class would say: the common parameters and those of the
/// tuning that something beneath gives.
KernelEntry entry_of(KernelClass kernel, const KernelEfficiency& efficiency) {
  KernelEntry entry;
  entry.efficiency = efficiency;
  const KernelEfficiency neutral;
  const bool gemm = kernel == KernelClass::gemm || kernel == KernelClass::batched_gemm;
  const bool has_tiles = gemm && efficiency.gemm.tiles != TileSet::fixed;
  if (has_tiles) entry.keys.emplace_back("tiles");
  for (const KernelParameter& parameter : common_parameters(kernel)) {
    const bool size = parameter.unit == ParameterUnit::whole;
    if (!(has_tiles && size)) entry.keys.emplace_back(parameter.key);
  }
  for (const KernelParameter& parameter : tuning_parameters(kernel)) {
    if (parameter.get(efficiency) != parameter.get(neutral)) entry.keys.emplace_back(parameter.key);
  }
  return entry;
}

class Grouping {
 public:
  Grouping(const CalibrationSources& sources, const CalibrationChoice& choice)
      : sources_(sources), choice_(choice) {}

  void add(const MeasuredOperator& op) {
    const auto kernel = kernel_class(op);
    if (!kernel) return add_link(op);
    if (choice_.collectives || choice_.exchanges ||
        (choice_.kernel && *kernel != *choice_.kernel) ||
        (choice_.format && op.types.format != *choice_.format)) {
      return;
    }
    if (!is_of_framework(op)) return;
    const CalibrationChip* chip = chip_of(op);
    if (chip == nullptr) return;
    if (!choice_.device.empty() && chip->id != choice_.device) return;
    const bool left_out = !choice_.left_out.empty() && chip->id == choice_.left_out;
    const std::string family = left_out && !choice_.family.empty() ? choice_.family : chip->family;
    if (!choice_.family.empty() && family != choice_.family) return;
    const Machine& machine = machine_for(op, *chip);
    if (const std::string why = refusal(op, machine); !why.empty()) return skip(why);
    FitGroup& group = group_of(op, *kernel, *chip, family, left_out);
    const bool module = std::holds_alternative<MeasuredModule>(op.shape);
    group.add(op, chip->id, module ? fitted_machine(op, *chip) : machine);
  }

  void skip(const std::string& reason) { ++result_.skipped[reason]; }

  CalibrationGroups finish() {
    for (auto& [key, group] : links_) {
      if (group.rows.size() < least_link_rows) {
        const std::string table =
            fmt::format("{}-{} {}", group.family, group.framework, group.described.name());
        result_.skipped[fmt::format("{}: a fit takes {} rows", table, least_link_rows)] +=
            group.rows.size();
        continue;
      }
      group.sort_rows();
      if (group.described.target.operation) {
        result_.families.try_emplace(group.family, sources_.family(group.family));
        result_.libraries.push_back(std::move(group));
      } else {
        description_of(group.family, group.framework);
        result_.frameworks.push_back(std::move(group));
      }
    }
    for (auto& [key, group] : groups_) {
      group.sort_rows();
      (std::get<0>(key) ? result_.left_out : result_.fitted).push_back(std::move(group));
    }
    result_.left_out_chip = choice_.left_out;
    return std::move(result_);
  }

 private:
  using Key = std::tuple<bool, std::string, KernelPlace>;
  using LinkKey = std::tuple<std::string, std::string, LinkTarget>;

  static std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
  }

  [[nodiscard]] bool is_of_framework(const MeasuredOperator& op) const {
    return choice_.framework.empty() ||
           fold_name(op.labels.framework) == fold_name(choice_.framework);
  }

  /// The chip of a row; a row without one is skipped.
  const CalibrationChip* chip_of(const MeasuredOperator& op) {
    const auto found = sources_.chip(op.labels.chip);
    if (found) return *found;
    skip(found.error());
    return nullptr;
  }

  /// With the framework's kernels, each loaded once.
  const Machine& fitted_machine(const MeasuredOperator& op, const CalibrationChip& chip) {
    const std::string framework = lower(op.labels.framework);
    const auto [at, is_new] = fitted_.try_emplace({chip.id, framework, runs_as_decode(op)});
    if (is_new) at->second = sources_.fitted(chip, framework, runs_as_decode(op));
    return at->second;
  }

  /// What the tables of a row of links are; a reason if none are fitted.
  static tl::expected<LinkTarget, std::string> target_of(const MeasuredOperator& op) {
    if (const auto* exchange = std::get_if<MeasuredExchange>(&op.shape)) {
      return LinkTarget{{}, ExchangePlace{std::string(op.kernel), exchange->pass}};
    }
    const auto operation = library_operation(op);
    if (operation && !is_communication_library(op.labels.framework)) {
      return tl::unexpected(
          std::string("collectives but sums are fitted for communication libraries alone"));
    }
    return LinkTarget{operation, {}};
  }

  void add_link(const MeasuredOperator& op) {
    const bool exchange = std::holds_alternative<MeasuredExchange>(op.shape);
    if (choice_.kernel || choice_.format) return;
    if (exchange ? choice_.collectives : choice_.exchanges) return;
    if (!is_of_framework(op)) return;
    if (!choice_.device.empty()) return skip("collectives are fitted for a family, not a device");
    const CalibrationChip* chip = chip_of(op);
    if (chip == nullptr || chip->id == choice_.left_out) return;
    if (!choice_.family.empty() && chip->family != choice_.family) return;
    if (const std::string why = refusal(op, chip->prefill); !why.empty()) return skip(why);
    const std::string framework = lower(op.labels.framework);
    const auto target = target_of(op);
    if (!target) return skip(target.error());
    const auto [at, is_new] = links_.try_emplace(LinkKey{chip->family, framework, *target});
    LinkGroup& group = at->second;
    if (is_new) {
      group.family = chip->family;
      group.framework = framework;
      group.described = sources_.links(*chip, framework, *target);
    }
    group.add(op, chip->id, chip->prefill);
  }

  KernelDescription& description_of(const std::string& family, const std::string& framework) {
    const std::string id = family + "-" + framework;
    const auto known = result_.descriptions.find(id);
    if (known != result_.descriptions.end()) return known->second;
    auto found = sources_.kernels(family, framework);
    if (!found) {
      found.emplace();
      found->id = id;
      found->name = fmt::format("{} on {}", framework, family);
      found->family = family;
      found->framework = framework;
    }
    return result_.descriptions.emplace(id, std::move(*found)).first->second;
  }

  /// The table that holds for an operator, of those that the description has.
  KernelPlace place_of(const MeasuredOperator& op, KernelClass kernel, const CalibrationChip& chip,
                       const KernelDescription& description) const {
    KernelPlace place{kernel, op.types.format, {}, {}};
    for (const auto& [other, entry] : description.entries) {
      const bool same = other.kernel == kernel && other.format == op.types.format;
      if (!same || other.library.empty()) continue;
      if (is_of_library(other.library, op.kernel, op.labels.op)) {
        place.library = other.library;
        return place;
      }
    }
    KernelPlace own = place;
    own.device = chip.id;
    if (!choice_.device.empty() || description.entries.contains(own)) return own;
    return place;
  }

  FitGroup& group_of(const MeasuredOperator& op, KernelClass kernel, const CalibrationChip& chip,
                     const std::string& family, bool left_out) {
    const std::string framework = lower(op.labels.framework);
    const KernelDescription& description = description_of(family, framework);
    const KernelPlace place = place_of(op, kernel, chip, description);
    const auto [at, is_new] = groups_.try_emplace(Key{left_out, description.id, place});
    FitGroup& group = at->second;
    if (!is_new) return group;
    group.place = place;
    group.family = family;
    group.framework = framework;
    group.inherited = machine_for(op, chip).efficiency.kernel(kernel, place.format);
    group.described = entry_of(kernel, group.inherited);
    const auto own = description.entries.find(place);
    const auto main = description.entries.find({kernel, place.format, {}, {}});
    const bool has_main = main != description.entries.end();
    if (has_main) group.described = main->second;
    if (has_main && place.library.empty() && !place.device.empty()) {
      group.inherited = main->second.efficiency;
    }
    if (own != description.entries.end()) group.described = own->second;
    return group;
  }

  const CalibrationSources& sources_;
  const CalibrationChoice& choice_;
  std::map<Key, FitGroup> groups_;
  std::map<LinkKey, LinkGroup> links_;
  std::map<std::tuple<std::string, std::string, bool>, Machine> fitted_;
  CalibrationGroups result_;
};

}  // namespace

CalibrationGroups make_groups(const std::vector<OperatorRows>& tables,
                              const CalibrationSources& sources, const CalibrationChoice& choice) {
  Grouping grouping(sources, choice);
  for (const OperatorRows& table : tables) {
    for (const MeasuredOperator& op : table.rows)
      grouping.add(op);
    for (const RejectedOperator& rejected : table.rejected)
      grouping.skip(rejected.reason);
  }
  return grouping.finish();
}

}  // namespace infersim
