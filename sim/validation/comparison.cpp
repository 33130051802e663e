#include "validation/comparison.hpp"

#include <cmath>

#include <fmt/format.h>

#include "infersim/calibration/operator_cost.hpp"
#include "infersim/calibration/power_reading.hpp"
#include "infersim/validation/serving_prediction.hpp"

namespace infersim::detail {
namespace {

/// Nothing is moved among one rank, and a row may have absurd figures.
constexpr const char* no_prediction = "the prediction is no finite figure above zero";

bool comparable(const ErrorSample& sample) {
  return sample.predicted > 0 && std::isfinite(sample.predicted);
}

bool same(const MeasuredLabels& a, const MeasuredLabels& b) {
  return a.chip == b.chip && a.model == b.model && a.framework == b.framework && a.op == b.op &&
         a.dtype == b.dtype;
}

ErrorLabels copy_of(const MeasuredLabels& labels) {
  return {std::string(labels.chip), std::string(labels.model), std::string(labels.framework),
          std::string(labels.op), std::string(labels.dtype)};
}

/// Compares the rows of one table. Neighbours mostly have the same labels, so what follows from
/// these is kept from one row to the next.
class OperatorComparison {
 public:
  OperatorComparison(const OperatorRows& rows, CatalogNames& names, Comparisons& into)
      : rows_(rows), names_(names), into_(into), data_(rows.table.stem()) {
    metric_ = data_.ends_with("_power") ? Metric::power : Metric::latency;
  }

  void run() {
    for (const MeasuredOperator& op : rows_.rows)
      compare(op);
    for (const RejectedOperator& rejected : rows_.rejected)
      skip(rejected.labels, rejected.reason);
  }

 private:
  void enter(const MeasuredLabels& labels) {
    if (series_ != nullptr && same(labels, labels_)) return;
    labels_ = labels;
    series_ = &into_.series[{data_, metric_, copy_of(labels)}];
    chip_ = &names_.chip(labels.chip, labels.framework);
  }

  void skip(const MeasuredLabels& labels, const std::string& reason) {
    enter(labels);
    ++series_->skipped;
    ++into_.skipped[{rows_.table.path(), reason}];
  }

  void compare(const MeasuredOperator& op) {
    enter(op.labels);
    if (!*chip_) return skip(op.labels, chip_->error());
    const MeasuredChip& chip = **chip_;
    if (metric_ == Metric::power && (!op.power || *op.power <= Watts{})) {
      return skip(op.labels, "no power_w");
    }
    const Machine& machine = runs_as_decode(op) ? chip.decode : chip.prefill;
    const auto cost = predict(op, machine);
    if (!cost) return skip(op.labels, cost.error());
    ErrorSample sample;
    sample.interval = operator_interval(op, chip.device, machine.efficiency, metric_);
    sample.row = op.row;
    if (metric_ == Metric::power) {
      sample.measured = op.power->base();
      sample.predicted = chip.device.ranks * power_reading(op, *cost, machine).base();
    } else {
      sample.measured = op.latency.base();
      sample.predicted = cost->time.base();
    }
    if (!comparable(sample)) return skip(op.labels, no_prediction);
    series_->samples.push_back(sample);
  }

  const OperatorRows& rows_;
  CatalogNames& names_;
  Comparisons& into_;
  std::string data_;
  Metric metric_;
  MeasuredLabels labels_;
  ErrorSeries* series_ = nullptr;
  const CatalogNames::Found<MeasuredChip>* chip_ = nullptr;
};

/// Those that tables of serving runs have.
constexpr Metric tabled_metrics[] = {Metric::ttft, Metric::tpot, Metric::tokens_per_s_per_device};

class ServingComparison {
 public:
  ServingComparison(const MeasuredTable& table, CatalogNames& names, Comparisons& into)
      : file_(table.path()), data_(table.stem()), names_(names), into_(into) {}

  void compare(const ServingPoint& point) {
    const auto& chip = names_.chip(point.chip, point.framework, point.source);
    if (!chip) return skip(point, chip.error());
    const auto& model = names_.model(point.model);
    if (!model) return skip(point, model.error());
    const auto predicted = predict_point(point, *chip, *model);
    if (!predicted) return skip(point, predicted.error().reason);
    add(point, Metric::ttft,
        {point.ttft.base(), predicted->ttft.base(), predicted->ttft_interval, point.row});
    add(point, Metric::tpot,
        {point.tpot.base(), predicted->tpot.base(), predicted->tpot_interval, point.row});
    auto measured = counted_tokens_per_device(point);
    if (!measured) measured = tokens_per_device(point, point.ttft, point.tpot);
    const auto& tokens = predicted->tokens;
    if (measured && tokens && measured->base() > 0) {
      add(point, Metric::tokens_per_s_per_device,
          {measured->base(), tokens->base(), predicted->tokens_interval, point.row});
    }
  }

  void skip(const ServingPoint& point, const std::string& reason) {
    for (const Metric metric : tabled_metrics)
      ++series_of(point, metric).skipped;
    ++into_.skipped[{file_, reason}];
  }

 private:
  ErrorSeries& series_of(const ServingPoint& point, Metric metric) {
    return into_
        .series[{data_, metric, {point.chip, point.model, point.framework, "*", point.precision}}];
  }

  void add(const ServingPoint& point, Metric metric, const ErrorSample& sample) {
    series_of(point, metric).samples.push_back(sample);
  }

  std::string file_;
  std::string data_;
  CatalogNames& names_;
  Comparisons& into_;
};

}  // namespace

void compare_operators(const OperatorRows& rows, CatalogNames& names, Comparisons& into) {
  OperatorComparison(rows, names, into).run();
}

void compare_serving(const MeasuredTable& table, const ServingPoints& points, CatalogNames& names,
                     Comparisons& into) {
  ServingComparison comparison(table, names, into);
  for (const ServingPoint& point : points.points)
    comparison.compare(point);
  for (const RejectedPoint& rejected : points.rejected)
    comparison.skip(rejected.point, rejected.reason);
}

}  // namespace infersim::detail
