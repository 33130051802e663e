#include "validation_bars/left_out.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

#include "infersim/core/diagnostic.hpp"

namespace infersim::bars {
namespace {

using Json = nlohmann::json;

std::optional<double> optional_number(const Json& from, const char* key) {
  const auto found = from.find(key);
  if (found == from.end() || found->is_null()) return std::nullopt;
  return found->get<double>();
}

/// As `infersim calibrate` names its figures.
LeftOutError calibrated_error(const Json& from) {
  return {from.at("rows").get<std::size_t>(),
          from.at("median_ape").get<double>(),
          from.at("mean_ape").get<double>(),
          optional_number(from, "p90_ape"),
          optional_number(from, "bias"),
          {}};
}

OperatorFolds operator_folds(const Json& group) {
  OperatorFolds folds{group.at("chip"),      group.at("class"),       group.at("format"),
                      group.at("framework"), calibrated_error(group), {}};
  if (group.contains("chip_left_out")) {
    folds.chip_left_out = calibrated_error(group.at("chip_left_out"));
  }
  return folds;
}

/// `[{"chip", "family", "left_out": [{"what", errors}]}]`, a run each.
void add_foreign(const Json& run, std::vector<ForeignChip>& all) {
  for (const Json& each : run.at("left_out"))
    all.push_back({run.at("chip"), run.at("family"), each.at("what"), calibrated_error(each)});
}

ServingFolds serving_folds(const Json& each) {
  return {each.at("folds"),
          each.value("data", "agg"),
          each.at("metric"),
          each.value("chip", "*"),
          {each.at("rows").get<std::size_t>(), each.at("median").get<double>(),
           each.at("mean").get<double>(), optional_number(each, "p90"),
           optional_number(each, "bias"), optional_number(each, "coverage")}};
}

template <class Read>
void read_document(const std::filesystem::path& path, const Read& read) {
  std::ifstream file(path);
  if (!file) return;
  try {
    read(Json::parse(file));
  } catch (const Json::exception& error) {
    throw InputError(path.string() + ": " + error.what(), "see left_out.hpp for its form");
  }
}

}  // namespace

LeftOut read_left_out(const std::filesystem::path& directory) {
  LeftOut result;
  read_document(directory / "cross_validation.json", [&](const Json& document) {
    for (const Json& group : document.at("groups"))
      result.operators.push_back(operator_folds(group));
  });
  read_document(directory / "left_out.json", [&](const Json& document) {
    for (const Json& run : document)
      add_foreign(run, result.foreign);
  });
  read_document(directory / "serving_cv.json", [&](const Json& document) {
    for (const Json& each : document)
      result.serving.push_back(serving_folds(each));
  });
  return result;
}

}  // namespace infersim::bars
