#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "infersim/explore/baseline.hpp"
#include "infersim/report/svg_text.hpp"
#include "infersim/report/text.hpp"

namespace infersim {
namespace {

/// Operators that are told of one question, the most moved first.
constexpr std::size_t most_operators = 4;
/// Share of a phase's time by which an operator must have moved to be told.
constexpr double least_share = 0.002;

double change(double before, double now) {
  if (before == now) return 0.0;
  return before == 0.0 ? INFINITY : now / before - 1.0;
}

std::string told(const std::string& name, double before, double now) {
  return fmt::format("{} {} -> {} ({:+.1f} %)", name, digits(before, 4), digits(now, 4),
                     100.0 * change(before, now));
}

void compare_figures(const BaselineAnswer& before, const BaselineAnswer& now, double tolerance,
                     BaselineChange& found, double& largest) {
  std::set<std::string> names;
  for (const auto* answer : {&before, &now}) {
    for (const auto& [name, value] : answer->predicted)
      names.insert(name);
  }
  for (const std::string& name : names) {
    const auto was = before.predicted.find(name);
    const auto is = now.predicted.find(name);
    if (was == before.predicted.end() || is == now.predicted.end()) {
      found.moved.push_back(name + (is == now.predicted.end() ? " is gone" : " is new"));
      continue;
    }
    const double by = std::abs(change(was->second, is->second));
    largest = std::max(largest, by);
    if (by > tolerance) found.moved.push_back(told(name, was->second, is->second));
  }
}

/// Operators whose time moved, most of the phase's time first.
std::vector<std::string> operators_moved(const BaselineAnswer& before, const BaselineAnswer& now) {
  struct Moved {
    std::string words;
    double by;
  };
  std::map<std::string, double> phases;
  std::set<std::string> names;
  for (const auto* answer : {&before, &now}) {
    for (const auto& [name, value] : answer->operators) {
      names.insert(name);
      phases[name.substr(0, name.find(' '))] += 0.5 * value;
    }
  }
  std::vector<Moved> moved;
  for (const std::string& name : names) {
    const auto value = [&](const BaselineAnswer& answer) {
      const auto found = answer.operators.find(name);
      return found == answer.operators.end() ? 0.0 : found->second;
    };
    const double was = value(before);
    const double is = value(now);
    const double by = std::abs(is - was) / phases[name.substr(0, name.find(' '))];
    if (by > least_share) {
      moved.push_back({fmt::format("{} {} -> {} us", name, digits(was, 4), digits(is, 4)), by});
    }
  }
  std::sort(moved.begin(), moved.end(), [](const Moved& a, const Moved& b) { return a.by > b.by; });
  std::vector<std::string> words;
  for (std::size_t i = 0; i < std::min(moved.size(), most_operators); ++i)
    words.push_back(moved[i].words);
  return words;
}

}  // namespace

BaselineComparison compare_answers(const Baseline& baseline, const BaselineAnswers& before,
                                   const BaselineAnswers& now, double tolerance) {
  BaselineComparison comparison{baseline.questions.size(), tolerance, 0.0, {}, {}, {}};
  std::set<std::string> edited;
  for (const auto* answers : {&before, &now}) {
    for (const auto& [name, digest] : answers->digests) {
      const auto was = before.digests.find(name);
      const auto is = now.digests.find(name);
      const bool same =
          was != before.digests.end() && is != now.digests.end() && was->second == is->second;
      if (!same) edited.insert(name);
    }
  }
  comparison.descriptions.assign(edited.begin(), edited.end());
  for (const BaselineQuestion& question : baseline.questions) {
    BaselineChange found{question.name, question.place, {}, {}};
    const BaselineAnswer& is = now.answers.at(question.name);
    const auto stored = before.answers.find(question.name);
    if (stored == before.answers.end()) {
      found.moved.emplace_back("no answer is kept: --update keeps one");
      comparison.changes.push_back(std::move(found));
      continue;
    }
    const BaselineAnswer& was = stored->second;
    if (was.refused.empty() != is.refused.empty()) {
      found.moved.push_back(is.refused.empty() ? "runs, where it did not: " + was.refused
                                               : "cannot run: " + is.refused);
    } else {
      compare_figures(was, is, tolerance, found, comparison.largest);
    }
    if (found.moved.empty()) continue;
    if (was.plan != is.plan && !was.plan.empty() && !is.plan.empty()) {
      found.causes.push_back(fmt::format("plan {} -> {}", was.plan, is.plan));
    }
    for (std::string& words : operators_moved(was, is))
      found.causes.push_back(std::move(words));
    for (const std::string& description : is.descriptions) {
      if (edited.contains(description)) found.causes.push_back(description + " was edited");
    }
    for (const std::string& description : edited) {
      const bool shared =
          description.starts_with("efficiency ") || description.starts_with("kernels ");
      if (shared) found.causes.push_back(description + " was edited");
    }
    if (before.version != now.version) {
      found.causes.push_back(fmt::format("infersim {} -> {}", before.version, now.version));
    }
    if (found.causes.empty()) found.causes.emplace_back("the program alone");
    comparison.changes.push_back(std::move(found));
  }
  for (const auto& [name, answer] : before.answers) {
    if (!now.answers.contains(name)) comparison.not_asked.push_back(name);
  }
  return comparison;
}

std::string comparison_text(const BaselineComparison& comparison) {
  std::string text;
  for (const BaselineChange& change : comparison.changes) {
    text += change.name + "\n  " + join(change.moved, "\n  ") + "\n";
    if (!change.causes.empty()) text += "  by: " + join(change.causes, "\n      ") + "\n";
  }
  if (!comparison.not_asked.empty()) {
    text += fmt::format("answers that nothing asks for: {}\n", join(comparison.not_asked));
  }
  text +=
      comparison.changes.empty()
          ? fmt::format(
                "{} answers are what they were within {:g} % (the most that one "
                "moved is {:.2g} %)\n",
                comparison.asked, 100.0 * comparison.tolerance, 100.0 * comparison.largest)
          : fmt::format("{} of {} answers moved by more than {:g} %\n", comparison.changes.size(),
                        comparison.asked, 100.0 * comparison.tolerance);
  return text;
}

std::string comparison_junit(const Baseline& baseline, const BaselineComparison& comparison) {
  std::map<std::string, const BaselineChange*> changes;
  for (const BaselineChange& change : comparison.changes)
    changes[change.name] = &change;
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"infersim check\" "
      "tests=\"{}\" failures=\"{}\">\n",
      comparison.asked, comparison.changes.size());
  for (const BaselineQuestion& question : baseline.questions) {
    const auto found = changes.find(question.name);
    text += fmt::format("  <testcase classname=\"infersim\" name=\"{}\"", svg_text(question.name));
    if (found == changes.end()) {
      text += "/>\n";
      continue;
    }
    const BaselineChange& change = *found->second;
    text += fmt::format(">\n    <failure message=\"{}\">{}</failure>\n  </testcase>\n",
                        svg_text(change.moved.front()),
                        svg_text(join(change.moved, "\n") + "\n" + join(change.causes, "\n")));
  }
  return text + "</testsuite>\n";
}

std::string comparison_github(const BaselineComparison& comparison) {
  std::string text;
  for (const BaselineChange& change : comparison.changes) {
    text += fmt::format("::error file={},line={}::{}: {} (by: {})\n", change.place.file,
                        change.place.line, change.name, join(change.moved), join(change.causes));
  }
  return text + (comparison.changes.empty() ? comparison_text(comparison) : "");
}

}  // namespace infersim
