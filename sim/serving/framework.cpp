#include "infersim/serving/framework.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/core/toml_reader.hpp"
#include "serving/named.hpp"

namespace infersim {
namespace {

struct NumberKey {
  std::string_view key;
  std::optional<double> SchedulerSettings::*member;
  double least;
  double most;
};

struct TimeKey {
  std::string_view key;
  std::optional<Seconds> SchedulerSettings::*member;
};

constexpr NumberKey number_keys[] = {
    {"budget", &SchedulerSettings::budget, 1, 1e9},
    {"max_seqs", &SchedulerSettings::max_seqs, 1, 1e7},
    {"recv_interval", &SchedulerSettings::recv_interval, 1, 1e4},
    {"gather", &SchedulerSettings::gather, 0, 1e4},
    {"lag", &SchedulerSettings::lag, 0, 10},
};

constexpr TimeKey time_keys[] = {
    {"front_latency", &SchedulerSettings::front_latency},
    {"stall", &SchedulerSettings::stall},
};

SchedulerSettings read_settings(TableReader& table) {
  SchedulerSettings settings;
  if (table.has("prefill")) {
    settings.mixed = table.one_of("prefill", {"mixed", "exclusive"}) == "mixed";
  }
  settings.split = table.optional_boolean("split");
  for (const NumberKey& number : number_keys) {
    settings.*number.member = table.optional_number(number.key, number.least, number.most);
  }
  for (const TimeKey& time : time_keys) {
    settings.*time.member = table.optional_quantity<Seconds>(time.key);
  }
  return settings;
}

void read_effects(TableReader& table, StepEffects& effects) {
  const auto share = [&](std::string_view key, double& value) {
    value = table.optional_number(key, 0.0, 4.0).value_or(value);
  };
  share("kernel_latency", effects.kernel_latency);
  share("expert_latency", effects.expert_latency);
  share("link_latency", effects.link_latency);
  effects.pass_latency = table.optional_quantity<Seconds>("pass_latency");
  effects.stretch = table.optional_number("stretch", 0.25, 4.0).value_or(effects.stretch);
}

constexpr std::array all_roles = {ServingRole::engine, ServingRole::prefill_pool,
                                  ServingRole::decode_pool};

SchedulerRule read_rule(TableReader& table, const Provenance& inherited) {
  SchedulerRule rule;
  rule.families = table.optional_texts("families");
  rule.model = table.optional_text("model").value_or("");
  rule.attention_dp = table.optional_boolean("attention_dp");
  if (const auto tp = table.optional_integer("tp_below", {.least = 2})) {
    rule.tp_below = static_cast<int>(*tp);
  }
  rule.isl_most = table.optional_number("isl_most", 1);
  rule.osl_most = table.optional_number("osl_most", 1);
  rule.benchmark = table.optional_text("benchmark").value_or("");
  if (table.has("role")) rule.role = detail::read_named(table, "role", all_roles);
  rule.settings = read_settings(table);
  rule.provenance = table.provenance(&inherited);
  table.finish();
  return rule;
}

}  // namespace

std::string_view name(ServingRole role) {
  switch (role) {
    case ServingRole::engine: return "engine";
    case ServingRole::prefill_pool: return "prefill pool";
    case ServingRole::decode_pool: return "decode pool";
  }
  return "engine";
}

void SchedulerSettings::apply(Scheduler& scheduler) const {
  const auto set = [](const auto& given, auto& field) {
    if (given) field = *given;
  };
  set(mixed, scheduler.mixed);
  set(split, scheduler.split);
  set(budget, scheduler.budget);
  set(max_seqs, scheduler.max_seqs);
  set(recv_interval, scheduler.recv_interval);
  set(gather, scheduler.gather);
  set(lag, scheduler.lag);
  set(front_latency, scheduler.front_latency);
  set(stall, scheduler.stall);
}

bool SchedulerRule::holds(const ServingSituation& situation) const {
  return (families.empty() || detail::contains(families, situation.family)) &&
         fold_name(situation.model).starts_with(fold_name(model)) &&
         (!attention_dp || *attention_dp == situation.attention_dp) &&
         (!tp_below || situation.tp < *tp_below) && (!isl_most || situation.isl <= *isl_most) &&
         (!osl_most || situation.osl <= *osl_most) &&
         (benchmark.empty() || fold_name(benchmark) == fold_name(situation.benchmark)) &&
         (!role || *role == situation.role);
}

HostOverhead Framework::host(Seconds by_class) const {
  return {step.value_or(by_class), per_layer_launch, per_sequence, graph_tokens, per_layer_replay};
}

Scheduler Framework::scheduler(const ServingSituation& situation, double budget) const {
  Scheduler scheduler;
  scheduler.budget = budget;
  settings.apply(scheduler);
  for (const SchedulerRule& rule : rules) {
    if (rule.holds(situation)) rule.settings.apply(scheduler);
  }
  return scheduler;
}

MemoryPolicy Framework::memory_policy(const MemorySituation& situation, double step_tokens) const {
  if (memory) return memory->policy(situation);
  MemoryPolicy policy;
  policy.step_tokens = step_tokens;
  return policy;
}

const ServingResidual* residual_of(const Framework& framework, Regime regime, Metric metric) {
  for (const Regime each : all_regimes) {
    if (each < regime) continue;
    const auto found = std::find_if(
        framework.residuals.begin(), framework.residuals.end(),
        [&](const ServingResidual& r) { return r.regime == each && r.metric == metric; });
    if (found != framework.residuals.end()) return &*found;
  }
  return nullptr;
}

std::optional<Interval> interval(const Framework& framework, Regime regime, Metric metric,
                                 const std::vector<Beyond>& beyond) {
  const ServingResidual* residual = residual_of(framework, regime, metric);
  if (residual == nullptr) return std::nullopt;
  Interval result = residual->interval;
  for (const Beyond each : beyond) {
    const auto found =
        std::find_if(framework.widenings.begin(), framework.widenings.end(),
                     [&](const Widening& w) { return w.beyond == each && w.metric == metric; });
    if (found == framework.widenings.end()) continue;
    result.p10 *= found->factor.p10;
    result.p90 *= found->factor.p90;
  }
  return result;
}

namespace {

/// A description of a framework on one family, or of its plain launch, bears its name.
void read_variant(TableReader& root, Framework& framework) {
  const auto named = [&](std::string_view variant, std::string_view what) {
    const std::string expected = fmt::format("{}-{}", root.text("framework"), variant);
    if (framework.id != expected) {
      root.fault("id", fmt::format("is not that of this framework {}", what), expected);
    }
  };
  if (const auto family = root.optional_text("family")) {
    framework.family = *family;
    named(*family, "on this family");
  } else if (root.has("tuning")) {
    framework.tuning = detail::read_named(root, "tuning", all_tunings);
    framework.launched_by = root.optional_texts("launched_by");
    named(name(framework.tuning), "as it is launched");
  }
}

std::vector<EngineKind> read_engines(TableReader& root) {
  std::vector<EngineKind> engines;
  for (const std::string& text : root.optional_texts("engines")) {
    const auto found = std::find_if(all_engine_kinds.begin(), all_engine_kinds.end(),
                                    [&](EngineKind kind) { return name(kind) == text; });
    if (found != all_engine_kinds.end()) {
      engines.push_back(*found);
    } else {
      root.fault("engines", quote(text) + " is no kind of engine",
                 "kinds: " + join(detail::names_of(all_engine_kinds)));
    }
  }
  return engines;
}

}  // namespace

std::string_view name(Tuning tuning) { return tuning == Tuning::plain ? "plain" : "tuned"; }

Framework load_framework(std::string_view toml, const std::string& path) {
  Diagnostics faults;
  TomlDocument document(toml, path, faults);
  TableReader root = document.root();
  Framework framework;
  framework.path = path;
  framework.id = root.text("id");
  framework.description = framework.id;
  read_variant(root, framework);
  framework.aliases = root.optional_texts("aliases");
  framework.name = root.text("name");
  framework.engines = read_engines(root);
  framework.head_as_weights = root.optional_boolean("head_as_weights").value_or(false);
  TableReader host = root.table("host");
  framework.step = host.optional_quantity<Seconds>("step");
  framework.per_layer_launch =
      host.optional_quantity<Seconds>("per_layer_launch").value_or(Seconds{});
  framework.graph_tokens = host.optional_number("graph_tokens", 0, 1e6).value_or(0);
  framework.per_layer_replay =
      host.optional_quantity<Seconds>("per_layer_replay").value_or(Seconds{});
  framework.per_sequence = host.optional_quantity<Seconds>("per_sequence").value_or(Seconds{});
  read_effects(host, framework.steps);
  framework.host_provenance = host.provenance();
  host.finish();
  TableReader scheduler = root.table("scheduler");
  framework.settings = read_settings(scheduler);
  framework.provenance = scheduler.provenance();
  for (TableReader& table : scheduler.tables("when")) {
    framework.rules.push_back(read_rule(table, framework.provenance));
  }
  scheduler.finish();
  if (root.has("memory")) {
    TableReader memory = root.table("memory");
    framework.memory = read_memory(memory);
  }
  framework.points = read_points(root);
  framework.residuals = read_residuals(root, framework.id);
  framework.widenings = read_widenings(root, framework.id);
  root.finish();
  faults.throw_if_any();
  return framework;
}

}  // namespace infersim
