#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/explore/baseline.hpp"

namespace infersim {
namespace {

using Json = nlohmann::ordered_json;

/// Seven digits: what differs by less has not moved, and compilers may.
double rounded(double value) { return std::stod(fmt::format("{:.7g}", value)); }

Json numbers(const std::map<std::string, double>& values) {
  Json json = Json::object();
  for (const auto& [key, value] : values)
    json[key] = rounded(value);
  return json;
}

}  // namespace

std::string write_answers(const BaselineAnswers& answers) {
  std::string text =
      fmt::format("{{\n\"version\": {},\n\"answers\": {{\n", Json(answers.version).dump());
  std::string between;
  for (const auto& [name, answer] : answers.answers) {
    Json json;
    if (answer.refused.empty()) {
      json["plan"] = answer.plan;
      json["predicted"] = numbers(answer.predicted);
      json["operators_us"] = numbers(answer.operators);
    } else {
      json["refused"] = answer.refused;
    }
    json["descriptions"] = answer.descriptions;
    text += fmt::format("{}{}: {}", between, Json(name).dump(), json.dump());
    between = ",\n";
  }
  text += "\n},\n\"descriptions\": {\n";
  between.clear();
  for (const auto& [name, digest] : answers.digests) {
    text += fmt::format("{}{}: {}", between, Json(name).dump(), Json(digest).dump());
    between = ",\n";
  }
  return text + "\n}\n}\n";
}

BaselineAnswers read_answers(const std::string& json, const std::string& path) {
  BaselineAnswers result;
  try {
    const Json document = Json::parse(json);
    result.version = document.at("version").get<std::string>();
    for (const auto& [name, kept] : document.at("answers").items()) {
      BaselineAnswer& answer = result.answers[name];
      answer.refused = kept.value("refused", "");
      answer.plan = kept.value("plan", "");
      if (kept.contains("predicted")) {
        answer.predicted = kept.at("predicted").get<std::map<std::string, double>>();
        answer.operators = kept.at("operators_us").get<std::map<std::string, double>>();
      }
      answer.descriptions = kept.at("descriptions").get<std::vector<std::string>>();
    }
    result.digests = document.at("descriptions").get<std::map<std::string, std::string>>();
  } catch (const Json::exception& error) {
    throw InputError(fmt::format("{}: is no document of answers: {}", path, error.what()),
                     "`infersim check FILE --update` writes it anew");
  }
  return result;
}

}  // namespace infersim
