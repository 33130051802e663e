#include "validation_bars/left_out.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>

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
  return {from.at("rows").get<std::size_t>(), from.at("median_ape").get<double>(),
          from.at("mean_ape").get<double>(),  optional_number(from, "p90_ape"),
          optional_number(from, "bias"),      {}};
}

OperatorFolds operator_folds(const Json& group) {
  OperatorFolds folds{group.at("chip"),      group.at("class"),       group.at("format"),
                      group.at("framework"), calibrated_error(group), {}};
  if (group.contains("chip_left_out")) {
    folds.chip_left_out = calibrated_error(group.at("chip_left_out"));
  }
  return folds;
}

/// What one calibration says: of a chip that it left out, else of folds. Fits without a chip have
/// folds of their own, which say nothing of the parameters that are committed.
void add_calibration(const Json& document, LeftOut& into) {
  const auto left_out = document.find("left_out");
  if (left_out == document.end()) {
    for (const Json& group : document.at("groups"))
      into.operators.push_back(operator_folds(group));
    return;
  }
  for (const Json& each : left_out->at("errors")) {
    const std::string what = each.at("what");
    if (what.find(' ') != std::string::npos) continue;  // of one format and framework
    into.foreign.push_back(
        {left_out->at("chip"), left_out->at("family"), what, calibrated_error(each)});
  }
}

/// JSON documents of a directory whose names begin so, sorted.
std::vector<std::filesystem::path> documents(const std::filesystem::path& directory,
                                             std::string_view start) {
  std::vector<std::filesystem::path> files;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(directory, absent)) {
    const bool named = entry.path().filename().string().starts_with(start);
    if (named && entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
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
  for (const std::filesystem::path& file : documents(directory / "calibration", ""))
    read_document(file, [&](const Json& document) { add_calibration(document, result); });
  for (const std::filesystem::path& file : documents(directory, "serving_")) {
    read_document(file, [&](const Json& document) {
      for (const Json& each : document) {
        // Bars are for all frameworks together.
        if (each.value("framework", "*") == "*") result.serving.push_back(serving_folds(each));
      }
    });
  }
  return result;
}

}  // namespace infersim::bars
