#include "infersim/validation/serving_fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "infersim/validation/framework_terms.hpp"
#include "infersim/validation/served_point.hpp"

namespace infersim {
namespace {

constexpr double tpot_width = 0.12;
constexpr double ttft_width = 0.3;
constexpr double ttft_weight = 0.35;  // squared: the w of the header
constexpr double prior_weight = 0.02;
constexpr std::size_t row_folds = 5;

/// A residual whose square is the pseudo-Huber loss of r.
double robust(double r, double width) {
  const double loss = 2.0 * (std::sqrt(1.0 + r * r / (width * width)) - 1.0);
  return std::copysign(width * std::sqrt(loss), r);
}

/// What was run, in words: equal for runs that are predicted alike.
std::string configuration(const ServingSample& sample) {
  const ServingPoint& p = sample.point;
  const auto number = [](const std::optional<double>& value) { return value.value_or(-1.0); };
  return fmt::format(
      "{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", p.chip, p.model,
      p.precision, p.gemm_quant_mode, p.moe_quant_mode, p.kv_dtype, p.isl, p.osl,
      number(p.concurrency), number(p.engine.tp), number(p.engine.attention_dp),
      number(p.engine.moe_tp), number(p.engine.moe_ep), number(p.prefill_tokens), p.chunked_prefill,
      number(p.max_num_seqs), number(p.recv_interval), number(p.num_prompts), p.lengths.mean(),
      p.speculative, number(p.spec_steps), number(p.tokens_per_step));
}

/// FNV-1a: the same on every machine.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char c : text) {
    value ^= static_cast<unsigned char>(c);
    value *= 1099511628211ULL;
  }
  return value;
}

/// Whether kernels were compiled while it was measured: its mean TTFT is then of that.
bool compiled_within(const ServingPoint& point) {
  const bool cold = point.framework.ends_with("sglang") && point.warmups == 0.0;
  const bool nightly = point.source == "atom-dashboard" && point.lengths == LengthRange{};
  return (cold || nightly) && point.statistic == "mean";
}

/// Predicts all samples under any values of the terms.
class Evaluator {
 public:
  explicit Evaluator(const std::vector<ServingSample>& samples) : samples_(samples) {
    std::map<std::string, std::size_t> first;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto [at, added] = first.emplace(configuration(samples[i]), i);
      source_.push_back(at->second);
      if (added) distinct_.push_back(i);
      fold_.push_back(hash(at->first) % row_folds);
    }
  }

  [[nodiscard]] std::size_t fold(std::size_t i) const { return fold_[i]; }

  /// Residuals of the samples in `wanted`; the others' are left as they are.
  void predict(std::span<const double> logs, const std::vector<bool>& wanted,
               std::vector<RunResidual>& into) const {
    const std::map<const MeasuredChip*, MeasuredChip> chips = under(logs);
    std::vector<bool> needed(samples_.size(), false);
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      if (wanted[i]) needed[source_[i]] = true;
    }
    struct Times {
      Seconds ttft;
      Seconds ttft_median;
      Seconds tpot;
    };
    std::vector<Times> times(samples_.size());
    const auto work = [&](std::size_t part, std::size_t parts) {
      for (std::size_t d = part; d < distinct_.size(); d += parts) {
        const std::size_t i = distinct_[d];
        if (!needed[i]) continue;
        const ServingSample& sample = samples_[i];
        const auto served = serve_point(sample.point, chips.at(sample.chip), *sample.model);
        if (!served) continue;
        const ServedPoint::Times result = served->run();
        times[i] = {result.ttft, result.ttft_median, result.tpot};
      }
    };
    std::thread other(work, 1, 2);
    work(0, 2);
    other.join();
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      if (!wanted[i]) continue;
      const ServingPoint& point = samples_[i].point;
      const Times& t = times[source_[i]];
      const Seconds ttft = point.statistic == "median" ? t.ttft_median : t.ttft;
      const double mean = point.osl * point.mean_length();
      const auto request = [&](Seconds first, Seconds each) { return first + each * (mean - 1.0); };
      into[i].data = samples_[i].data;
      into[i].ttft = std::log(ttft / point.ttft);
      into[i].tpot = std::log(t.tpot / point.tpot);
      into[i].tokens = -std::log(request(ttft, t.tpot) / request(point.ttft, point.tpot));
      into[i].ttft_usable = !compiled_within(point);
    }
  }

 private:
  /// Every chip with its framework's terms set, and the machines that follow.
  [[nodiscard]] std::map<const MeasuredChip*, MeasuredChip> under(
      std::span<const double> logs) const {
    std::map<const MeasuredChip*, MeasuredChip> chips;
    const auto terms = framework_terms();
    for (const ServingSample& sample : samples_) {
      if (chips.contains(sample.chip)) continue;
      MeasuredChip chip = *sample.chip;
      for (std::size_t i = 0; i < terms.size(); ++i) {
        const double value = std::exp(logs[i]);
        terms[i].set(chip.framework, terms[i].unit > 0 ? value * terms[i].unit : value);
      }
      chip.serving_prefill = within_steps(chip.prefill, chip.framework.steps);
      chip.serving_decode = within_steps(chip.decode, chip.framework.steps);
      chips.emplace(sample.chip, std::move(chip));
    }
    return chips;
  }

  const std::vector<ServingSample>& samples_;
  std::vector<std::size_t> source_;  ///< the first sample alike
  std::vector<std::size_t> distinct_;
  std::vector<std::size_t> fold_;
};

