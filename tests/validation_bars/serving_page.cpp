#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "infersim/report/text.hpp"
#include "validation_bars/error_table.hpp"
#include "validation_bars/other_program.hpp"
#include "validation_bars/pages.hpp"

namespace infersim::bars {
namespace {

struct MetricTitle {
  Metric metric;
  const char* title;
};

constexpr std::array<MetricTitle, 3> metrics = {{
    {Metric::ttft, "TTFT"},
    {Metric::tpot, "TPOT"},
    {Metric::tokens_per_s_per_device, "tokens/s/device"},
}};

struct ServingTable {
  const char* data;
  const char* title;
};

constexpr std::array<ServingTable, 7> tables = {{
    {"agg", "agg.csv: ten models on H100, H200 and B200, without speculation"},
    {"dsr1_agg", "dsr1_agg.csv: DeepSeek-R1 on MI300X, MI355X, H200 and B200"},
    {"agg_mtp", "agg_mtp.csv: with multi-token prediction"},
    {"dsr1_agg_mtp", "dsr1_agg_mtp.csv: DeepSeek-R1 with multi-token prediction"},
    {"disagg", "disagg.csv: pools of prefill and decode workers"},
    {"dsr1_disagg", "dsr1_disagg.csv: DeepSeek-R1 in pools"},
    {"other_chips", "other_chips.csv: Qwen3.5-397B on four TPU v7"},
}};

using Labels = std::initializer_list<const char*>;

std::string client(const Sample& sample) {
  const bool public_benchmark = !sample.cell("settings_source").empty();
  return public_benchmark ? "InferenceX (settings known)" : "exact lengths (settings unknown)";
}

/// A table of parts by each figure; none where there is a single part.
template <class Label>
std::string tables_by(const Measurements& measurements, const char* data,
                      const std::string& heading, const Label& label) {
  std::string text;
  std::size_t parts = 0;
  for (const MetricTitle& m : metrics) {
    const auto by_label = parts_of(measurements.samples(data, m.metric), label);
    parts = std::max(parts, by_label.size());
    for (const auto& [name, samples] : by_label)
      text += error_row(fmt::format("{} | {}", m.title, name), samples);
  }
  if (parts < 2) return {};
  return error_heading("figure | " + heading) + text + "\n";
}

std::string table_section(const Measurements& measurements, const ServingTable& table) {
  std::string text = fmt::format("## {}\n\n", table.title);
  std::string all = error_heading("figure");
  bool any = false;
  for (const MetricTitle& m : metrics) {
    const Samples& samples = measurements.samples(table.data, m.metric);
    if (samples.empty()) continue;
    any = true;
    all += error_row(m.title, samples);
  }
  if (!any) return text + "No row is predicted: see what is skipped below.\n\n";
  text += all + "\n";
  const auto by = [&](const std::string& heading, Labels labels) {
    return tables_by(measurements, table.data, heading,
                     [&](const Sample& each) { return joined(each, labels); });
  };
  text += tables_by(measurements, table.data, "client", client);
  text += by("framework", {"framework"});
  text += by("chip", {"chip"});
  text += by("model", {"model"});
  text += by("type", {"precision"});
  text += by("chip, model, framework", {"chip", "model", "framework"});
  return text;
}

std::string left_out_section(const LeftOut& left_out) {
  std::string text =
      "## Rows that were not fitted\n\nFrom `serving_*.json`: what the fit of the framework terms "
      "says of rows, models or chips that it did not see.\n\n";
  if (left_out.serving.empty()) return text + "Not measured.\n\n";
  text +=
      "| table | left out | chip | figure | n | bias | median % | mean % | p90 % | coverage % |\n"
      "|---|---|---|---|--:|--:|--:|--:|--:|--:|\n";
  const auto number = [](const std::optional<double>& value, double scale, int decimals) {
    return value ? fmt::format("{:.{}f}", scale * *value, decimals) : std::string("-");
  };
  for (const ServingFolds& each : left_out.serving) {
    const LeftOutError& e = each.error;
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", each.data,
                        each.folds, each.chip, each.metric, show_count(static_cast<double>(e.rows)),
                        number(e.bias, 1, 3), percent(e.median), percent(e.mean),
                        number(e.p90, 1, 1), number(e.coverage, 100, 0));
  }
  return text + "\n";
}

template <class Label>
std::string compared_by(const Measurements& measurements, const std::filesystem::path& answers,
                        const std::string& heading, const Label& label) {
  std::string text = fmt::format(
      "| figure | {} | n | | bias | median % | mean % | p90 % | rank |\n"
      "|---|---|--:|---|--:|--:|--:|--:|--:|\n",
      heading);
  for (const MetricTitle& m : metrics) {
    const BesideOther both = beside_other(measurements, m.metric, answers);
    const auto ours = parts_of(both.ours, label);
    const auto others = parts_of(both.other, label);
    for (const auto& [part, samples] : ours) {
      for (const bool own : {true, false}) {
        const ErrorStatistics s = statistics_of(own ? samples : others.at(part));
        text += fmt::format("| {} | {} | {} | {} | {:.3f} | {} | {} | {} | {} |\n", m.title, part,
                            show_count(static_cast<double>(s.rows)),
                            own ? "**infersim**" : "aiconfigurator", s.bias, percent(s.median_ape),
                            percent(s.mean_ape), percent(s.p90_ape),
                            s.rank_correlation ? fmt::format("{:.3f}", *s.rank_correlation) : "-");
      }
    }
  }
  return text + "\n";
}

std::string comparison(const Measurements& measurements, const std::filesystem::path& answers) {
  if (beside_other(measurements, Metric::tpot, answers).ours.empty()) return {};
  std::string text =
      "## Beside aiconfigurator 0.12.0\n\n"
      "The rows of agg.csv that aiconfigurator 0.12.0 answered with its measured operator tables, "
      "and both\nprograms' errors on just these rows. Ours are in sample as above; operator "
      "tables of the other are\nof the same chips.\n\n";
  text += compared_by(measurements, answers, "", [](const Sample&) { return std::string("all"); });
  for (const char* column : {"framework", "chip", "model"}) {
    text += compared_by(measurements, answers, column,
                        [&](const Sample& each) { return joined(each, {column}); });
  }
  return text;
}

std::string skipped(const Measurements& measurements) {
  std::string text = "## Skipped rows\n\n";
  const auto& all = measurements.report().skipped;
  if (all.empty()) return text + "None.\n";
  text += "| file | rows | reason |\n|---|--:|---|\n";
  for (const SkippedRows& each : all) {
    text += fmt::format("| {} | {} | {} |\n", std::filesystem::path(each.file).filename().string(),
                        show_count(static_cast<double>(each.rows)), each.reason);
  }
  return text;
}

}  // namespace

std::string serving_page(const Measurements& measurements, const LeftOut& left_out,
                         const std::filesystem::path& other_program) {
  std::string text =
      "# Errors of serving runs\n\n"
      "Written by `tools/validation`; [README.md](README.md) says what the data is. Errors are of "
      "the\nabsolute difference in percent of the measurement, bias is the median of predicted / "
      "measured,\ncoverage the share of measurements inside the interval that is predicted with 80 "
      "%, rank\nSpearman's correlation of configurations. Except for the next section all is of "
      "the parameters as\nthey are committed, on rows that those of the frameworks were fitted "
      "to. Rows of `*_doubtful.csv`\nare left aside.\n\n";
  text += left_out_section(left_out);
  text += comparison(measurements, other_program);
  for (const ServingTable& table : tables)
    text += table_section(measurements, table);
  return text + skipped(measurements);
}

}  // namespace infersim::bars
