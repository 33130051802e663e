#pragma once

#include <string>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/core/toml_figures.hpp"
#include "infersim/scenario/question.hpp"
#include "infersim/scenario/setting.hpp"

namespace infersim {

/// A number of a description that can be another.
struct VariedFigure {
  std::string key;    ///< as `--set` takes it
  std::string value;  ///< as it is written
  WrittenNumber number;
  bool whole = false;  ///< a count

  /// The setting that makes it `number` of its unit.
  [[nodiscard]] Setting at(double other) const;
  /// A multiple of it; of a count at least its neighbour.
  [[nodiscard]] double times(double factor) const;
};

/// Numbers of the descriptions that a question is about, but for those that it sets itself.
std::vector<VariedFigure> varied_figures(const Catalog& catalog, const Question& question);

/// The one that a key names, as `--set` reads it. Throws InputError if it is no number, with those
/// of like names.
VariedFigure varied_figure(const Catalog& catalog, const Question& question,
                           const std::string& key);

}  // namespace infersim
