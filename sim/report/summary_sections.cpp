#include "report/summary_sections.hpp"
#include "report/money_words.hpp"
#include "report/scope_section.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "infersim/report/assumptions.hpp"
#include "infersim/report/operators.hpp"
#include "infersim/workload/layer_cache.hpp"

namespace infersim::detail {

namespace {

constexpr std::size_t shown_assumptions = 8;

std::string reached(const OperatorTime& op) {
  switch (op.bound) {
    case Bound::compute:
    case Bound::padding: return show_percent(op.compute_of_peak) + " of peak compute";
    case Bound::memory:
      return op.on_chip_of_peak > op.memory_of_peak
                 ? show_percent(op.on_chip_of_peak) + " of cache bandwidth"
                 : show_percent(op.memory_of_peak) + " of bandwidth";
    case Bound::link:
      // Of copies between memories no rate is known here.
      return op.link_of_peak > 0 ? show_percent(op.link_of_peak) + " of link bandwidth" : "";
    case Bound::latency: break;
  }
  return {};
}

/// `beside`: what computes beside the device.
std::string time_section(const std::string& title, const StepBreakdown& step,
                         const Machine& machine, std::string_view beside, const TextStyle& style) {
  const auto lines = operator_times(step, machine, Grouping::by_class);
  if (lines.empty()) return {};
  std::string text = heading(wrap(title, style.width), style);
  const auto named = [&](const OperatorTime& op) {
    return op.on_host ? fmt::format("{}'s {}", beside, op.op) : op.op;
  };
  constexpr int usual = 12;
  int widest = usual;
  for (const OperatorTime& op : lines)
    widest = std::max(widest, static_cast<int>(named(op).size()));
  const int before_bar = 65 + widest - usual;
  for (const OperatorTime& op : lines) {
    std::string line =
        fmt::format("  {} {:>8} {:>6}  {} {}", pad_right(named(op), widest), show(op.time),
                    show_percent(op.share), pad_right(name(op.bound), 8), reached(op));
    line = pad_right(line, before_bar) + bar(op.share, style.width - before_bar);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

/// Bandwidth fraction that was assumed, over all bytes that a step moves.
double assumed_bandwidth(const StepBreakdown& step, const Machine& machine) {
  Seconds at_peak;
  Seconds expected;
  for (const OpShare& op : step.ops) {
    at_peak += op.cost.activity.memory / machine.memory_bandwidth * op.repeats;
    expected += op.cost.memory * op.repeats;
  }
  return expected > Seconds{} ? at_peak / expected : 0.0;
}

/// `70%`, `0.54%`
std::string share_text(double share) { return digits(100.0 * share, 2) + '%'; }

std::string per_million_text(const Scenario& s, const std::optional<DollarsPerToken>& price) {
  return price ? money(s, (*price * million_tokens).base()) : "-";
}

/// At a given price of the hour, tokens cost as much as their rate is low.
std::string output_spread(const Answer& a) {
  const auto& output = a.best().bill.output;
  const auto tokens = a.spread(Metric::tokens_per_s_per_device);
  if (!output || !tokens) return {};
  return spread_text(in_currency(a.scenario, (*output * million_tokens).base()), tokens->inverse());
}

}  // namespace

std::string memory_section(const Answer& a, const TextStyle& style) {
  const MemoryLedger& m = a.best().memory;
  const int ranks = a.best().plan.ranks_per_device;
  const Bytes capacity = m.capacity * ranks;
  const Bytes kv = a.kv_in_use();
  std::string text = heading(fmt::format("Memory of the fullest device, {} of {}", show(capacity),
                                         a.scenario.device.main_memory().name),
                             style);
  const std::array<std::pair<std::string_view, Bytes>, 5> lines = {{
      {"weights", m.weights * ranks},
      {"KV cache", kv},
      {"activations", m.activations * ranks},
      {"reserve", m.reserve * ranks},
      {"free", m.kv_capacity * ranks - kv},
  }};
  for (const auto& [what, bytes] : lines) {
    text += fmt::format("  {} {:>8} {:>6}  {}", pad_right(what, 12), show(bytes),
                        show_percent(bytes / capacity), bar(bytes / capacity, style.width - 34));
    text = text.substr(0, text.find_last_not_of(' ') + 1) + '\n';
  }
  const double tokens = a.scenario.workload().sequence_tokens();
  const double counted = std::min(a.best().batch - a.best().queued(), a.best().max_sequences);
  return text +
         paragraph(
             fmt::format(
                 "{} bytes of KV cache a token in {}; {} {} sequences of "
                 "{} tokens, of which {} {} counted here",
                 digits(kv_bytes_per_token(a.scenario.model, a.scenario.precision.kv).base(), 1),
                 name(a.scenario.precision.kv),
                 a.best().replicas > 1 ? "all replicas hold" : "the system holds",
                 digits(a.best().max_sequences, 1), digits(tokens, 1), digits(counted, 1),
                 counted == 1 ? "is" : "are"),
             style);
}

std::string decode_step_title(const Answer& a) {
  const Evaluation& best = a.best();
  const int parts = best.plan.pp;
  const double sequences = best.decode->alone.sequences / parts;
  const std::string_view s = sequences == 1 ? "" : "s";
  const std::string time = show(best.decode->steps.cost.time);
  if (parts == 1) {
    return fmt::format("Time of a decode step of {} sequence{}: {}", show_count(sequences), s,
                       time);
  }
  return fmt::format("Time of {} sequence{}, {} a group's batch, through {} stages: {}",
                     show_count(sequences), s, parts == 2 ? "half" : fmt::format("1/{} of", parts),
                     parts == 2 ? "both" : fmt::format("all {}", parts), time);
}

std::string time_sections(const Answer& a, const TextStyle& style) {
  const Evaluation& best = a.best();
  const bool second = a.scenario.offload && a.scenario.offload->second_device();
  const std::string_view beside = second ? "second" : "host";
  std::string text;
  if (best.decode) {
    text += time_section(decode_step_title(a), best.decode->steps, a.scenario.decode_machine,
                         beside, style);
    if (best.plan.pp > 1) {
      text += paragraph(
          fmt::format("{} such parts take turns in the stages: {} from step to step of a sequence",
                      best.plan.pp, show(best.decode->alone.step)),
          style);
    }
  }
  if (best.decode && best.prefill) text += '\n';
  if (best.prefill) {
    text +=
        time_section(fmt::format("Time of a prefill step: {}", show(best.prefill->steps.cost.time)),
                     best.prefill->steps, a.scenario.prefill_machine, beside, style);
  }
  return text;
}

/// Of a device with several engines: the runtime that the rates are of. Others drive the same
/// engine at other rates, and other engines.
std::string runtime_words(const Answer& a) {
  if (a.scenario.device.engines.size() < 2) return {};
  return fmt::format(" under {} (--framework {}), at whose rates it is predicted",
                     a.scenario.framework.name, a.scenario.framework.id);
}

std::string single_user_section(const Answer& a, const TextStyle& style) {
  const Device& device = a.scenario.device;
  const auto& decode = a.best().decode;
  if (!decode || a.best().batch != 1) return {};
  // Then time passes in several places, which are told apart.
  if (a.scenario.offload && a.scenario.offload->placement.any()) return {};
  const Machine& machine = a.scenario.decode_machine;
  const StepBreakdown& step = decode->steps;
  Bytes moved;
  for (const OpShare& op : step.ops)
    moved += op.cost.activity.memory * op.repeats;
  const double fraction = assumed_bandwidth(step, machine);
  if (moved <= Bytes{} || fraction <= 0) return {};
  const double steps = machine.memory_bandwidth * fraction / moved / (1.0 / Seconds{1});
  std::string text = fmt::format(
      "One user pays for every weight read: each step moves {} {}through memory of {}, of which {} "
      "is assumed to be reached. That alone allows {} tokens/s; the rest of the step makes it {}.",
      show(moved), a.best().plan.ranks() > 1 ? "on each rank " : "", show(machine.memory_bandwidth),
      show_percent(fraction), digits(steps * a.best().plan.tokens_per_step()),
      digits(Tokens{1} / decode->alone.tpot / TokenRate{1}));
  if (&device.prefill_engine() != &device.decode_engine()) {
    text +=
        fmt::format(" Prefill runs on the {}, decode on the {}{}.", device.prefill_engine().name,
                    device.decode_engine().name, runtime_words(a));
  } else if (is_edge(device.device_class)) {
    text += fmt::format(" Prefill and decode run on the {}{}.", device.decode_engine().name,
                        runtime_words(a));
  }
  return heading("Batch 1", style) + paragraph(text, style);
}

std::string power_section(const Answer& a, const TextStyle& style) {
  const EnergyBill& energy = a.best().bill.energy;
  std::string text = fmt::format("{} a device{}, limit {}", show(energy.board),
                                 spread_text(energy.board.base(), a.spread(Metric::power)),
                                 show(a.scenario.device.power.limit));
  if (!is_edge(a.scenario.device.device_class)) {
    text +=
        fmt::format(", {} a node of {} at the plug, {} in all with PUE {}", show(energy.node),
                    a.scenario.system.devices_per_node, show(energy.facility), digits(energy.pue));
  }
  text += '.';
  if (a.best().decode) {
    text += fmt::format(
        " {} J and {} mg of CO2 per output token ({} g per million){} at {} "
        "g/kWh.",
        digits(energy.per_output_token.base()), digits(energy.carbon_per_output_token.base() * 1e3),
        digits((energy.carbon_per_output_token * million_tokens).base()),
        a.best().prefill ? ", prefill included," : "",
        digits((a.scenario.site.grid_carbon * kilowatt_hour).base()));
  }
  return heading("Power and carbon", style) + paragraph(text, style);
}

std::string cost_section(const Answer& a, const TextStyle& style) {
  const Bill& bill = a.best().bill;
  std::string text = heading("Cost per million tokens", style);
  if (!bill.hourly) return text + paragraph("none: " + bill.no_price_reason, style);
  text += paragraph(fmt::format("input {}, cached input {}, output {}{}",
                                per_million_text(a.scenario, bill.input),
                                per_million_text(a.scenario, bill.cached_input),
                                per_million_text(a.scenario, bill.output), output_spread(a)),
                    style);
  const HourlyPrice& hourly = *bill.hourly;
  const auto shown = [&](Dollars amount, int significant) {
    return digits(in_currency(a.scenario, amount.base()), significant);
  };
  const auto per_hour = [&](DollarRate rate) { return shown(rate * hour, 3); };
  std::string basis =
      fmt::format("{} per device and hour of work", money(a.scenario, (hourly.rate * hour).base()));
  const Site& site = a.scenario.site;
  if (hourly.method == "rental") {
    basis +=
        fmt::format(", rented ({}) at {} an hour of which it works {}: ", name(hourly.basis),
                    per_hour(hourly.rental * hourly.utilisation), share_text(hourly.utilisation));
  } else {
    basis +=
        fmt::format(": capital {}, electricity {}, hosting {}; bought at {} {}",
                    per_hour(hourly.capital), per_hour(hourly.energy), per_hour(hourly.hosting),
                    shown(a.scenario.device.price->capital, 1), name(a.scenario.question.currency));
    if (!a.scenario.device.price->covers.empty()) {
      basis += fmt::format(" for {}", a.scenario.device.price->covers);
    }
    if (a.scenario.system.server.capital_per_device > Dollars{}) {
      basis +=
          fmt::format(" with {} of server", shown(a.scenario.system.server.capital_per_device, 1));
    }
    basis += fmt::format(", paid back over {} years of which it works {}, capital at {} a year: ",
                         show_count(site.depreciation.base() / (365.25 * 86400)),
                         share_text(hourly.utilisation), show_percent(site.cost_of_capital));
  }
  text += paragraph(basis + source_text(hourly.provenance), style);
  if (a.scenario.of_one_user()) {
    constexpr Seconds year{365.25 * 86400};
    text += paragraph(
        fmt::format(
            "{} requests a day of one user, {} a year for {} device{}",
            digits(*a.scenario.question.requests_per_day, 1),
            money(a.scenario, (hourly.utilisation * a.devices() * (hourly.rate * year)).base()),
            a.devices(), a.devices() == 1 ? "" : "s"),
        style);
  }
  if (const std::string rate = rate_text(a.scenario); !rate.empty()) text += paragraph(rate, style);
  std::vector<std::string> others;
  for (const PriceBasis other : all_price_bases) {
    if (other != hourly.basis && a.scenario.device.has_price(other) && !a.scenario.price_given) {
      others.emplace_back(name(other));
    }
  }
  if (others.empty()) return text;
  return text + paragraph("also known (--price-basis): " + join(others), style);
}

std::string assumptions_section(const Answer& a, const TextStyle& style) {
  const auto lines = assumptions(a.scenario, a.best());
  if (lines.empty()) return {};
  std::string text = heading("Figures that no datasheet or measurement gave", style);
  for (std::size_t i = 0; i < std::min(lines.size(), shown_assumptions); ++i) {
    text += item(name(lines[i].basis), fmt::format("{}: {}", lines[i].key, lines[i].value), style);
  }
  if (lines.size() > shown_assumptions) {
    text += paragraph(fmt::format("and {} more, all with their sources in --json",
                                  lines.size() - shown_assumptions),
                      style);
  }
  return text;
}

}  // namespace infersim::detail
