#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"
#include "infersim/explore/solve_report.hpp"

namespace infersim {
namespace {

using Json = nlohmann::ordered_json;

std::string binding(const SolvedPoint& point) {
  std::string text = point.plan;
  if (!point.prefill_bound.empty()) text += "; prefill bound by " + point.prefill_bound;
  if (!point.decode_bound.empty()) text += "; decode bound by " + point.decode_bound;
  if (!point.objectives_met) text += "; misses the objectives";
  return text;
}

std::string value_text(const Target& target, const SolvedPoint& point) {
  return fmt::format("{} {}", target.field->path, point.value ? digits(*point.value) : "none");
}

std::string text_of(const Target& target, const Solved& solved, const TextStyle& style) {
  std::string text = "  " + join(solved.keys, " with ") + "\n";
  const auto line = [&](const std::string& words) {
    text += "    " + wrap(words, style.width, 4) + "\n";
  };
  if (solved.point) {
    line(fmt::format("x {}: {}", digits(solved.point->factor, 4), join(solved.point->settings)));
    line(value_text(target, *solved.point) + ", with " + binding(*solved.point));
    return text;
  }
  line(
      fmt::format("never: between 1/1024 and 1024 times as much, or as far as it can run, the "
                  "nearest is {} at x {}, with {}",
                  value_text(target, solved.nearest), digits(solved.nearest.factor, 4),
                  binding(solved.nearest)));
  return text;
}

Json json_of(const SolvedPoint& point) {
  Json json;
  json["factor"] = point.factor;
  json["value"] = point.value ? Json(*point.value) : Json();
  json["set"] = point.settings;
  json["plan"] = point.plan;
  json["prefill_bound"] = point.prefill_bound;
  json["decode_bound"] = point.decode_bound;
  json["power_w"] = point.watts ? Json(*point.watts) : Json();
  json["objectives_met"] = point.objectives_met;
  return json;
}

}  // namespace

std::string solution_text(const Solution& solution, const TextStyle& style) {
  std::string text = heading(fmt::format("What it takes for {} = {}", solution.target.field->path,
                                         digits(solution.target.value)),
                             style) +
                     "\n";
  text += "  As it is: " +
          wrap(value_text(solution.target, solution.base) + ", with " + binding(solution.base),
               style.width, 4) +
          "\n\n";
  for (const Solved& solved : solution.keys)
    text += text_of(solution.target, solved, style);
  return text + "\n" +
         wrap(
             "Only these figures move: what would follow them (price, power, area) stays, unless "
             "it is named too. The deployment is searched anew, unless it is pinned.",
             style.width) +
         "\n";
}

std::string solution_json(const Solution& solution) {
  Json document;
  document["target"] = {{"key", std::string(solution.target.field->path)},
                        {"value", solution.target.value}};
  document["base"] = json_of(solution.base);
  document["vary"] = Json::array();
  for (const Solved& solved : solution.keys) {
    Json row;
    row["keys"] = solved.keys;
    row["reached"] = solved.point.has_value();
    row["point"] = json_of(solved.point ? *solved.point : solved.nearest);
    document["vary"].push_back(std::move(row));
  }
  return document.dump(2) + "\n";
}

}  // namespace infersim
