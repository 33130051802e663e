#pragma once

#include <cstddef>
#include <map>

#include "infersim/scenario/accuracy.hpp"
#include "infersim/scenario/assemble.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/search/planner.hpp"
#include "search/bounds.hpp"

namespace infersim::detail {

/// What the best batch of an engine was found to be.
struct BatchOutcome {
  Candidate best;         ///< of one replica
  bool complete = false;  ///< else it was given up: it cannot beat what is known
  std::size_t tried = 0;  ///< batches
};

/// Finds the best batch of one engine. Neither TPOT nor TTFT nor tokens/s need rise with the batch:
/// a geometric grid is looked at from above, over all that memory holds and EngineBounds leave,
/// until no smaller batch can yield more than the best. Between its points every place where the
/// objectives begin or cease to be met, and the surroundings of the best, are narrowed down to 2 %
/// or one sequence of each group. Where that takes runs of a scheduler, all of this is done with
/// short ones, and long ones only find what is best near what those chose.
class BatchSearch {
 public:
  BatchSearch(const Scenario& scenario, const Workload& workload, const AssembledEngine& engine,
              Effort effort = Effort::answer)
      : scenario_(scenario), workload_(workload), engine_(engine), effort_(effort) {}

  /// Over all batches. Given up where the bounds say that it is no better than `known`, if that is
  /// given.
  BatchOutcome over(const EngineBounds& bounds, const Candidate* known);
  /// At one batch of the engine.
  BatchOutcome at_batch(double batch);

 private:
  const Candidate& at(double per_group);
  [[nodiscard]] Margins margins(const ClosedLoop& loop, const ServingResult& result) const;
  void look_first(const EngineBounds& bounds, const Candidate* known);
  void look_at_grid(const EngineBounds& bounds, const Candidate* known);
  void narrow_crossings(const EngineBounds& bounds, const Candidate* known);
  void narrow_crossing(const EngineBounds& bounds, const Candidate* known, double low, double high);
  void narrow_best(const EngineBounds& bounds);
  [[nodiscard]] bool is_beyond(double per_group) const;
  [[nodiscard]] double next_below(double low, double high) const;

  const Scenario& scenario_;
  const Workload& workload_;
  const AssembledEngine& engine_;
  Effort effort_;
  std::map<double, Candidate> points_;  ///< by sequences of a group
  double best_ = 0;                     ///< of those, the best
  bool given_up_ = false;
  std::size_t looks_ = 0;  ///< at batches, before
};

}  // namespace infersim::detail
