#include "validation_bars/bars.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/toml_reader.hpp"

namespace infersim::bars {
namespace {

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

constexpr std::array<Named<BarKind>, 4> kinds = {{
    {"operators", BarKind::operators},
    {"serving", BarKind::serving},
    {"chip left out", BarKind::chip_left_out},
    {"speed", BarKind::speed},
}};

constexpr std::array<Named<Metric>, 5> metrics = {{
    {"latency", Metric::latency},
    {"power", Metric::power},
    {"ttft", Metric::ttft},
    {"tpot", Metric::tpot},
    {"tokens_per_s_per_device", Metric::tokens_per_s_per_device},
}};

template <class Value, std::size_t count>
Value one_of(TableReader& table, std::string_view key,
             const std::array<Named<Value>, count>& choices) {
  std::vector<std::string> names;
  for (const auto& choice : choices)
    names.emplace_back(choice.name);
  const std::string given = table.one_of(key, names);
  const auto found = std::find_if(choices.begin(), choices.end(),
                                  [&](const auto& choice) { return choice.name == given; });
  return found != choices.end() ? found->value : choices.front().value;
}

void read_filters(TableReader& bar, std::string_view key, bool excluded,
                  std::vector<Filter>& filters) {
  auto table = bar.optional_table(key);
  if (!table) return;
  for (const std::string& column : table->keys())
    filters.push_back({column, table->texts(column), excluded});
  table->finish();
}

Limits read_limits(TableReader& bar) {
  Limits limits;
  limits.median = bar.optional_number("median");
  limits.mean = bar.optional_number("mean");
  limits.least_coverage = bar.optional_number("least_coverage", 0.0, 1.0);
  limits.most_coverage = bar.optional_number("most_coverage", 0.0, 1.0);
  limits.seconds = bar.optional_number("seconds");
  return limits;
}

Bar read_bar(TableReader table) {
  Bar bar;
  bar.id = table.text("id");
  bar.what = table.text("what");
  bar.kind = one_of(table, "kind", kinds);
  bar.data = table.optional_texts("data");
  if (table.has("metric")) bar.metric = one_of(table, "metric", metrics);
  read_filters(table, "where", false, bar.filters);
  read_filters(table, "where_not", true, bar.filters);
  bar.each_chip = table.optional_boolean("each_chip").value_or(false);
  bar.kernel = table.optional_text("class").value_or("");
  bar.format = table.optional_text("format").value_or("*");
  bar.folds = table.optional_text("folds").value_or("");
  bar.limits = read_limits(table);
  for (TableReader& lack : table.tables("lack")) {
    bar.lacks.push_back({lack.optional_texts("chips"), lack.text("text")});
    lack.finish();
  }
  const bool reads_tables =
      bar.kind == BarKind::operators || bar.kind == BarKind::serving || bar.kind == BarKind::speed;
  if (reads_tables && bar.data.empty()) table.fault("data", "names no table of measurements");
  table.finish();
  return bar;
}

}  // namespace

std::string_view Bar::lack_on(std::string_view chip) const {
  std::string_view general;
  for (const Lack& lack : lacks) {
    if (std::find(lack.chips.begin(), lack.chips.end(), chip) != lack.chips.end()) return lack.text;
    if (lack.chips.empty()) general = lack.text;
  }
  return general;
}

std::vector<Bar> read_bars(std::string_view toml, const std::string& path) {
  Diagnostics faults;
  TomlDocument document(toml, path, faults);
  TableReader root = document.root();
  std::vector<Bar> bars;
  std::set<std::string> seen;
  for (TableReader& table : root.tables("bar", 1)) {
    const Location place = table.location();
    bars.push_back(read_bar(std::move(table)));
    if (!seen.insert(bars.back().id).second) {
      faults.error(place, "has the id " + bars.back().id + " a second time");
    }
  }
  root.finish();
  faults.throw_if_any();
  return bars;
}

}  // namespace infersim::bars
