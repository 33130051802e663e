#include "published/points.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/toml_reader.hpp"

namespace infersim::published {
namespace {

struct MetricName {
  Metric metric;
  std::string_view key;
  std::string_view unit;
};

constexpr std::array<MetricName, 7> metrics = {{
    {Metric::user_rate, "user_rate", "tokens/s a user"},
    {Metric::device_rate, "device_rate", "tokens/s a device"},
    {Metric::system_rate, "system_rate", "tokens/s"},
    {Metric::ttft, "ttft", "ms TTFT"},
    {Metric::tpot, "tpot", "ms TPOT"},
    {Metric::latency, "latency", "s"},
    {Metric::power, "power", "W"},
}};

void read_count(TableReader& ask, std::string_view key, std::optional<int>& value) {
  if (const auto read = ask.optional_integer(key)) value = static_cast<int>(*read);
}

void read_number(TableReader& ask, std::string_view key, std::optional<double>& value) {
  if (const auto read = ask.optional_number(key)) value = *read;
}

void read_type(TableReader& ask, std::string_view key, std::optional<NumberType>& value) {
  if (const auto read = ask.optional_number_type(key)) value = *read;
}

void read_time(TableReader& ask, std::string_view key, std::optional<Seconds>& value) {
  if (const auto read = ask.optional_quantity<Seconds>(key)) value = *read;
}

/// Lays what a table `ask` says over what its class said.
void read_ask(TableReader ask, Point& point) {
  Question& q = point.question;
  if (const auto hw = ask.optional_text("hw")) q.hw = *hw;
  if (const auto model = ask.optional_text("model")) q.model = *model;
  if (const auto framework = ask.optional_text("framework")) q.framework = *framework;
  read_type(ask, "dtype", q.dtype);
  read_type(ask, "kv_dtype", q.kv_dtype);
  read_number(ask, "isl", q.isl);
  read_number(ask, "osl", q.osl);
  read_number(ask, "context", q.context);
  read_number(ask, "batch", q.batch);
  read_number(ask, "acceptance", q.acceptance);
  read_time(ask, "ttft", q.ttft);
  read_time(ask, "tpot", q.tpot);
  read_count(ask, "devices", q.devices);
  read_count(ask, "tp", q.tp);
  read_count(ask, "pp", q.pp);
  read_count(ask, "dp", q.dp);
  read_count(ask, "ep", q.ep);
  read_count(ask, "redundant_experts", q.redundant_experts);
  read_count(ask, "microbatches", q.microbatches);
  read_count(ask, "mtp", q.mtp);
  if (ask.has("phase")) {
    const std::string phase = ask.one_of("phase", {"both", "prefill", "decode"});
    q.phase = phase == "prefill"  ? PhaseChoice::prefill
              : phase == "decode" ? PhaseChoice::decode
                                  : PhaseChoice::both;
  }
  point.cached = ask.optional_number("cached").value_or(point.cached);
  ask.finish();
}

/// The keys that a class may give for all its points.
void read_shared(TableReader& table, Point& point) {
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
  if (auto ask = table.optional_table("ask")) read_ask(std::move(*ask), point);
}

Point read_point(TableReader table, Point point) {
  point.id = table.text("id");
  point.subject = table.text("subject");
  read_shared(table, point);
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

PointClass read_class(TableReader table) {
  PointClass result;
  result.id = table.text("id");
  result.title = table.text("title");
  result.note = table.optional_text("note").value_or("");
  result.bar = table.number("bar", 0.01, 1.0);
  Point shared;
  read_shared(table, shared);
  for (TableReader& point : table.tables("point", 1))
    result.points.push_back(read_point(std::move(point), shared));
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
    points.classes.push_back(read_class(std::move(table)));
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
