#include "infersim/report/summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "infersim/report/framework_card.hpp"
#include "report/scope_section.hpp"
#include "report/summary_sections.hpp"

namespace infersim {

namespace {

using detail::item;
using detail::limits_text;
using detail::paragraph;
using detail::spread_text;

constexpr std::size_t shown_candidates = 5;
constexpr int plan_width = 24;

std::string milliseconds(Seconds time) { return digits(time / millisecond) + " ms"; }

std::string plural(double count, std::string_view thing) {
  return fmt::format("{} {}{}", digits(count, 1), thing, count == 1 ? "" : "s");
}

/// The steps of prefill alone, as its rate counts them.
std::string full_steps(const Answer& a) {
  const double prompts = a.best().serving.prefill.sequences;
  std::string text = fmt::format("steps of {} per group", plural(prompts, "prompt"));
  const double tokens = prompts * a.scenario.traffic.isl;
  const double parts = std::ceil(tokens / a.scheduler().budget - 1e-9);
  if (parts > 1) text = fmt::format("{} steps for each prompt of a group", digits(parts, 1));
  return text;
}

std::string place(const Answer& a) {
  const System& system = a.scenario.system;
  if (is_edge(a.scenario.device.device_class)) return a.scenario.site.name;
  std::string nodes = system.name;
  if (a.nodes() > 1) nodes = fmt::format("{} nodes of {}", a.nodes(), system.name);
  if (a.devices() % system.devices_per_node != 0) {
    nodes += fmt::format(" ({} of {} devices)", a.devices(), a.nodes() * system.devices_per_node);
  }
  return fmt::format("{}, {}", nodes, a.scenario.site.name);
}

std::string title(const Answer& a) {
  const std::string count = a.devices() == 1 ? "" : fmt::format("{} x ", a.devices());
  return fmt::format("{} on {}{} ({})", a.scenario.model.name, count, a.scenario.device.name,
                     place(a));
}

/// Figures side by side where they fit, else below each other.
std::string in_columns(const std::vector<std::string>& figures, const TextStyle& style) {
  std::string line = "  ";
  std::string lines;
  for (const std::string& figure : figures) {
    if (columns_of(line) > 2 && columns_of(line) + 3 + columns_of(figure) > style.width) {
      lines += line + '\n';
      line = "  ";
    }
    if (columns_of(line) > 2) line += "   ";
    line += figure;
  }
  return lines + line + '\n';
}

/// Tokens/s of one user with their interval: `49.4 (41.2 to 60.3)`.
std::string user_rate(const Answer& a, Seconds tpot) {
  const double rate = Tokens{1} / tpot / TokenRate{1};
  const auto spread = a.spread(Metric::tpot);
  if (!spread) return digits(rate);
  return fmt::format("{} ({})", digits(rate), limits_text(rate, spread->inverse()));
}

/// What the users of a service share.
std::vector<std::string> service_rates(const Answer& a) {
  const TokenRate rate = a.best().tokens_per_device;
  const auto spread = a.spread(Metric::tokens_per_s_per_device);
  const std::string_view kind = a.has_decode() ? "output" : "prompt";
  std::vector<std::string> rates = {fmt::format("{} {} tokens/s per device{}",
                                                digits(rate.base(), 4), kind,
                                                spread_text(rate.base(), spread))};
  if (a.devices() > 1) {
    const double all = (rate * a.devices()).base();
    rates.push_back(fmt::format("{} in all ({})", digits(all, 4), limits_text(all, spread)));
  }
  if (a.has_decode()) {
    rates.push_back(a.has_tpot() ? user_rate(a, a.tpot()) + " per user" : "- per user");
  }
  return rates;
}

/// What the one user of a phone or PC sees of a request.
std::string request_rates(const Answer& a) {
  const double whole = (a.best().tokens_per_device * a.devices()).base() / a.best().batch;
  const std::string first =
      fmt::format("{} to the first token{}", milliseconds(a.ttft()),
                  spread_text(a.ttft() / millisecond, a.spread(Metric::ttft)));
  const std::string over =
      fmt::format("{} over the whole request ({})", digits(whole),
                  limits_text(whole, a.spread(Metric::tokens_per_s_per_device)));
  if (!a.has_tpot()) return fmt::format("tokens/s: {}; {}", over, first);
  const std::string_view each = a.best().batch > 1 ? " per user" : "";
  return fmt::format("{} tokens/s{} while decoding, {}, {}",
                     user_rate(a, a.best().serving.decode.tpot), each, over, first);
}

/// A latency with its interval beside its objective.
std::string latency(std::string_view name, Seconds time, const std::optional<Interval>& spread,
                    Seconds objective) {
  return fmt::format("{} {}{}, objective {}", name, milliseconds(time),
                     spread_text(time / millisecond, spread), milliseconds(objective));
}

std::string headline(const Answer& a, const TextStyle& style) {
  const Evaluation& best = a.best();
  const Traffic& traffic = a.scenario.traffic;
  std::string text = heading(wrap(title(a), style.width), style) + '\n';
  const bool edge = is_edge(a.scenario.device.device_class);
  text += edge && a.has_prefill() && a.has_decode() ? paragraph(request_rates(a), style)
                                                    : in_columns(service_rates(a), style);

  std::vector<std::string> latencies;
  if (a.has_prefill()) {
    latencies.push_back(latency("TTFT", a.ttft(), a.spread(Metric::ttft), a.scenario.slo.ttft));
  }
  if (a.has_tpot()) {
    latencies.push_back(latency("TPOT", a.tpot(), a.spread(Metric::tpot), a.scenario.slo.tpot));
  } else if (a.has_decode()) {
    latencies.emplace_back("TPOT -");
  }
  if (best.objectives_met()) latencies.emplace_back("objectives met");
  text += in_columns(latencies, style);
  if (!best.objectives_met()) text += paragraph("MISSES: " + join(best.missed, "; "), style);

  std::string load;
  if (a.scenario.question.phase == PhaseChoice::prefill) {
    load = fmt::format("prefill alone of prompts of {} tokens, in {}", digits(traffic.isl, 1),
                       full_steps(a));
  } else if (a.scenario.question.phase == PhaseChoice::decode) {
    load = fmt::format("decode alone at a mean context of {} tokens, {} at a time",
                       digits(a.scenario.decode_context, 1), plural(best.batch, "sequence"));
  } else {
    load =
        fmt::format("requests of {} tokens in and {} out, {} at a time; {} of the time is prefill",
                    digits(traffic.isl, 1), digits(traffic.osl, 1), plural(best.batch, "sequence"),
                    show_percent(best.serving.prefill_share));
  }
  return text + paragraph(load, style);
}

/// Degrees counted in ranks.
std::string degrees(const ParallelPlan& plan, bool experts) {
  std::string text = fmt::format("tp {} pp {} dp {}", plan.tp, plan.pp, plan.dp);
  if (experts) text += fmt::format(" ep {}", plan.ep);
  return text;
}

std::string candidates(const Answer& a, const TextStyle& style) {
  const auto& considered = a.planned.considered;
  if (considered.size() < 2) return {};
  const bool experts = a.experts_per_rank() > 0;
  const bool dies = a.best().plan.ranks_per_device > 1;
  std::string text = fmt::format("  {}", pad_right(dies ? "plans, in ranks" : "plans", plan_width));
  if (a.has_decode()) text += fmt::format(" {:>9}", "batch");
  text += fmt::format(" {:>15}", "tokens/s/device");
  if (a.has_prefill()) text += fmt::format(" {:>9}", "TTFT ms");
  if (a.has_tpot()) text += fmt::format(" {:>9}", "TPOT ms");
  text += '\n';
  for (std::size_t i = 0; i < std::min(considered.size(), shown_candidates); ++i) {
    const Candidate& c = considered[i];
    text += fmt::format("  {}", pad_right(degrees(c.plan, experts), plan_width));
    if (a.has_decode()) text += fmt::format(" {:>9}", digits(c.batch, 1));
    text += fmt::format(" {:>15}", digits(c.tokens_per_device.base(), 4));
    if (a.has_prefill()) text += fmt::format(" {:>9}", digits(c.ttft / millisecond));
    if (a.has_tpot()) text += fmt::format(" {:>9}", digits(c.tpot / millisecond));
    text += c.objectives_met ? "\n" : "  misses\n";
  }
  return text +
         paragraph(fmt::format("{} and {} tried, {} could not run",
                               plural(static_cast<double>(a.planned.plans_tried), "plan"),
                               plural(static_cast<double>(a.planned.batches_tried), "batch size"),
                               digits(static_cast<double>(a.planned.plans_infeasible), 1)),
                   style);
}

std::string plan_section(const Answer& a, const TextStyle& style) {
  const ParallelPlan& plan = a.best().plan;
  const bool experts = a.experts_per_rank() > 0;
  std::string chosen = degrees(plan, experts);
  if (plan.ranks_per_device > 1) {
    chosen += fmt::format(" in ranks, {} of them a device", plan.ranks_per_device);
  }
  if (experts) {
    chosen += fmt::format(", {} routed experts of each layer on a rank",
                          show_count(a.experts_per_rank()));
    if (plan.expert_slices() > 1) {
      chosen += fmt::format(", each divided over {} ranks", plan.expert_slices());
    }
    if (plan.redundant_experts > 0) {
      chosen += fmt::format(", {} copies in all", plan.redundant_experts);
    }
  }
  if (a.has_decode()) {
    chosen += fmt::format(", batch {}", digits(a.best().batch, 1));
    if (a.devices() > 1) {
      chosen += fmt::format(" ({} a device)", show_count(a.best().batch / a.devices()));
    }
  } else {
    chosen += ", " + full_steps(a);
  }
  if (plan.microbatches > 1) chosen += fmt::format(", {} micro-batches", plan.microbatches);
  if (plan.mtp > 0) {
    chosen += fmt::format(", {} accepted at {}: {} tokens a step", plural(plan.mtp, "draft token"),
                          show_percent(plan.acceptance), digits(plan.tokens_per_step()));
  }
  std::string text = heading("Plan", style) + paragraph(chosen, style);
  if (a.has_prefill() && a.has_decode() && a.best().batch > 1) {
    text += paragraph(
        fmt::format("{}: {}", a.scenario.framework.name, scheduler_text(a.scheduler())), style);
  }
  if (!a.planned.choice.empty()) text += paragraph(a.planned.choice, style);
  return text + candidates(a, style);
}

std::string precision_section(const Answer& a, const TextStyle& style) {
  const PrecisionPlan& p = a.scenario.precision;
  return heading("Number types", style) +
         paragraph(fmt::format("weights {}, products {}, attention {}, KV cache {}",
                               name(p.weights), name(p.compute), name(p.attention), name(p.kv)),
                   style) +
         paragraph(p.reason, style);
}

/// Which engine runs a phase, where a device has several.
std::string on_engine(const Device& device, const Engine& engine) {
  return device.engines.size() > 1 ? fmt::format(", on the {}", engine.name) : "";
}

std::string phases_section(const Answer& a, const TextStyle& style) {
  const Device& device = a.scenario.device;
  const ServingResult& s = a.best().serving;
  const int devices = a.devices();
  std::string text = heading("Each phase alone on these devices", style);
  if (a.has_prefill()) {
    text +=
        item("prefill",
             fmt::format("{} for one prompt, {} tokens/s per device in {}; bound by {}{}",
                         milliseconds(s.prefill.step), digits(s.prefill.tokens.base() / devices, 4),
                         full_steps(a), name(a.best().prefill_steps.bound),
                         on_engine(device, device.prefill_engine())),
             style);
  }
  if (a.has_decode()) {
    text +=
        item("decode",
             fmt::format("{} a token, {} tokens/s per device, {} per user at a context of {}; "
                         "bound by {}, MFU {}, MBU {}{}",
                         milliseconds(s.decode.tpot), digits(s.decode.tokens.base() / devices, 4),
                         digits(Tokens{1} / s.decode.tpot / TokenRate{1}),
                         digits(a.scenario.decode_context, 1), name(a.best().decode_steps.bound),
                         show_percent(a.best().mfu), show_percent(a.best().mbu),
                         on_engine(device, device.decode_engine())),
             style);
  }
  return text;
}

/// Default lengths that fill the model's context were longer: each is rounded down by itself.
bool lengths_were_cut(const Scenario& s) {
  const bool any_default = !s.preset && (!s.question.isl || !s.question.osl);
  return any_default &&
         s.traffic.isl + s.traffic.osl > static_cast<double>(s.model.max_context) - 2.0;
}

/// `--traffic chat (Chat, 1k in and 1k out): --isl 1024 --osl 1024`, what it set in this question.
std::string preset_text(const Answer& a) {
  const Question& q = a.scenario.question;
  const TrafficPreset& preset = *a.scenario.preset;
  std::vector<std::string> set;
  if (!q.isl) set.push_back(fmt::format("--isl {}", preset.lengths.isl));
  if (!q.osl) set.push_back(fmt::format("--osl {}", preset.lengths.osl));
  if (preset.ttft && !q.ttft) set.push_back(fmt::format("--ttft {}", *preset.ttft / millisecond));
  if (preset.tpot && !q.tpot) set.push_back(fmt::format("--tpot {}", *preset.tpot / millisecond));
  return fmt::format("--traffic {} ({}) sets {}", preset.id, preset.name,
                     set.empty() ? "nothing that was not given" : join(set, " "));
}

std::string defaults_section(const Answer& a, const TextStyle& style) {
  const Scenario& s = a.scenario;
  const Question& q = s.question;
  std::vector<std::string> used;
  const auto add = [&](bool pinned, std::string option) {
    if (!pinned) used.push_back(std::move(option));
  };
  const bool by_class = !s.preset;
  add(q.isl || !by_class, fmt::format("--isl {}", s.traffic.isl));
  if (a.has_decode()) add(q.osl || !by_class, fmt::format("--osl {}", s.traffic.osl));
  const auto objective = [&](const auto& pinned, const auto& named, std::string_view option,
                             Seconds time) {
    add(pinned || named, fmt::format("{} {}", option, time / millisecond));
  };
  using Named = std::optional<Seconds>;
  if (a.has_prefill()) {
    objective(q.ttft, s.preset ? s.preset->ttft : Named{}, "--ttft", s.slo.ttft);
  }
  if (a.has_tpot()) objective(q.tpot, s.preset ? s.preset->tpot : Named{}, "--tpot", s.slo.tpot);
  add(q.dtype.has_value(), fmt::format("--dtype {}", name(s.precision.weights)));
  add(q.kv_dtype.has_value(), fmt::format("--kv-dtype {}", name(s.precision.kv)));
  add(q.site.has_value(), fmt::format("--site {}", s.site.id));
  add(q.framework.has_value(), fmt::format("--framework {}", s.framework.id));
  if (used.empty() && !s.preset) return {};
  std::string text = heading("Defaults used", style);
  if (s.preset) text += paragraph(preset_text(a), style);
  if (!used.empty()) text += paragraph(join(used, " "), style);
  if (lengths_were_cut(s)) {
    text += paragraph(fmt::format("{} cut to the model's context of {}",
                                  q.isl   ? "--osl"
                                  : q.osl ? "--isl"
                                          : "--isl and --osl",
                                  digits(static_cast<double>(s.model.max_context), 1)),
                      style);
  }
  return text;
}

}  // namespace

namespace detail {

std::string paragraph(const std::string& text, const TextStyle& style) {
  return "  " + wrap(text, style.width, 2) + '\n';
}

std::string item(std::string_view label, const std::string& text, const TextStyle& style) {
  return "  " + pad_right(label, item_indent - 2) + wrap(text, style.width, item_indent) + '\n';
}

std::string source_text(const Provenance& provenance) {
  std::string text = provenance.source.empty() ? provenance.note : provenance.source;
  if (!provenance.date.empty()) text += fmt::format(" ({})", provenance.date);
  return fmt::format("{}{}{}", text, text.empty() ? "" : ", ", name(provenance.basis));
}

}  // namespace detail

std::string summary(const Answer& answer, const TextStyle& style) {
  std::string text = headline(answer, style);
  for (const std::string& section :
       {detail::scope_section(answer, style), detail::single_user_section(answer, style),
        plan_section(answer, style), precision_section(answer, style),
        phases_section(answer, style), detail::memory_section(answer, style),
        detail::time_sections(answer, style), detail::power_section(answer, style),
        detail::cost_section(answer, style), detail::assumptions_section(answer, style),
        defaults_section(answer, style)}) {
    if (!section.empty()) text += '\n' + section;
  }
  return text;
}

std::string infeasible_summary(const Scenario& scenario, const Infeasible& infeasible,
                               const TextStyle& style) {
  std::string text = wrap(fmt::format("{} cannot run on {}: {}", scenario.model.name,
                                      scenario.device.name, infeasible.reason),
                          style.width) +
                     '\n';
  if (infeasible.needed > Bytes{}) {
    text += paragraph(
        fmt::format("needed {}, available {}", show(infeasible.needed), show(infeasible.available)),
        style);
  }
  if (!infeasible.hint.empty()) text += paragraph("hint: " + infeasible.hint, style);
  return text;
}

}  // namespace infersim