LeastSquaresMinimum fit(const Evaluator& evaluator, const std::vector<bool>& seen,
                        std::vector<double> start, int iterations,
                        const LeastSquaresSolver& solve) {
  const auto terms = framework_terms();
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) rows.push_back(i);
  }
  LeastSquares problem;
  for (const FrameworkTerm& term : terms) {
    problem.least.push_back(std::log(term.least));
    problem.most.push_back(std::log(term.most));
  }
  problem.start = std::move(start);
  problem.residual_count = 2 * rows.size() + terms.size();
  problem.step = 0.02;
  problem.most_iterations = iterations;
  std::vector<RunResidual> residuals(seen.size());
  problem.residuals = [&](std::span<const double> at, std::span<double> out) {
    evaluator.predict(at, seen, residuals);
    std::size_t next = 0;
    for (const std::size_t i : rows) {
      const RunResidual& r = residuals[i];
      out[next++] = robust(r.tpot, tpot_width);
      out[next++] = r.ttft_usable ? ttft_weight * robust(r.ttft, ttft_width) : 0.0;
    }
    for (std::size_t j = 0; j < terms.size(); ++j) {
      out[next++] = std::sqrt(prior_weight) * (at[j] - std::log(terms[j].start)) / terms[j].spread;
    }
  };
  return solve(problem);
}

double extent_of(const ServingSample& sample, ServingFolds folds) {
  const ServingPoint& point = sample.point;
  switch (folds) {
    case ServingFolds::isl: return point.isl;
    case ServingFolds::osl: return point.osl;
    case ServingFolds::batch: return point.concurrency.value_or(1);
    case ServingFolds::devices:
      return point.engine.tp.value_or(1) * point.engine.attention_dp.value_or(1);
    case ServingFolds::rows:
    case ServingFolds::model:
    case ServingFolds::chip: break;
  }
  return 0.0;
}

/// What is left out at once, each with what it has of the samples: parts that are alike in turn, or
/// the one that lies beyond the others.
std::map<std::string, std::vector<bool>> parts_of(const std::vector<ServingSample>& samples,
                                                  const Evaluator& evaluator, ServingFolds folds) {
  std::map<std::string, std::vector<bool>> parts;
  const auto put = [&](const std::string& part, std::size_t i) {
    parts.try_emplace(part, samples.size()).first->second[i] = true;
  };
  double most = 0.0;
  for (const ServingSample& sample : samples)
    most = std::max(most, extent_of(sample, folds));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    switch (folds) {
      case ServingFolds::rows: put(std::to_string(evaluator.fold(i)), i); break;
      case ServingFolds::model: put(samples[i].model->id, i); break;
      case ServingFolds::chip: put(samples[i].chip->device.id, i); break;
      case ServingFolds::isl:
      case ServingFolds::osl:
      case ServingFolds::batch:
      case ServingFolds::devices:
        if (2.0 * extent_of(samples[i], folds) > most) put(fmt::format("over {}", most / 2.0), i);
        break;
    }
  }
  return parts;
}

