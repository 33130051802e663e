#include "infersim/report/metric_fields.hpp"

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/report/fields.hpp"

namespace infersim {
namespace {

std::string_view last_part(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

}  // namespace

std::vector<const Field*> metric_fields() {
  std::vector<const Field*> found;
  for (const Field& field : fields()) {
    if (field.role == FieldRole::metric) found.push_back(&field);
  }
  return found;
}

const Field& metric_field(std::string_view name, std::string_view option) {
  const std::vector<const Field*> all = metric_fields();
  std::vector<std::string> names;
  const Field* ending = nullptr;
  bool several = false;
  for (const Field* field : all) {
    if (field->path == name) return *field;
    names.emplace_back(field->path);
    if (last_part(field->path) != name) continue;
    several = ending != nullptr;
    ending = field;
  }
  if (ending != nullptr && !several) return *ending;
  const std::string near = did_you_mean(name, names, offered_names);
  throw InputError(fmt::format("{}: {} is {}", option, quote(std::string(name)),
                               several ? "the end of several keys" : "no figure that comes out"),
                   near.empty()
                       ? "keys of `run --json`, for example tpot_ms or cost.usd_per_mtok_output"
                       : near);
}

std::optional<double> metric_value(const Field& field, const Answer& answer) {
  const FieldValue value = field.read(answer);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* count = std::get_if<std::int64_t>(&value)) return static_cast<double>(*count);
  return std::nullopt;
}

std::string field_text(std::string_view path, const Answer& answer) {
  for (const Field& field : fields()) {
    if (field.path != path) continue;
    const FieldValue value = field.read(answer);
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr ? std::string{} : *text;
  }
  return {};
}

}  // namespace infersim
