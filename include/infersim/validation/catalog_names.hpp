#pragma once

#include <map>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "infersim/core/catalog.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/scenario/lookup.hpp"
#include "infersim/serving/framework.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// A chip that tables name, under the framework that they name. One rank is one of the device's
/// dies.
struct MeasuredChip {
  Device device;
  System system;
  Framework framework;  ///< the chip's usual one where the tables' is no serving framework
  Machine prefill;      ///< kernels timed alone
  Machine decode;
  Machine serving_prefill;  ///< kernels within steps of the framework
  Machine serving_decode;
};

/// What the names in tables of measurements mean: the look-up of everywhere else, forgiving in what
/// publishers add to names. Everything is loaded once. A name that means nothing is not guessed,
/// and one whose description has faults means nothing: the reason says which.
class CatalogNames {
 public:
  explicit CatalogNames(const Catalog& catalog) : catalog_(catalog) {}

  template <class Thing>
  using Found = tl::expected<Thing, std::string>;

  /// From here on a device (id) counts as one of another family: as if its own had never been
  /// measured.
  void count_as(std::string device, std::string family);

  /// The device or system of that name, with or without the form of its module (`h100_sxm`), under
  /// a framework as the source of a table launches it.
  const Found<MeasuredChip>& chip(std::string_view name, std::string_view framework,
                                  std::string_view source = {});

  /// The model of that name; else of the part after its publisher (before the last `/` or `--`);
  /// else of that without the number type of a checkpoint (`-FP8`), which tables give apart.
  const Found<ModelSpec>& model(std::string_view name);

 private:
  const Catalog& catalog_;
  std::map<std::string, std::string> families_;  // of devices that stand for others
  std::map<std::string, Found<MeasuredChip>, std::less<>> chips_;  // by name, framework, source
  std::map<std::string, Found<ModelSpec>, std::less<>> models_;
};

}  // namespace infersim
