#include "infersim/explore/solve.hpp"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "explore/plan_words.hpp"
#include "explore/varied.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/report/metric_fields.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim {
namespace {

constexpr int most_doublings = 10;
constexpr double resolution = 1e-3;  ///< of a factor

std::string trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(" \t") - from + 1));
}

class Solver {
 public:
  Solver(const Catalog& catalog, const Question& question, const Target& target,
         const std::function<void()>& progress)
      : catalog_(catalog), question_(question), target_(target), progress_(progress) {}

  SolvedPoint at(const std::vector<VariedFigure>& figures, double factor) {
    SolvedPoint point;
    point.factor = factor;
    Question question = question_;
    for (const VariedFigure& figure : figures) {
      question.set.push_back(figure.at(figure.number.number * factor));
      const Setting& setting = question.set.back();
      point.settings.push_back(fmt::format("{}={}", setting.key, setting.value));
    }
    const Scenario scenario = load_scenario(catalog_, question);
    const auto planned = find_plan(scenario);
    progress_();
    if (!planned) {
      refusal_ = planned.error();
      return point;
    }
    const Answer answer{scenario, *planned};
    point.value = metric_value(*target_.field, answer);
    const Evaluation& best = answer.best();
    point.plan = plan_words(best);
    point.prefill_bound = field_text("prefill.bound", answer);
    point.decode_bound = field_text("decode.bound", answer);
    point.watts = best.board_power.base();
    point.objectives_met = best.objectives_met();
    return point;
  }

  /// ln(value / target); no number where there is none.
  [[nodiscard]] double off(const SolvedPoint& point) const {
    return point.value && *point.value > 0.0 ? std::log(*point.value / target_.value) : NAN;
  }

  Solved solve(const std::vector<VariedFigure>& figures, const SolvedPoint& base) {
    Solved solved;
    for (const VariedFigure& figure : figures)
      solved.keys.push_back(figure.key);
    solved.nearest = base;
    const double from = off(base);
    if (from == 0.0) {
      solved.point = base;
      return solved;
    }
    // Outward to both sides: the nearer of two answers is the one that is asked for.
    SolvedPoint sides[2] = {base, base};
    bool open[2] = {true, true};
    for (int doubling = 1; doubling <= most_doublings && (open[0] || open[1]); ++doubling) {
      for (const int side : {0, 1}) {
        if (!open[side]) continue;
        const double factor = std::exp2(side == 0 ? doubling : -doubling);
        SolvedPoint next;
        try {
          next = at(figures, factor);
        } catch (const InputError&) {
          open[side] = false;  // such a description would be wrong
          continue;
        }
        const double value = off(next);
        if (std::isnan(value)) {
          open[side] = false;
          continue;
        }
        if (std::abs(value) < std::abs(off(solved.nearest))) solved.nearest = next;
        if ((value > 0.0) != (from > 0.0)) {
          solved.point = between(figures, sides[side], next);
          return solved;
        }
        sides[side] = next;
      }
    }
    return solved;
  }

  [[nodiscard]] const Infeasible& refusal() const { return refusal_; }

 private:
  /// The target lies between the answers at two factors: where it is reached, on its far side.
  SolvedPoint between(const std::vector<VariedFigure>& figures, const SolvedPoint& near,
                      const SolvedPoint& far) {
    const bool above = off(near) > 0.0;
    SolvedPoint reached = far;
    const auto value = [&](double log_factor) {
      const SolvedPoint point = at(figures, std::exp(log_factor));
      const double at_point = off(point);
      if (std::isnan(at_point)) return off(near);
      const bool reaches = above ? at_point <= 0.0 : at_point >= 0.0;
      const double here = std::abs(std::log(point.factor));
      if (reaches && here < std::abs(std::log(reached.factor))) reached = point;
      return at_point;
    };
    double low = std::log(near.factor);
    double high = std::log(far.factor);
    double at_low = off(near);
    double at_high = off(far);
    if (low > high) {
      std::swap(low, high);
      std::swap(at_low, at_high);
    }
    std::uintmax_t most = 40;
    const auto settled = [](double a, double b) { return std::abs(b - a) <= resolution; };
    boost::math::tools::toms748_solve(value, low, high, at_low, at_high, settled, most);
    return reached;
  }

  const Catalog& catalog_;
  const Question& question_;
  const Target& target_;
  const std::function<void()>& progress_;
  Infeasible refusal_;
};

}  // namespace

Target read_target(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = trimmed(std::string_view(text).substr(0, equals));
  const std::string value =
      equals == std::string::npos ? "" : trimmed(std::string_view(text).substr(equals + 1));
  double number = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (fault != std::errc{} || end != value.data() + value.size() || !(number > 0.0) ||
      !std::isfinite(number)) {
    throw InputError(fmt::format("--target {}: no KEY = NUMBER above 0", quote(text)),
                     "for example --target 'usd_per_mtok_output = 0.5'");
  }
  return {&metric_field(name, "--target"), number};
}

Feasible<Solution> solve(const Catalog& catalog, const Question& question, const Target& target,
                         const std::vector<std::string>& keys,
                         const std::function<void()>& progress) {
  std::vector<VariedFigure> figures;
  for (const std::string& key : keys)
    figures.push_back(varied_figure(catalog, question, key));
  Solver solver(catalog, question, target, progress);
  Solution solution{target, solver.at({}, 1.0), {}};
  if (!solution.base.value && solution.base.plan.empty()) {
    return tl::unexpected(solver.refusal());
  }
  if (!solution.base.value) {
    throw InputError(fmt::format("--target: the answer has no {}", target.field->path),
                     "--price gives a device one that has none");
  }
  for (const VariedFigure& figure : figures)
    solution.keys.push_back(solver.solve({figure}, solution.base));
  if (figures.size() > 1) solution.keys.push_back(solver.solve(figures, solution.base));
  return solution;
}

}  // namespace infersim
