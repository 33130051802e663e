#include "validation_bars/other_program.hpp"

#include <map>
#include <optional>

#include "infersim/core/diagnostic.hpp"
#include "infersim/validation/serving_point.hpp"

namespace infersim::bars {
namespace {

struct Answer {
  Seconds ttft;
  Seconds tpot;
};

std::size_t needed_column(const MeasuredTable& table, std::string_view name) {
  const auto column = table.column(name);
  if (!column) throw InputError(table.path() + ": has no column " + std::string(name));
  return *column;
}

std::map<std::string, Answer, std::less<>> read_answers(const MeasuredTable& table) {
  const std::size_t id = needed_column(table, "id");
  const std::size_t ttft = needed_column(table, "aic_ttft_ms");
  const std::size_t tpot = needed_column(table, "aic_tpot_ms");
  Diagnostics faults;
  std::map<std::string, Answer, std::less<>> answers;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto first = number_in(table, row, ttft, faults);
    const auto next = number_in(table, row, tpot, faults);
    if (first && next && *first > 0 && *next > 0) {
      answers[std::string(table.cell(row, id))] = {*first * millisecond, *next * millisecond};
    }
  }
  faults.throw_if_any();
  return answers;
}

std::optional<double> figure(const Answer& answer, const ServingPoint& point, Metric metric) {
  switch (metric) {
    case Metric::ttft: return answer.ttft.base();
    case Metric::tpot: return answer.tpot.base();
    default: break;
  }
  const auto tokens = tokens_per_device(point, answer.ttft, answer.tpot);
  if (!tokens) return std::nullopt;
  return tokens->base();
}

}  // namespace

BesideOther beside_other(const Measurements& measurements, Metric metric,
                         const std::filesystem::path& answers_file) {
  BesideOther result;
  const Samples& samples = measurements.samples("agg", metric);
  if (samples.empty() || !std::filesystem::exists(answers_file)) return result;
  const auto answers = read_answers(load_measured_table(answers_file.string()));
  const ServingPoints points = read_serving_points(*samples.front().table);
  std::map<std::size_t, const ServingPoint*> by_row;
  for (const ServingPoint& point : points.points)
    by_row[point.row] = &point;
  for (const Sample& sample : samples) {
    const auto answer = answers.find(sample.cell("id"));
    if (answer == answers.end()) continue;
    const auto predicted = figure(answer->second, *by_row.at(sample.error.row), metric);
    if (!predicted) continue;
    Sample other = sample;
    other.error.predicted = *predicted;
    other.error.interval = {};
    result.ours.push_back(sample);
    result.other.push_back(other);
  }
  return result;
}

}  // namespace infersim::bars
