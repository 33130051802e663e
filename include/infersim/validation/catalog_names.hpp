#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "infersim/core/catalog.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/scenario/lookup.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// A chip that tables name, with what its kernels run on. One rank is one of the device's dies.
struct MeasuredChip {
  Device device;
  System system;
  Machine prefill;
  Machine decode;
};

/// What the names in tables of measurements mean: the look-up of everywhere else, forgiving in what
/// publishers add to names. Everything is loaded once. A name that means nothing is not guessed.
class CatalogNames {
 public:
  explicit CatalogNames(const Catalog& catalog) : catalog_(catalog) {}

  /// The device or system of that name, with or without the form of its module (`h100_sxm`); null
  /// if there is none. Throws InputError for a description with faults.
  const MeasuredChip* chip(std::string_view name);

  /// The model of that name; else of the part after its publisher (before the last `/` or `--`);
  /// else of that without the number type of a checkpoint (`-FP8`), which tables give apart. Null
  /// if there is none. Throws InputError for a description with faults.
  const ModelSpec* model(std::string_view name);

 private:
  const Catalog& catalog_;
  std::map<std::string, std::optional<MeasuredChip>, std::less<>> chips_;
  std::map<std::string, std::optional<ModelSpec>, std::less<>> models_;
};

}  // namespace infersim
