#include "validation_bars/measure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace infersim::bars {
namespace {

constexpr std::string_view in_sample_how = "in sample";

LeftOutError error_of(const Samples& samples) {
  const ErrorStatistics s = statistics_of(samples);
  return {s.rows, s.median_ape, s.mean_ape, s.p90_ape, s.bias, s.coverage};
}

/// Ids of devices by the names that tables have for them.
std::string device_id(const Samples& samples, CatalogNames& names) {
  const auto& chip = names.chip(samples.front().cell("chip"), samples.front().cell("framework"));
  return chip ? chip->device.id : std::string();
}

std::optional<LeftOutError> operator_folds(const Bar& bar, const std::string& device,
                                           const LeftOut& left_out) {
  for (const OperatorFolds& each : left_out.operators) {
    if (each.chip == device && each.kernel == bar.kernel && each.format == bar.format &&
        each.framework == "*") {
      return each.folds;
    }
  }
  return std::nullopt;
}

std::optional<LeftOutError> serving_folds(const Bar& bar, const std::string& chip,
                                          const LeftOut& left_out) {
  const std::string wanted = chip.empty() ? "*" : chip;
  for (const ServingFolds& each : left_out.serving) {
    if (each.folds == bar.folds && each.metric == name(bar.metric) && each.data == bar.data[0] &&
        each.chip == wanted) {
      return each.error;
    }
  }
  return std::nullopt;
}

/// A line for samples of a bar, which are of one chip or of all.
Result line_of(const Bar& bar, const std::string& chip, Samples samples, const Sources& sources) {
  Result result;
  result.bar = &bar;
  result.chip = chip;
  result.what = chip.empty() ? bar.what : bar.what + ", " + chip;
  result.how = in_sample_how;
  if (samples.empty()) return result;
  result.in_sample = error_of(samples);
  if (bar.kind == BarKind::serving) {
    result.left_out = serving_folds(bar, chip, sources.left_out);
    if (result.left_out) result.how = "left out: " + bar.folds;
  } else if (!bar.kernel.empty() && !chip.empty()) {
    result.left_out = operator_folds(bar, device_id(samples, sources.names), sources.left_out);
    if (result.left_out) result.how = "5 folds by shape";
  }
  result.samples = std::move(samples);
  return result;
}

std::vector<Result> lines_of(const Bar& bar, const Sources& sources) {
  const Samples samples = sources.measurements.samples(bar);
  if (!bar.each_chip) return {line_of(bar, "", samples, sources)};
  std::vector<Result> results;
  for (auto& [chip, part] :
       parts_of(samples, [](const Sample& each) { return std::string(each.cell("chip")); }))
    results.push_back(line_of(bar, chip, part, sources));
  return results;
}

/// Chips that the rest of their family predicts, and chips that another family does.
std::vector<Result> left_out_chips(const Bar& bar, const LeftOut& left_out) {
  std::vector<Result> results;
  const auto add = [&](const std::string& chip, const std::string& what, const std::string& how,
                       const LeftOutError& error) {
    Result result;
    result.bar = &bar;
    result.chip = chip;
    result.part = what;
    std::ranges::replace(result.part, ' ', '-');
    result.what = fmt::format("{}: {}, {}", bar.what, what, chip);
    result.how = how;
    result.left_out = error;
    results.push_back(std::move(result));
  };
  for (const OperatorFolds& each : left_out.operators) {
    if (!each.chip_left_out || each.framework != "*") continue;
    const std::string format = each.format == "*" ? "" : " " + each.format;
    add(each.chip, each.kernel + format, "fit of its family's other chips", *each.chip_left_out);
  }
  for (const ForeignChip& each : left_out.foreign)
    add(each.chip, each.kernel, "fit of " + each.family, each.error);
  if (results.empty()) {
    Result none;
    none.bar = &bar;
    none.what = bar.what;
    none.how = "-";
    results.push_back(std::move(none));
  }
  return results;
}

bool within(const LeftOutError& error, const Limits& limits) {
  if (limits.median && !(error.median <= *limits.median)) return false;
  if (limits.mean && !(error.mean <= *limits.mean)) return false;
  if (!limits.least_coverage) return true;
  return error.coverage && *error.coverage >= *limits.least_coverage &&
         *error.coverage <= limits.most_coverage.value_or(1.0);
}

}  // namespace

Result::Verdict Result::verdict() const {
  if (seconds) {
    return *seconds <= bar->limits.seconds.value_or(0.0) ? Verdict::pass : Verdict::miss;
  }
  // What is asked of models or chips that were left out cannot be told from rows that were fitted.
  const bool folds_only = !bar->folds.empty() && bar->folds != "rows";
  const auto& judged = left_out || folds_only ? left_out : in_sample;
  if (!judged) return Verdict::not_measured;
  return within(*judged, bar->limits) ? Verdict::pass : Verdict::miss;
}

std::string Result::id() const {
  std::string id = bar->id;
  for (const std::string& each : {part, chip})
    id += each.empty() ? "" : "-" + each;
  return id;
}

std::vector<Result> measure(const Bar& bar, const Sources& sources) {
  switch (bar.kind) {
    case BarKind::operators:
    case BarKind::serving: return lines_of(bar, sources);
    case BarKind::chip_left_out: return left_out_chips(bar, sources.left_out);
    case BarKind::speed: break;
  }
  Result result;
  result.bar = &bar;
  result.what = bar.what;
  result.how = "one thread of the machine that wrote this";
  result.seconds = sources.time(sources.measurements.file(bar.data.front()));
  return {result};
}

}  // namespace infersim::bars
