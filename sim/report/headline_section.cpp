#include "report/headline_section.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "report/scope_section.hpp"
#include "report/summary_words.hpp"

namespace infersim::detail {

namespace {

/// Nodes and the product that they are, or are in: a rack has many of them.
std::string place(const Answer& a) {
  const System& system = a.scenario.system;
  if (is_edge(a.scenario.device.device_class)) return a.scenario.site.name;
  std::string nodes = system.name;
  if (system.scale_up.domain > system.devices_per_node) {
    const int domain = system.scale_up.domain;
    const int domains = (a.devices() + domain - 1) / domain;
    nodes = fmt::format("{} of {} in {} {}", plural(a.nodes(), "node"), system.devices_per_node,
                        domains == 1 ? "one" : fmt::format("{} of", domains), system.name);
  } else if (a.nodes() > 1) {
    nodes = fmt::format("{} nodes of {}", a.nodes(), system.name);
  }
  if (a.devices() % system.devices_per_node != 0) {
    nodes += fmt::format(" ({} of {} devices)", a.devices(), a.nodes() * system.devices_per_node);
  }
  return fmt::format("{}, {}", nodes, a.scenario.site.name);
}

std::string title(const Answer& a) {
  const Evaluation& best = a.best();
  std::string count;
  if (best.replicas > 1) count = fmt::format("{} replicas of ", best.replicas);
  if (a.devices() > 1) count += fmt::format("{} x ", best.plan.devices());
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
  const Evaluation& best = a.best();
  const double each = best.tokens_per_device.base();
  const auto spread = a.spread(Metric::tokens_per_s_per_device);
  const std::string_view kind = best.decode ? "output" : "prompt";
  std::vector<std::string> rates = {
      fmt::format("{} {} tokens/s per device{}", digits(each, 4), kind, spread_text(each, spread))};
  if (a.devices() > 1) {
    const double all = best.headline.tokens.base();
    rates.push_back(fmt::format("{} in all ({})", digits(all, 4), limits_text(all, spread)));
  }
  if (best.decode) {
    const auto& tpot = best.headline.tpot;
    rates.push_back(tpot ? user_rate(a, *tpot) + " per user" : "- per user");
  }
  return rates;
}

/// What the one user of a phone or PC sees of a request.
std::string request_rates(const Answer& a) {
  const Evaluation& best = a.best();
  const Seconds ttft = *best.headline.ttft;
  const double whole = best.headline.tokens.base() / best.batch;
  const std::string first = fmt::format("{} to the first token{}", milliseconds(ttft),
                                        spread_text(ttft / millisecond, a.spread(Metric::ttft)));
  const std::string over =
      fmt::format("{} over the whole request ({})", digits(whole),
                  limits_text(whole, a.spread(Metric::tokens_per_s_per_device)));
  if (!best.headline.tpot) return fmt::format("tokens/s: {}; {}", over, first);
  const std::string_view each = best.batch > 1 ? " per user" : "";
  return fmt::format("{} tokens/s{} while decoding, {}, {}", user_rate(a, best.decode->alone.tpot),
                     each, over, first);
}

/// A latency with its interval beside its objective and how likely that is met.
std::string latency(std::string_view name, Seconds time, const std::optional<Interval>& spread,
                    Seconds objective, const std::optional<double>& chance) {
  const std::string likely =
      chance ? fmt::format(" (met with {} probability)", show_percent(*chance)) : std::string{};
  return fmt::format("{} {}{}, objective {}{}", name, milliseconds(time),
                     spread_text(time / millisecond, spread), milliseconds(objective), likely);
}

std::string latencies(const Answer& a, const TextStyle& style) {
  const Evaluation& best = a.best();
  const auto& [ttft, tpot, tokens] = best.headline;
  std::vector<std::string> texts;
  if (ttft)
    texts.push_back(
        latency("TTFT", *ttft, a.spread(Metric::ttft), a.scenario.slo.ttft, best.ttft_chance));
  if (tpot)
    texts.push_back(
        latency("TPOT", *tpot, a.spread(Metric::tpot), a.scenario.slo.tpot, best.tpot_chance));
  if (best.decode && !tpot) texts.emplace_back("TPOT -");
  if (best.objectives_met()) texts.emplace_back("objectives met");
  std::string text = in_columns(texts, style);
  if (!best.objectives_met()) text += paragraph("MISSES: " + join(best.missed, "; "), style);
  const bool any = std::any_of(serving_metrics.begin(), serving_metrics.end(),
                               [&](Metric metric) { return a.spread(metric).has_value(); });
  if (any) text += paragraph("in brackets: prediction error, P10 to P90", style);
  return text;
}

/// Lengths of requests: their means and, where they are drawn, between what.
std::string requests_text(const Answer& a) {
  const Scenario& s = a.scenario;
  std::string text = fmt::format("requests of {} tokens in and {} out", digits(s.traffic.isl, 1),
                                 digits(s.traffic.osl, 1));
  if (s.question.lengths != LengthRange{}) {
    text += fmt::format(
        " on average, drawn from {} to {} of {} and {}", show_percent(s.question.lengths.least),
        show_percent(s.question.lengths.most), digits(s.nominal.isl, 1), digits(s.nominal.osl, 1));
  }
  if (const double cached = a.best().cached; cached > 0) {
    text += fmt::format(", {} of each prompt cached", digits(cached, 1));
  }
  return text;
}

/// How many requests there are at a time, and which of them wait.
std::string flight_text(const Answer& a) {
  const Evaluation& best = a.best();
  const auto& waves = a.scenario.question.waves;
  const std::string bench =
      waves ? fmt::format(", a benchmark of {} that start together", plural(*waves, "wave")) : "";
  if (best.queued() < 0.5) return plural(best.batch, "sequence") + " at a time" + bench;
  return fmt::format("{} in flight of which {} run and {} wait, once steady for {}{}",
                     digits(best.batch, 1), digits(best.batch - best.queued(), 1),
                     digits(best.queued(), 1), milliseconds(best.service->terms.queue), bench);
}

std::string load_text(const Answer& a) {
  const Evaluation& best = a.best();
  if (best.service) {
    return fmt::format("{}, {}; {} of the time is prefill", requests_text(a), flight_text(a),
                       show_percent(best.service->prefill_share));
  }
  if (best.prefill) {
    const double cached = best.cached;
    return fmt::format(
        "prefill alone of prompts of {} tokens{}, in {}", digits(a.scenario.traffic.isl, 1),
        cached > 0 ? fmt::format(" of which {} are cached", digits(cached, 1)) : "", full_steps(a));
  }
  return fmt::format("decode alone at a mean context of {} tokens, {} at a time",
                     digits(a.scenario.decode_context, 1), plural(best.batch, "sequence"));
}

}  // namespace

std::string headline_section(const Answer& a, const TextStyle& style) {
  const bool one_user = is_edge(a.scenario.device.device_class) && a.best().service.has_value();
  return heading(wrap(title(a), style.width), style) + '\n' +
         (one_user ? paragraph(request_rates(a), style) : in_columns(service_rates(a), style)) +
         latencies(a, style) + paragraph(load_text(a), style);
}

}  // namespace infersim::detail
