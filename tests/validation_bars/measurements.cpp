#include "validation_bars/measurements.hpp"

#include <algorithm>

#include "infersim/core/catalog.hpp"
#include "infersim/core/diagnostic.hpp"

namespace infersim::bars {
namespace {

bool kept(const Sample& sample, const Filter& filter) {
  const bool among = std::find(filter.among.begin(), filter.among.end(),
                               sample.cell(filter.column)) != filter.among.end();
  return among != filter.excluded;
}

}  // namespace

std::string_view Sample::cell(std::string_view column) const {
  const auto found = table->column(column);
  return found ? table->cell(error.row - 1, *found) : std::string_view{};
}

Measurements::Measurements(const std::string& directory) {
  const std::vector<std::string> files = measured_files({directory});
  report_ = validate(files, Catalog{}, [](const std::string&) {});
  for (const std::string& file : files) {
    MeasuredTable table = load_measured_table(file);
    const std::string stem = table.stem();
    tables_.emplace(stem, std::move(table));
  }
  for (const auto& [key, series] : report_.series) {
    Samples& into = samples_[{key.data, key.metric}];
    for (const ErrorSample& error : series.samples)
      into.push_back({error, &tables_.at(key.data)});
  }
  for (auto& [what, samples] : samples_) {
    std::sort(samples.begin(), samples.end(),
              [](const Sample& a, const Sample& b) { return a.error.row < b.error.row; });
  }
}

const Samples& Measurements::samples(const std::string& data, Metric metric) const {
  static const Samples none;
  const auto found = samples_.find({data, metric});
  return found != samples_.end() ? found->second : none;
}

Samples Measurements::samples(const Bar& bar) const {
  Samples chosen;
  for (const std::string& data : bar.data) {
    for (const Sample& sample : samples(data, bar.metric)) {
      const bool all = std::all_of(bar.filters.begin(), bar.filters.end(),
                                   [&](const Filter& filter) { return kept(sample, filter); });
      if (all) chosen.push_back(sample);
    }
  }
  return chosen;
}

const std::string& Measurements::file(const std::string& data) const {
  const auto found = tables_.find(data);
  if (found == tables_.end()) throw InputError("no table " + data + ".csv among the measurements");
  return found->second.path();
}

ErrorStatistics statistics_of(const Samples& samples) {
  std::vector<ErrorSample> errors;
  errors.reserve(samples.size());
  for (const Sample& sample : samples)
    errors.push_back(sample.error);
  return error_statistics(errors);
}

}  // namespace infersim::bars
