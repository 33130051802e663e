#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "explore/plan_words.hpp"
#include "infersim/explore/sensitivity_report.hpp"
#include "infersim/report/metric_fields.hpp"
#include "infersim/report/table.hpp"

namespace infersim {
namespace {

using Json = nlohmann::ordered_json;

/// Titles that leave room for others.
constexpr std::pair<std::string_view, std::string_view> short_titles[] = {
    {"tokens_per_s_per_device", "tok/s/dev"},
    {"tokens_per_s", "tok/s"},
    {"ttft_ms", "TTFT ms"},
    {"tpot_ms", "TPOT ms"},
    {"cost.usd_per_mtok_output", "USD/M out"},
    {"cost.usd_per_mtok_input", "USD/M in"},
    {"energy_j_per_output_token", "J/token"}};

/// `TPOT ms`; of what has no short title the end of its path.
std::string short_name(const Field& field) {
  for (const auto& [path, title] : short_titles) {
    if (path == field.path) return std::string(title);
  }
  const std::size_t dot = field.path.rfind('.');
  return std::string(dot == std::string_view::npos ? field.path : field.path.substr(dot + 1));
}

/// `+0.83`, `-1.00`, `.` for what hardly moves.
std::string elasticity_text(const std::optional<double>& e) {
  if (!e) return "-";
  if (std::abs(*e) < 0.005) return ".";
  return fmt::format("{:+.2f}", *e);
}

std::string plan_line(const Sensitivities& found) {
  const Answer answer{found.scenario, found.answer};
  std::string text = "At the plan of this answer: " + plan_words(found.answer.best);
  const std::string prefill = field_text("prefill.bound", answer);
  const std::string decode = field_text("decode.bound", answer);
  if (!prefill.empty()) text += "; prefill bound by " + prefill;
  if (!decode.empty()) text += "; decode bound by " + decode;
  return text + ".";
}

}  // namespace

std::string sensitivity_text(const Sensitivities& found, std::size_t most, const TextStyle& style) {
  const Scenario& s = found.scenario;
  std::string text =
      heading(fmt::format("What moves {} on {}", s.model.name, s.device.name), style) + "\n";
  text += wrap(plan_line(found) +
                   fmt::format(" Each figure is moved by {} to both sides, the deployment stays; "
                               "+1.00 is proportional, a point hardly any.",
                               show_percent(found.step)),
               style.width) +
          "\n\n";
  Table table;
  table.columns = {{"figure"}, {"is", false, 6}};
  for (const Field* metric : found.metrics)
    table.columns.push_back({short_name(*metric), true});
  std::vector<std::string> now = {"", ""};
  for (const auto& value : found.values)
    now.push_back(value ? digits(*value) : "-");
  table.rows.push_back(std::move(now));
  for (const FigureSensitivity& figure : found.figures) {
    if (table.rows.size() > most) break;
    std::vector<std::string> row = {figure.key, figure.value};
    for (const auto& e : figure.elasticity)
      row.push_back(elasticity_text(e));
    table.rows.push_back(std::move(row));
  }
  text += table.text(style);
  std::string rest;
  if (found.figures.size() > most) {
    rest += fmt::format("{} more move less: --top {}. ", found.figures.size() - most,
                        found.figures.size());
  }
  rest += fmt::format("{} figures move nothing", found.without_effect);
  if (!found.not_varied.empty()) {
    rest += fmt::format(
        "; {} cannot be moved alone (the description would be wrong, or the plan "
        "not fit)",
        found.not_varied.size());
  }
  rest += ". Fitted efficiencies of kernels are not among them.";
  return text + "\n" + wrap(rest, style.width) + "\n";
}

std::string sensitivity_json(const Sensitivities& found) {
  Json document;
  document["hw"] = found.scenario.device.id;
  document["model"] = found.scenario.model.id;
  document["step"] = found.step;
  for (std::size_t i = 0; i < found.metrics.size(); ++i)
    document["metrics"][std::string(found.metrics[i]->path)] =
        found.values[i] ? Json(*found.values[i]) : Json();
  document["figures"] = Json::array();
  for (const FigureSensitivity& figure : found.figures) {
    Json row;
    row["key"] = figure.key;
    row["value"] = figure.value;
    for (std::size_t i = 0; i < found.metrics.size(); ++i) {
      row["elasticity"][std::string(found.metrics[i]->path)] =
          figure.elasticity[i] ? Json(*figure.elasticity[i]) : Json();
    }
    document["figures"].push_back(std::move(row));
  }
  document["without_effect"] = found.without_effect;
  document["not_varied"] = found.not_varied;
  return document.dump(2) + "\n";
}

}  // namespace infersim
