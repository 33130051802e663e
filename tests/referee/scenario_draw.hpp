#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "infersim/serving/closed_loop.hpp"

namespace infersim::referee {

/// What a chip does with a model, as far as serving sees it, in figures that are drawn: a step
/// takes a smooth maximum of reading weights and computing tokens, and attention.
struct Roofline : StepModel {
  double weights = 8e-3;
  double token = 6e-6;
  double context = 5e-10;
  double pair = 1e-9;
  double fixed = 5e-4;
  double blend = 4;
  double stages = 1;

  [[nodiscard]] StepCost step(const StepBatch& batch) const override;
};

/// A model to ask, kept alive with what it needs.
struct Subject {
  std::string name;
  std::shared_ptr<const StepModel> model;
  std::vector<Scheduler> schedulers;  ///< of frameworks on it
  double context = 1e6;               ///< most tokens of a request
  int dp = 1;
  int pp = 1;
  double tokens_per_step = 1;
  double queries_per_sequence = 1;
  double room = 1e18;  ///< tokens that the caches of a group hold
};

struct Drawn {
  Subject subject;
  ServingLoad load;
  Scheduler scheduler;
  std::string policy;
};

/// Which kinds of scenarios are drawn.
struct Range {
  double batch_most = 1e4;
  double isl_most = 1e5;
  double osl_least = 1;
  double osl_most = 1e4;
  bool finite = false;
};

Subject draw_roofline(std::mt19937& random);
Drawn draw(std::mt19937& random, Subject subject, const Range& range);

}  // namespace infersim::referee
