#include "published/points.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/toml_reader.hpp"
#include "infersim/scenario/read_ask.hpp"
#include "published/cases.hpp"

namespace infersim::published {
namespace {

struct MetricName {
  Metric metric;
  std::string_view key;
  std::string_view unit;
};

constexpr std::array<MetricName, 10> metrics = {{
    {Metric::user_rate, "user_rate", "tokens/s a user"},
    {Metric::device_rate, "device_rate", "tokens/s a device"},
    {Metric::system_rate, "system_rate", "tokens/s"},
    {Metric::ttft, "ttft", "ms TTFT"},
    {Metric::tpot, "tpot", "ms TPOT"},
    {Metric::latency, "latency", "s"},
    {Metric::power, "power", "W"},
    {Metric::wall_power, "wall_power", "W at the plug"},
    {Metric::token_bytes, "token_bytes", "bytes a token"},
    {Metric::state_bytes, "state_bytes", "bytes a sequence"},
}};

/// The keys that a class may give for all its points.
void read_shared(TableReader& table, Point& point, Diagnostics& faults) {
  if (const auto software = table.optional_text("software")) point.software = *software;
  if (const auto source = table.optional_text("source")) point.source = *source;
  if (const auto assumption = table.optional_text("assumption")) point.assumption = *assumption;
  if (table.has("metric")) {
    std::vector<std::string> names;
    for (const MetricName& m : metrics)
      names.emplace_back(m.key);
    const std::string name = table.one_of("metric", names);
    for (const MetricName& m : metrics) {
      if (m.key == name) point.metric = m.metric;
    }
  }
  if (auto ask = table.optional_table("ask")) read_ask(std::move(*ask), point.question, faults);
}

Point read_point(TableReader table, Point point, Diagnostics& faults) {
  point.id = table.text("id");
  point.subject = table.text("subject");
  read_shared(table, point, faults);
  point.published = table.number("published", 1e-6);
  point.why = table.optional_text("why").value_or("");
  point.fitted = table.optional_boolean("fitted").value_or(false);
  if (point.source.empty()) table.fault("source", "neither the point nor its class has a source");
  if (point.question.hw.empty() || point.question.model.empty()) {
    table.fault("ask", "does not name a chip and a model", "give hw and model");
  }
  table.finish();
  return point;
}

PointClass read_class(TableReader table, Diagnostics& faults) {
  PointClass result;
  result.id = table.text("id");
  result.title = table.text("title");
  result.note = table.optional_text("note").value_or("");
  result.bar = table.number("bar", 0.01, 1.0);
  result.cases = table.optional_text("cases").value_or("");
  if (!result.cases.empty() && !is_case_set(result.cases)) {
    table.fault("cases", "is no set of reports", "servers, edge, power, bytes");
  }
  Point shared;
  read_shared(table, shared, faults);
  for (TableReader& point : table.tables("point", 1))
    result.points.push_back(read_point(std::move(point), shared, faults));
  table.finish();
  return result;
}

}  // namespace

std::string_view unit(Metric metric) {
  return std::find_if(metrics.begin(), metrics.end(),
                      [&](const MetricName& m) { return m.metric == metric; })
      ->unit;
}

PublishedPoints read_points(std::string_view toml, const std::string& path) {
  Diagnostics faults;
  TomlDocument document(toml, path, faults);
  TableReader root = document.root();
  PublishedPoints points;
  std::set<std::pair<std::string, Metric>> seen;
  for (TableReader& table : root.tables("class", 1)) {
    const Location place = table.location();
    points.classes.push_back(read_class(std::move(table), faults));
    for (const Point& p : points.classes.back().points) {
      if (!seen.insert({p.id, p.metric}).second) {
        faults.error(place, "has " + p.id + " with this metric a second time");
      }
    }
  }
  for (TableReader& table : root.tables("unread")) {
    points.unread.push_back({table.texts("ids"), table.text("subject"), table.text("reason")});
    table.finish();
  }
  root.finish();
  faults.throw_if_any();
  return points;
}

}  // namespace infersim::published
