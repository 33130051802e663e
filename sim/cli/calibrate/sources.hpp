#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "infersim/calibration/fit_groups.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/validation/catalog_names.hpp"

namespace infersim::cli {

/// What names in tables of operators lead to in a catalogue, each loaded once.
class Sources {
 public:
  explicit Sources(const Catalog& catalog) : catalog_(catalog), names_(catalog) {}

  /// Functions that ask these sources, which must outlive them.
  CalibrationSources functions();

 private:
  tl::expected<const CalibrationChip*, std::string> chip(std::string_view name);
  std::optional<KernelDescription> kernels(const std::string& family, const std::string& framework);
  LinkTables links(const CalibrationChip& chip, const std::string& framework,
                   const LinkTarget& target);
  [[nodiscard]] Machine fitted(const CalibrationChip& chip, const std::string& framework,
                               bool decode) const;
  /// The description of a family, or the beginning of one.
  [[nodiscard]] std::string family(const std::string& id) const;

  [[nodiscard]] EfficiencyText text_of(DeviceClass device_class) const;
  [[nodiscard]] EfficiencyText family_text(const std::string& family) const;
  [[nodiscard]] EfficiencyText kernels_text(const std::string& family,
                                            const std::string& framework) const;

  const Catalog& catalog_;
  CatalogNames names_;
  std::map<std::string, CalibrationChip, std::less<>> chips_;
  std::map<std::string, EfficiencyText> bases_;  ///< of a family: its class's
};

}  // namespace infersim::cli
