#include "infersim/report/framework_card.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"
#include "report/entries.hpp"
#include "report/figures.hpp"

namespace infersim {

namespace {

using detail::figure;
using detail::from;

/// The settings that are given, as figures under `prefix`.
CardSection settings_section(const std::string& title, const std::string& prefix,
                             const SchedulerSettings& settings, const Provenance& provenance) {
  CardSection section;
  section.title = title;
  const auto add = [&](const char* key, const char* label, const auto& value) {
    if (value) section.figures.push_back(from(figure(prefix + key, label, *value), provenance));
  };
  const auto add_choice = [&](const char* key, const char* label, const std::optional<bool>& value,
                              const char* yes, const char* no) {
    if (!value) return;
    section.figures.push_back(
        from({prefix + key, label, *value ? yes : no, *value ? 1.0 : 0.0, "", std::nullopt},
             provenance));
  };
  add_choice("prefill", "prefill", settings.mixed, "mixed into decode steps", "exclusive");
  add_choice("split", "prompts split", settings.split, "yes", "no");
  add("budget", "new tokens of a step", settings.budget);
  add("max_seqs", "sequences at once", settings.max_seqs);
  add("recv_interval", "steps between looks", settings.recv_interval);
  add("gather", "steps of gathering", settings.gather);
  add("lag", "steps of lag", settings.lag);
  add("front_latency", "front end", settings.front_latency);
  add("stall", "stall of first wave", settings.stall);
  return section;
}

/// The settings of memory that are given, as figures under `prefix`.
CardSection memory_section(const std::string& title, const std::string& prefix,
                           const MemorySettings& settings, const Provenance& provenance) {
  CardSection section;
  section.title = title;
  const auto add = [&](const char* key, const char* label, const auto& value) {
    if (value) section.figures.push_back(from(figure(prefix + key, label, *value), provenance));
  };
  add("share", "share", settings.share);
  add("tokens", "tokens of a trial step", settings.tokens);
  add("sequences", "sequences it samples", settings.sequences);
  add("logit_copies", "logits held, in copies", settings.logit_copies);
  add("expert_tokens", "tokens of experts at once", settings.expert_tokens);
  add("states", "states set aside", settings.states);
  add("driver", "driver", settings.driver);
  add("context", "context", settings.context);
  add("links", "buffers of collectives", settings.links);
  add("graphs", "captured graphs", settings.graphs);
  add("spare", "spared", settings.spare);
  add("spare_per_token", "spared for a token", settings.spare_per_token);
  add("spare_per_sequence", "spared for a sequence", settings.spare_per_sequence);
  add("spare_per_rank", "spared for a rank", settings.spare_per_rank);
  add("spare_least", "spared at least", settings.spare_least);
  return section;
}

std::string condition(const MemoryRule& rule) {
  std::vector<std::string> parts;
  if (!rule.families.empty()) parts.push_back("on " + join(rule.families));
  if (!rule.model.empty()) parts.push_back("models *" + rule.model + "*");
  if (rule.tp_below) parts.push_back(fmt::format("tp under {}", *rule.tp_below));
  if (rule.capacity_least) parts.push_back("from " + show(*rule.capacity_least));
  if (!rule.version_below.empty()) parts.push_back("before " + rule.version_below);
  return "Memory, " + join(parts);
}

std::string_view pool_text(PoolShare pool) {
  switch (pool) {
    case PoolShare::all: return "all memory, less weights, steps and context";
    case PoolShare::fixed: return "all memory, less weights";
    case PoolShare::rest: break;
  }
  return "what weights, steps and context leave";
}

void add_memory(Card& card, const FrameworkMemory& memory) {
  card.sections.push_back(memory_section("Memory", "memory.", memory.settings, memory.provenance));
  CardSection& first = card.sections.back();
  first.notes.push_back(
      fmt::format("the KV cache's pool is a share of {}", pool_text(memory.pool)));
  for (std::size_t i = 0; i < memory.rules.size(); ++i) {
    const MemoryRule& rule = memory.rules[i];
    card.sections.push_back(memory_section(condition(rule), fmt::format("memory.when[{}].", i),
                                           rule.settings, rule.provenance));
  }
}

/// On what it was measured, and how far that was from what is predicted.
CardSection residual_section(const Framework& framework) {
  CardSection section;
  section.title = "Measured over predicted, P10 to P90";
  for (const ServingResidual& residual : framework.residuals) {
    const Interval& interval = residual.interval;
    const std::string key =
        fmt::format("residual.{}.{}", name(residual.regime), name(residual.metric));
    const std::string text = fmt::format("{} to {}, {} points", digits(interval.p10, 2),
                                         digits(interval.p90, 2), residual.rows);
    section.figures.push_back(
        from({key, fmt::format("{} {}", name(residual.regime), name(residual.metric)), text,
              residual.median_error, "", std::nullopt},
             residual.provenance));
  }
  const MeasuredPoints& points = framework.points;
  if (points.chips.empty()) {
    section.notes.emplace_back("no server of it was measured");
  } else {
    section.notes.push_back("chips: " + join(points.chips));
    section.notes.push_back("models: " + join(points.models));
  }
  return section;
}

std::string condition(const SchedulerRule& rule) {
  std::vector<std::string> parts;
  if (!rule.families.empty()) parts.push_back("on " + join(rule.families));
  if (!rule.model.empty()) parts.push_back("models " + rule.model + "*");
  if (rule.attention_dp) {
    parts.emplace_back(*rule.attention_dp ? "attention DP" : "no attention DP");
  }
  if (rule.tp_below) parts.push_back(fmt::format("tp under {}", *rule.tp_below));
  if (rule.isl_most) parts.push_back(fmt::format("isl to {}", *rule.isl_most));
  if (rule.osl_most) parts.push_back(fmt::format("osl to {}", *rule.osl_most));
  if (!rule.benchmark.empty()) parts.push_back("set up by " + rule.benchmark);
  if (rule.role) parts.push_back(fmt::format("as {}", name(*rule.role)));
  return "Scheduler, " + join(parts);
}

}  // namespace

std::string scheduler_text(const Scheduler& s) {
  std::string text = s.mixed ? "prompts join decode steps" : "prompts run before decode steps";
  text += fmt::format(", {}, {} new tokens a step", s.split ? "split where they must be" : "whole",
                      digits(s.budget, 1));
  const auto add = [&](bool shown, const std::string& part) {
    if (shown) text += ", " + part;
  };
  add(std::isfinite(s.max_seqs),
      fmt::format("at most {} sequences a group", digits(s.max_seqs, 1)));
  add(s.recv_interval > 1, fmt::format("requests looked for every {} steps", s.recv_interval));
  add(s.gather > 0, fmt::format("gathered for {} steps", s.gather));
  add(s.lag > 0, fmt::format("scheduled {} step{} ahead", s.lag, s.lag == 1 ? "" : "s"));
  add(s.front_latency > Seconds{}, show(s.front_latency) + " at the front end");
  return text;
}

Card framework_card(const Framework& framework) {
  Card card;
  card.title = fmt::format("{} ({})", framework.name, framework.id);
  if (!framework.aliases.empty()) card.facts.push_back("also: " + join(framework.aliases));
  CardSection host;
  host.title = "Host";
  if (framework.step) {
    host.figures.push_back(
        from(figure("host.step", "each step", *framework.step), framework.host_provenance));
  } else {
    host.notes.emplace_back("a step's host time is that of the chip's class");
  }
  if (framework.per_layer_launch > Seconds{}) {
    host.figures.push_back(from(
        figure("host.per_layer_launch", "launch of a layer in prefill", framework.per_layer_launch),
        framework.host_provenance));
  }
  if (framework.graph_tokens > 0.0) {
    host.figures.push_back(
        from(figure("host.graph_tokens", "tokens of a captured step", framework.graph_tokens),
             framework.host_provenance));
  }
  if (framework.per_layer_replay > Seconds{}) {
    host.figures.push_back(
        from(figure("host.per_layer_replay", "least time of a layer", framework.per_layer_replay),
             framework.host_provenance));
  }
  if (framework.per_sequence > Seconds{}) {
    host.figures.push_back(
        from(figure("host.per_sequence", "each sequence of a step", framework.per_sequence),
             framework.host_provenance));
  }
  card.sections.push_back(std::move(host));
  card.sections.push_back(
      settings_section("Scheduler", "scheduler.", framework.settings, framework.provenance));
  for (std::size_t i = 0; i < framework.rules.size(); ++i) {
    const SchedulerRule& rule = framework.rules[i];
    card.sections.push_back(settings_section(condition(rule), fmt::format("scheduler.when[{}].", i),
                                             rule.settings, rule.provenance));
  }
  if (framework.memory) add_memory(card, *framework.memory);
  card.sections.push_back(residual_section(framework));
  return card;
}

std::string framework_json(const Framework& framework) {
  nlohmann::ordered_json whole = {{"kind", "framework"}};
  whole.update(detail::entry(framework));
  whole["figures"] = detail::figures_json(framework_card(framework));
  return detail::dumped(whole);
}

}  // namespace infersim
