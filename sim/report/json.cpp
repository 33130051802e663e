#include "infersim/report/json.hpp"
#include "infersim/report/fields.hpp"

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include "infersim/report/assumptions.hpp"
#include "infersim/report/operators.hpp"
#include "report/api_section.hpp"
#include "report/placement_section.hpp"

namespace infersim {

namespace {

using Json = nlohmann::ordered_json;

constexpr int indent = 2;

Json as_json(const FieldValue& value) {
  return std::visit(
      [](const auto& v) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>) {
          return nullptr;
        } else {
          return v;
        }
      },
      value);
}

/// Puts `value` where a path like `plan.tp` points.
void put(Json& document, std::string_view path, Json value) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) {
    document[std::string(path)] = std::move(value);
  } else {
    put(document[std::string(path.substr(0, dot))], path.substr(dot + 1), std::move(value));
  }
}

void add_operators(Json& list, std::string_view phase, const StepBreakdown& step,
                   const Machine& machine) {
  for (const OperatorTime& op : operator_times(step, machine, Grouping::by_operator)) {
    list.push_back({{"phase", phase},
                    {"op", op.op},
                    {"class", op.op_class},
                    {"time_us", op.time / microsecond},
                    {"busy_us", op.busy / microsecond},
                    {"share", op.share},
                    {"bound", name(op.bound)},
                    {"compute_of_peak", op.compute_of_peak},
                    {"memory_of_peak", op.memory_of_peak},
                    {"on_chip_of_peak", op.on_chip_of_peak},
                    {"link_of_peak", op.link_of_peak}});
    if (op.on_host) list.back()["place"] = name(Place::host);
  }
}

/// `{"p10", "p90"}` of a field, in its unit.
Json spread_of(const Field& field, const Answer& answer) {
  const auto spread = field.spread(answer);
  const FieldValue value = field.read(answer);
  const auto* number = std::get_if<double>(&value);
  if (!spread || number == nullptr) return {{"p10", nullptr}, {"p90", nullptr}};
  return {{"p10", *number * spread->p10}, {"p90", *number * spread->p90}};
}

/// What was extrapolated, and from which residuals the intervals come.
void put_scope(Json& scope, const Answer& answer) {
  scope["extrapolations"] = Json::array();
  for (const Extrapolation& each : answer.best().accuracy.scope.extrapolations) {
    scope["extrapolations"].push_back(
        {{"what", each.what}, {"from", each.from}, {"to", each.to}, {"why", each.why}});
  }
  scope["residuals"] = Json::array();
  for (const Metric metric : serving_metrics) {
    const ServingResidual* residual = answer.residual(metric);
    if (residual == nullptr) continue;
    scope["residuals"].push_back({{"metric", name(metric)},
                                  {"regime", name(residual->regime)},
                                  {"framework", residual->framework},
                                  {"p10", residual->interval.p10},
                                  {"p90", residual->interval.p90},
                                  {"rows", residual->rows},
                                  {"median_error", residual->median_error},
                                  {"basis", name(residual->provenance.basis)},
                                  {"source", residual->provenance.source}});
  }
}

Json operators_of(const Answer& answer) {
  Json list = Json::array();
  const Scenario& scenario = answer.scenario;
  if (const auto& prefill = answer.best().prefill) {
    add_operators(list, "prefill", prefill->steps, scenario.prefill_machine);
  }
  if (const auto& decode = answer.best().decode) {
    add_operators(list, "decode", decode->steps, scenario.decode_machine);
  }
  return list;
}

Json entry_of(const Candidate& candidate, const Headline& headline) {
  const ParallelPlan& plan = candidate.plan;
  Json entry = {{"replicas", candidate.replicas},
                {"tp", plan.device_tp()},
                {"pp", plan.pp},
                {"dp", plan.device_dp()},
                {"ep", plan.ep},
                {"rank_tp", plan.tp},
                {"rank_dp", plan.dp},
                {"microbatches", plan.microbatches},
                {"batch", candidate.batch},
                {"tokens_per_s_per_device", candidate.tokens_per_device.base()},
                {"ttft_ms", nullptr},
                {"tpot_ms", nullptr},
                {"objectives_met", candidate.objectives_met}};
  if (headline.ttft) entry["ttft_ms"] = candidate.ttft / millisecond;
  if (headline.tpot) entry["tpot_ms"] = candidate.tpot / millisecond;
  return entry;
}

