#include "infersim/report/validation.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"
#include "infersim/report/table.hpp"
#include "report/figures.hpp"

namespace infersim {
namespace {

using Json = nlohmann::ordered_json;

/// From here on a table has room for what is looked at less often.
constexpr int roomy = 100;

/// Where a group stands in the table: all, chips, models, frameworks, operators and types, those of
/// each chip; below 0: it is only in the JSON.
int section_of(const ErrorLabels& labels) {
  const bool chip = labels.chip != "*";
  const bool model = labels.model != "*";
  const bool framework = labels.framework != "*";
  const bool work = labels.op != "*" || labels.dtype != "*";
  const int axes = chip + model + framework + work;
  if (axes > 1 && !(axes == 2 && chip && work)) return -1;
  if (chip) return work ? 5 : 1;
  if (model) return 2;
  if (framework) return 3;
  return work ? 4 : 0;
}

std::string percent(double value) { return fmt::format("{:.1f}", value); }

std::vector<std::string> row_of(const ErrorGroup& group, const std::string& label, bool wide) {
  const ErrorStatistics& s = group.statistics;
  std::vector<std::string> row = {label,
                                  show_count(static_cast<double>(s.rows)),
                                  digits(s.bias, 3),
                                  percent(s.median_ape),
                                  percent(s.mean_ape),
                                  percent(s.p90_ape),
                                  s.rows > 0 ? show_percent(s.coverage) : "-"};
  if (wide) {
    row.push_back(s.rank_correlation ? fmt::format("{:.3f}", *s.rank_correlation) : "-");
    row.push_back(show_count(static_cast<double>(group.skipped)));
  }
  return row;
}

/// What tells the groups of a table apart: its labels, without the operator where there is one.
class Naming {
 public:
  explicit Naming(const std::vector<const ErrorGroup*>& groups) {
    std::set<std::string_view> ops;
    for (const ErrorGroup* group : groups)
      ops.insert(group->key.labels.op);
    ops.erase("*");
    several_ops_ = ops.size() > 1;
  }

  [[nodiscard]] std::string label(const ErrorLabels& labels) const {
    std::vector<std::string> texts;
    const auto add = [&](const std::string& text) {
      if (text != "*") texts.push_back(text.empty() ? "(none)" : text);
    };
    add(labels.chip);
    add(labels.model);
    add(labels.framework);
    if (several_ops_ || labels.dtype == "*") add(labels.op);
    add(labels.dtype);
    return texts.empty() ? "all" : join(texts, " ");
  }

 private:
  bool several_ops_ = false;
};

/// Leaves out sections that say of one chip, framework or type what `all` says.
void drop_repetitions(std::vector<const ErrorGroup*>& groups) {
  std::map<int, int> members;
  for (const ErrorGroup* group : groups)
    ++members[section_of(group->key.labels)];
  const bool one_chip = members[1] == 1;
  std::erase_if(groups, [&](const ErrorGroup* group) {
    const int section = section_of(group->key.labels);
    if (section == 5) return one_chip || members[4] == 1;
    return section > 0 && members[section] == 1;
  });
}

std::string table_of(std::vector<const ErrorGroup*> groups, const TextStyle& style) {
  std::stable_sort(groups.begin(), groups.end(), [](const ErrorGroup* a, const ErrorGroup* b) {
    return section_of(a->key.labels) < section_of(b->key.labels);
  });
  const Naming naming(groups);
  drop_repetitions(groups);
  const bool wide = style.width >= roomy;
  Table table;
  table.columns = {{"", false, 20},  {"rows", true},  {"bias", true},  {"median %", true},
                   {"mean %", true}, {"p90 %", true}, {"within", true}};
  if (wide) {
    table.columns.push_back({"rank", true});
    table.columns.push_back({"skipped", true});
  }
  for (const ErrorGroup* group : groups)
    table.rows.push_back(row_of(*group, naming.label(group->key.labels), wide));
  return table.text(style);
}

/// What JSON has for a figure of no rows.
Json figure(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json json_group(const ErrorGroup& group) {
  const ErrorLabels& labels = group.key.labels;
  const ErrorStatistics& s = group.statistics;
  return {{"data", group.key.data},
          {"metric", name(group.key.metric)},
          {"chip", labels.chip},
          {"model", labels.model},
          {"framework", labels.framework},
          {"op", labels.op},
          {"dtype", labels.dtype},
          {"rows", s.rows},
          {"skipped", group.skipped},
          {"bias", figure(s.bias)},
          {"median_ape", figure(s.median_ape)},
          {"mean_ape", figure(s.mean_ape)},
          {"p90_ape", figure(s.p90_ape)},
          {"coverage", figure(s.coverage)},
          {"rank_correlation", s.rank_correlation ? Json(*s.rank_correlation) : Json(nullptr)}};
}

}  // namespace

std::string validation_table(const ValidationReport& report, const TextStyle& style) {
  std::string text;
  for (std::size_t from = 0; from < report.groups.size();) {
    const ErrorKey& first = report.groups[from].key;
    std::vector<const ErrorGroup*> groups;
    for (; from < report.groups.size(); ++from) {
      const ErrorGroup& group = report.groups[from];
      if (group.key.data != first.data || group.key.metric != first.metric) break;
      if (section_of(group.key.labels) >= 0 && group.statistics.rows > 0) groups.push_back(&group);
    }
    if (groups.empty()) continue;
    text += heading(fmt::format("{}: {}", first.data, name(first.metric)), style);
    text += table_of(groups, style) + '\n';
  }
  if (!text.empty()) {
    text += "  " +
            wrap(
                "bias: median of predicted / measured. median, mean and p90 of the absolute error "
                "in percent of the measurement. within: measurements inside the predicted "
                "interval, of which 80% should be.",
                style.width, 2) +
            '\n';
  }
  if (report.skipped.empty()) return text;
  text += (text.empty() ? "" : "\n") + heading("Skipped rows", style);
  for (const SkippedRows& each : report.skipped) {
    text += "  " +
            wrap(fmt::format("{} of {}: {}", show_count(static_cast<double>(each.rows)), each.file,
                             each.reason),
                 style.width, 4) +
            '\n';
  }
  return text;
}

std::string json_validation(const ValidationReport& report) {
  Json document = {{"schema", 1}, {"groups", Json::array()}, {"skipped", Json::array()}};
  for (const ErrorGroup& group : report.groups)
    document["groups"].push_back(json_group(group));
  for (const SkippedRows& each : report.skipped) {
    document["skipped"].push_back(
        {{"file", each.file}, {"reason", each.reason}, {"rows", each.rows}});
  }
  return detail::dumped(document);
}

}  // namespace infersim