constexpr int full_iterations = 30;

/// The best of two: launches and front end both stand between a prompt and its first token, and
/// from short launches no small step leads to long ones, which also delay the decodes they
/// interrupt.
std::vector<double> fit_from_terms(const Evaluator& evaluator, const std::vector<bool>& seen,
                                   const LeastSquaresSolver& solve) {
  constexpr double long_launch = 5.0;
  std::vector<double> start;
  std::vector<double> launching;
  for (const FrameworkTerm& term : framework_terms()) {
    const bool launch = term.key == "per_layer_launch";
    start.push_back(std::log(term.start));
    launching.push_back(
        std::log(launch ? std::min(long_launch * term.start, term.most) : term.start));
  }
  LeastSquaresMinimum best = fit(evaluator, seen, start, full_iterations, solve);
  LeastSquaresMinimum other = fit(evaluator, seen, launching, full_iterations, solve);
  return other.cost < best.cost ? std::move(other.at) : std::move(best.at);
}

}  // namespace

std::string_view name(ServingFolds folds) {
  switch (folds) {
    case ServingFolds::rows: return "rows";
    case ServingFolds::model: return "model";
    case ServingFolds::chip: return "chip";
    case ServingFolds::isl: return "isl";
    case ServingFolds::osl: return "osl";
    case ServingFolds::batch: return "batch";
    case ServingFolds::devices: return "devices";
  }
  return "rows";
}

std::optional<Beyond> beyond_of(ServingFolds folds) {
  switch (folds) {
    case ServingFolds::isl: return Beyond::isl;
    case ServingFolds::osl: return Beyond::osl;
    case ServingFolds::batch: return Beyond::batch;
    case ServingFolds::devices: return Beyond::devices;
    case ServingFolds::rows:
    case ServingFolds::model:
    case ServingFolds::chip: break;
  }
  return std::nullopt;
}

FrameworkFit fit_framework(const std::vector<ServingSample>& samples,
                           const LeastSquaresSolver& solve,
                           const std::function<void(const std::string&)>& progress) {
  constexpr int fold_iterations = 8;
  const Evaluator evaluator(samples);
  const std::vector<bool> all(samples.size(), true);
  const std::vector<double> best = fit_from_terms(evaluator, all, solve);

  FrameworkFit result;
  result.framework = samples.front().chip->framework.description;
  for (const double log : best)
    result.values.push_back(std::exp(log));
  result.fitted.resize(samples.size());
  evaluator.predict(best, all, result.fitted);
  std::set<std::string> chips;
  std::set<std::string> models;
  for (const ServingSample& sample : samples) {
    chips.insert(sample.chip->device.id);
    models.insert(sample.model->id);
  }
  result.chips.assign(chips.begin(), chips.end());
  result.models.assign(models.begin(), models.end());
  for (const ServingFolds folds : all_folds) {
    const auto parts = parts_of(samples, evaluator, folds);
    if (parts.size() < 2 && !beyond_of(folds)) continue;
    std::vector<RunResidual> all_left(samples.size());
    std::vector<RunResidual>& left = result.left_out[folds];
    for (const auto& [part, unseen] : parts) {
      std::vector<bool> seen = unseen;
      seen.flip();
      // What nothing is left to be fitted to says nothing.
      if (std::find(seen.begin(), seen.end(), true) == seen.end()) continue;
      progress(fmt::format("{}: {} {} left out", result.framework, name(folds), part));
      evaluator.predict(fit(evaluator, seen, best, fold_iterations, solve).at, unseen, all_left);
      for (std::size_t i = 0; i < samples.size(); ++i) {
        if (unseen[i]) left.push_back(all_left[i]);
      }
    }
  }
  return result;
}

std::vector<RunResidual> residuals_without(const std::vector<ServingSample>& samples,
                                           const std::vector<bool>& held,
                                           const LeastSquaresSolver& solve) {
  const Evaluator evaluator(samples);
  std::vector<bool> seen = held;
  seen.flip();
  std::vector<RunResidual> all(samples.size());
  evaluator.predict(fit_from_terms(evaluator, seen, solve), held, all);
  std::vector<RunResidual> result;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (held[i]) result.push_back(all[i]);
  }
  return result;
}

}  // namespace infersim