Json candidates_of(const Answer& answer) {
  Json list = Json::array();
  for (const Candidate& candidate : answer.planned.considered)
    list.push_back(entry_of(candidate, answer.best().headline));
  return list;
}

Json sizes_of(const Answer& answer) {
  Json list = Json::array();
  for (const SizeOption& size : answer.planned.sizes) {
    Json entry = {{"devices", size.devices}};
    entry.update(entry_of(size.candidate, answer.best().headline));
    entry["usd_per_mtok_output"] = nullptr;
    if (size.output) entry["usd_per_mtok_output"] = (*size.output * million_tokens).base();
    entry["chosen"] = size.chosen;
    list.push_back(std::move(entry));
  }
  return list;
}

Json assumptions_of(const Answer& answer) {
  Json list = Json::array();
  for (const Assumption& assumption : assumptions(answer.scenario, answer.best())) {
    list.push_back({{"key", assumption.key},
                    {"value", assumption.value},
                    {"basis", name(assumption.basis)},
                    {"source", assumption.source}});
  }
  return list;
}

Json settings_of(const Answer& answer) {
  Json list = Json::array();
  for (const AppliedSetting& setting : answer.scenario.set) {
    list.push_back({{"key", setting.key},
                    {"value", setting.value},
                    {"was", setting.was.empty() ? Json() : Json(setting.was)}});
  }
  return list;
}

/// Bytes that were computed as a mean, as a whole number.
Json whole_bytes(Bytes bytes) {
  const double whole = std::round(bytes.base());
  if (!(std::abs(whole) < 9e18)) return whole;
  return static_cast<std::int64_t>(whole);
}

/// Names and sources come from files: bytes that are no UTF-8 are replaced, not refused.
std::string dumped(const Json& document) {
  return document.dump(indent, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string json_answer(const Answer& answer) {
  Json document;
  for (const Field& field : fields())
    put(document, field.path, as_json(field.read(answer)));
  for (const Field& field : fields()) {
    if (field.spread == nullptr) continue;
    put(document, "interval." + std::string(field.path), spread_of(field, answer));
  }
  put_scope(document["scope"], answer);
  document["missed_objectives"] = answer.best().missed;
  document["operators"] = operators_of(answer);
  document["candidates"] = candidates_of(answer);
  document["sizes"] = sizes_of(answer);
  if (!answer.scenario.set.empty()) document["set"] = settings_of(answer);
  if (Json placement = detail::placement_json(answer); !placement.is_null()) {
    document["placement"] = std::move(placement);
  }
  document["api"] = detail::api_json(answer);
  document["assumptions"] = assumptions_of(answer);
  return dumped(document);
}

std::string json_infeasible(const Scenario& scenario, const Infeasible& infeasible) {
  Json document;
  document["schema"] = schema_version;
  document["version"] = version();
  document["hw"] = scenario.device.id;
  document["system"] = scenario.system.id;
  document["model"] = scenario.model.id;
  document["infeasible"] = {{"reason", infeasible.reason},
                            {"needed_bytes", nullptr},
                            {"available_bytes", nullptr},
                            {"hint", infeasible.hint},
                            {"no_answer", infeasible.no_answer}};
  if (infeasible.needed > Bytes{}) {
    document["infeasible"]["needed_bytes"] = whole_bytes(infeasible.needed);
    document["infeasible"]["available_bytes"] = whole_bytes(infeasible.available);
  }
  return dumped(document);
}

std::string json_comparison(const std::vector<std::string>& documents, const std::string& verdict) {
  Json document;
  document["schema"] = schema_version;
  document["version"] = version();
  document["results"] = Json::array();
  for (const std::string& text : documents)
    document["results"].push_back(Json::parse(text));
  document["verdict"] = verdict.empty() ? Json() : Json::parse(verdict);
  return dumped(document);
}

}  // namespace infersim
