#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/report/schema.hpp"
#include "infersim/scenario/parts.hpp"
#include "sweep/keys.hpp"
#include "sweep/space.hpp"

namespace infersim {

/// What came out of one question of a sweep.
struct SweepRow {
  std::uint64_t point = 0;  ///< which question, from 0
  std::vector<FieldValue>
      values;  ///< of the keys that the evaluator reads; empty without an answer

  [[nodiscard]] std::uint64_t number() const { return point + 1; }  ///< as files have it
};

/// Asks the questions of a sweep, each as `infersim run` would. What descriptions say is loaded
/// once for all questions that name the same; several threads may ask at once.
class SweepEvaluator {
 public:
  SweepEvaluator(const Catalog& catalog, const Space& space, std::vector<SweepKey> keys);

  /// Names that are none, figures that no description has, prices of devices that are not asked
  /// for: InputError with all of them. What only some combinations lack is for their rows to say.
  void check() const;

  /// The answer to a question. One that cannot run, or that contradicts itself, is a row of its
  /// axes and the reason.
  [[nodiscard]] SweepRow at(std::uint64_t point) const;

 private:
  struct Loaded;
  using Digits = std::vector<std::size_t>;

  [[nodiscard]] std::shared_ptr<const Loaded> loaded(const Digits& digits,
                                                     const Question& question) const;
  /// Why no combination with that value can be loaded; empty if one can.
  [[nodiscard]] std::vector<Diagnostic> faults_of(std::size_t axis, std::size_t value) const;
  void check_prices(std::vector<Diagnostic>& faults) const;

  const Catalog& catalog_;
  const Space& space_;
  std::vector<SweepKey> keys_;
  std::vector<std::vector<FieldValue>> axis_values_;
  mutable std::mutex guard_;
  mutable std::map<Digits, std::shared_ptr<Loaded>> cache_;
};

}  // namespace infersim
