#include "referee/scenario_draw.hpp"

#include <algorithm>
#include <cmath>

namespace infersim::referee {
namespace {

double uniform(std::mt19937& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

double log_uniform(std::mt19937& random, double low, double high) {
  return std::exp(uniform(random, std::log(low), std::log(high)));
}

bool chance(std::mt19937& random, double share) { return uniform(random, 0, 1) < share; }

Scheduler draw_scheduler(std::mt19937& random) {
  Scheduler scheduler;
  scheduler.mixed = chance(random, 0.6);
  scheduler.split = chance(random, 0.6);
  scheduler.budget = std::round(log_uniform(random, 512, 32768));
  scheduler.lag = chance(random, 0.6) ? 1 : 0;
  if (chance(random, 0.7)) scheduler.front_latency = Seconds{log_uniform(random, 1e-3, 0.1)};
  if (chance(random, 0.15)) scheduler.recv_interval = std::round(log_uniform(random, 2, 16));
  if (chance(random, 0.1)) scheduler.gather = std::round(log_uniform(random, 2, 30));
  return scheduler;
}

}  // namespace

StepCost Roofline::step(const StepBatch& batch) const {
  const double read = weights;
  const double compute = token * batch.tokens();
  double time = std::pow(std::pow(read, blend) + std::pow(compute, blend), 1.0 / blend) + fixed;
  time += context * batch.context_sum + pair * batch.prefill_pairs;
  StepCost cost;
  cost.time = Seconds{time};
  cost.occupancy = Seconds{time / stages * (stages > 1 ? 1.1 : 1.0)};
  cost.energy = cost.occupancy * Watts{100};
  return cost;
}

Subject draw_roofline(std::mt19937& random) {
  auto model = std::make_shared<Roofline>();
  model->weights = log_uniform(random, 1e-3, 50e-3);
  // A few tens to a thousand tokens are computed while the weights are read.
  model->token = model->weights / log_uniform(random, 30, 1000);
  model->context = model->weights * log_uniform(random, 1e-9, 1e-6);
  model->pair = model->token * log_uniform(random, 1e-6, 1e-4);
  model->fixed = log_uniform(random, 1e-4, 5e-3);
  model->blend = uniform(random, 1.5, 8);
  Subject subject;
  if (chance(random, 0.15)) subject.pp = chance(random, 0.5) ? 2 : 4;
  model->stages = subject.pp;
  subject.name = "roofline";
  subject.model = model;
  if (chance(random, 0.15)) {
    subject.queries_per_sequence = 2;
    subject.tokens_per_step = uniform(random, 1.3, 1.95);
  }
  return subject;
}

Drawn draw(std::mt19937& random, Subject subject, const Range& range) {
  Drawn drawn;
  ServingLoad& load = drawn.load;
  load.traffic.osl = std::round(log_uniform(random, range.osl_least, range.osl_most));
  load.traffic.isl = std::round(log_uniform(random, 1, range.isl_most));
  load.traffic.osl = std::min(load.traffic.osl, std::max(1.0, 0.5 * subject.context));
  load.traffic.isl = std::min(load.traffic.isl, std::max(1.0, subject.context - load.traffic.osl));
  load.dp = subject.dp;
  load.pp = subject.pp;
  load.batch = subject.dp * std::round(log_uniform(random, 1, range.batch_most / subject.dp));
  load.tokens_per_step = subject.tokens_per_step;
  load.queries_per_sequence = subject.queries_per_sequence;
  if (chance(random, 0.4)) load.osl_width = uniform(random, 0.1, 2.0);
  if (chance(random, 0.3)) load.isl_width = uniform(random, 0.1, 2.0);
  if (chance(random, 0.15)) load.cached = std::floor(load.traffic.isl * uniform(random, 0, 1));
  if (range.finite) load.waves = std::round(log_uniform(random, 2, 20));
  Scheduler& scheduler = drawn.scheduler;
  if (!subject.schedulers.empty() && chance(random, 0.7)) {
    const auto i = static_cast<std::size_t>(uniform(random, 0, 1) *
                                            static_cast<double>(subject.schedulers.size()));
    scheduler = subject.schedulers[std::min(i, subject.schedulers.size() - 1)];
    drawn.policy = "framework";
  } else {
    scheduler = draw_scheduler(random);
    drawn.policy = "random";
  }
  if (chance(random, 0.15)) {
    scheduler.max_seqs =
        std::min(scheduler.max_seqs,
                 std::max(1.0, std::round(load.per_group() * log_uniform(random, 0.1, 1.0))));
  }
  const double held = std::floor(subject.room / (load.traffic.isl + load.traffic.osl));
  if (held >= 1.0) scheduler.max_seqs = std::min(scheduler.max_seqs, held);
  scheduler.make_room(load.traffic.isl);
  drawn.subject = std::move(subject);
  return drawn;
}

}  // namespace infersim::referee
