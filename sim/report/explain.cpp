#include "infersim/report/explain.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "infersim/cost/collective.hpp"
#include "infersim/report/framework_card.hpp"
#include "report/summary_sections.hpp"

namespace infersim {

namespace {

std::string segment_of(const std::string& path) { return path.substr(0, path.rfind(": ")); }

std::string operator_of(const std::string& path) {
  const std::size_t colon = path.rfind(": ");
  return colon == std::string::npos ? path : path.substr(colon + 2);
}

/// The type in which most of an operator's flops are.
NumberType main_type(const Activity& activity) {
  const auto& flops = activity.flops;
  return static_cast<NumberType>(std::max_element(flops.begin(), flops.end()) - flops.begin());
}

std::string term(std::string_view what, const std::string& equation) {
  return fmt::format("      {:<9}{}\n", what, equation);
}

std::string compute_term(const OpCost& cost, const Machine& machine) {
  const NumberType type = main_type(cost.activity);
  return term("compute", fmt::format("{} = {} / ({} x {} {} x {} of tiles)", show(cost.compute),
                                     show(cost.useful_flops), digits(cost.compute_fraction),
                                     show(machine.peak[index(type)]), name(type),
                                     digits(cost.tile_efficiency)));
}

std::string memory_term(const OpCost& cost, const Machine& machine) {
  // Of the bytes moved, those that passes before and after move are in their own term.
  const Bytes bytes = cost.memory * (machine.memory_bandwidth * cost.bandwidth_fraction);
  return term("memory",
              fmt::format("{} = {} / ({} x {})", show(cost.memory), show(bytes),
                          digits(cost.bandwidth_fraction), show(machine.memory_bandwidth)));
}

std::string on_chip_term(const OpCost& cost) {
  return term("on chip",
              fmt::format("{} = {} / ({} x {})", show(cost.on_chip), show(cost.activity.on_chip),
                          digits(cost.bandwidth_fraction), show(cost.on_chip_bandwidth)));
}

/// One way out of a rank: what is sent over it and how fast.
struct Way {
  Bytes sent;
  Bandwidth bandwidth;
  std::string_view name;

  [[nodiscard]] bool used() const { return sent > Bytes{} && bandwidth > Bandwidth{}; }
  [[nodiscard]] Seconds time() const { return used() ? sent / bandwidth : Seconds{}; }
  [[nodiscard]] std::string text() const {
    return fmt::format("{} / {} of {}", show(sent), show(bandwidth), name);
  }
};

/// Copies of tokens go over links and NICs at once; other collectives use one after the other.
std::string link_term(const OpCost& cost) {
  const Way up{cost.activity.scale_up, cost.up_bandwidth, "links"};
  const Way out{cost.activity.scale_out, cost.out_bandwidth, "NIC"};
  const bool at_once = cost.algorithm == direct_exchange || cost.algorithm == relayed_exchange;
  const Seconds ways = at_once ? max(up.time(), out.time()) : up.time() + out.time();
  std::string equation = show(cost.link) + " = ";
  if (std::abs(ways * cost.imbalance / cost.link - 1.0) > 1e-6) {
    equation += "two collectives in a row";
    if (up.sent > Bytes{}) equation += fmt::format(", {} over links", show(up.sent));
    if (out.sent > Bytes{}) equation += fmt::format(", {} over the NIC", show(out.sent));
    return term("link", equation + " in all");
  }
  if (up.used() && out.used()) {
    equation += at_once ? fmt::format("max({}, {})", up.text(), out.text())
                        : fmt::format("{} + {}", up.text(), out.text());
  } else {
    equation += (up.used() ? up : out).text();
  }
  if (cost.imbalance != 1.0) {
    equation += fmt::format(" x {} on the busiest rank", digits(cost.imbalance, 4));
  }
  return term("link", equation + fmt::format(" ({})", cost.algorithm));
}

/// How many rows it works on, and which experts they fall on.
std::string rows_text(const OpCost& cost) {
  if (cost.rows <= 0) return {};
  std::string text = fmt::format(", {} rows", show_count(cost.rows));
  if (cost.active_experts <= 0) return text;
  if (cost.imbalance != 1.0) {
    text += fmt::format(" of the busiest rank ({} of the mean x {})",
                        show_count(cost.rows / cost.imbalance), digits(cost.imbalance, 4));
  }
  return text + fmt::format(" with {} experts active", show_count(cost.active_experts));
}

std::string terms(const OpShare& op, const Machine& machine) {
  const OpCost& cost = op.cost;
  std::string sum = fmt::format("{} = {}", show(cost.time), show(cost.latency));
  if (max(cost.compute, max(cost.memory, cost.on_chip)) > Seconds{}) {
    sum += fmt::format(" + smooth_max({}, {}, {}; p = {})", show(cost.compute), show(cost.memory),
                       show(cost.on_chip), digits(cost.blend));
  }
  if (cost.extra > Seconds{}) sum += fmt::format(" + {} (passes)", show(cost.extra));
  if (cost.link > Seconds{}) sum += fmt::format(" + {}", show(cost.link));
  std::string text =
      fmt::format("    {}{}, {} times, bound by {}, adds {}\n", operator_of(op.op), rows_text(cost),
                  show_count(op.repeats), name(cost.bound), show(op.exposed));
  text += term("time", sum);
  if (cost.compute > Seconds{}) text += compute_term(cost, machine);
  if (cost.memory > Seconds{}) text += memory_term(cost, machine);
  if (cost.on_chip > Seconds{}) text += on_chip_term(cost);
  if (cost.link > Seconds{}) text += link_term(cost);
  return text;
}

/// What one layer of a kind takes, if it is listed.
std::string layer_text(const StepBreakdown& step, const std::string& segment, int microbatches) {
  for (const LayerSpan& layer : step.layers) {
    if (layer.name != segment) continue;
    return fmt::format(", {} times {} (critical path{} {})", show_count(layer.repeats),
                       show(layer.period), microbatches > 1 ? " of one micro-batch" : "",
                       show(layer.critical_path));
  }
  return {};
}

std::string step_text(const std::string& title, const StepBreakdown& step, const Machine& machine,
                      int microbatches, const TextStyle& style) {
  std::string text = '\n' + heading(title, style);
  text +=
      "  time = latency + smooth_max(compute, memory, on chip) + passes + link\n"
      "  passes: activations quantised before a GEMM, parts of split sums added after it\n"
      "  smooth_max(a, b, c; p) = (a^p + b^p + c^p)^(1/p), without terms under 1% of the largest\n"
      "  each operator adds its time as often as it runs, less what is hidden behind others\n";
  std::string segment;
  for (const OpShare& op : step.ops) {
    if (segment_of(op.op) != segment) {
      segment = segment_of(op.op);
      text += fmt::format("  {}{}\n", segment, layer_text(step, segment, microbatches));
    }
    text += terms(op, machine);
  }
  text += fmt::format("  host {}, power limit and hand-over between stages {}\n", show(step.host),
                      show(step.other > 1e-9 * step.cost.time ? step.other : Seconds{}));
  return text;
}

/// One equation of a section, its name in a column.
std::string line(std::string_view name, const std::string& equation) {
  return fmt::format("  {} {}\n", pad_right(name, 9), equation);
}

std::string serving_text(const Answer& a, const TextStyle& style) {
  const Evaluation& best = a.best();
  const ServingResult& s = *best.service;
  const ParallelPlan& plan = best.plan;
  const Scheduler scheduler = a.scheduler();
  const double osl = a.scenario.traffic.osl;
  const double batch = best.batch;
  const double steps = (osl - 1) / plan.tokens_per_step();
  const Seconds decode = s.cycle - (s.ttft_steady - s.terms.queue);
  std::string text = '\n' + heading("Serving: a closed loop of the batch", style);
  text +=
      line("engine", fmt::format("{}: {}", a.scenario.framework.name, scheduler_text(scheduler)));
  text += line("group", fmt::format("S = {} / {} = {} requests, of which b = {} decode",
                                    digits(batch - best.queued(), 1), best.groups(),
                                    show_count(s.slots), digits(s.running)));
  if (best.queued() > 0) {
    text += line("queue", fmt::format("{} requests wait for a slot: {} of TTFT",
                                      digits(best.queued(), 1), show(s.terms.queue)));
  }
  text += line("steps", fmt::format("s = ({} - 1) / {} tokens a step = {}", digits(osl, 1),
                                    show_count(plan.tokens_per_step()), show_count(steps)));
  text += line("step", fmt::format("t_d(b) = {}", show(s.decode_step)));
  text += line("prompts", fmt::format("{} in a step that has any, {} in that of a given prompt",
                                      digits(s.prompts), digits(s.own_prompts)));
  text += line("delay", fmt::format("of decodes by one prompt = {}", show(s.delay)));
  text += line("TTFT", fmt::format("F = {} running step and front end + {} lag + {} look + {} full "
                                   "steps before + {} own = {}",
                                   show(s.terms.running), show(s.terms.lag), show(s.terms.look),
                                   show(s.terms.excess), show(s.terms.own), show(s.ttft)));
  text +=
      line("decode", fmt::format("D = s t_d + min(S D / (D + F), S - 1) delay = {} x {} + {} = {}",
                                 show_count(steps), show(s.decode_step),
                                 show(decode - steps * s.decode_step), show(decode)));
  if (best.headline.tpot) {
    text += line("TPOT", fmt::format("D / (osl - 1) = {} / {} = {}", show(decode),
                                     digits(osl - 1, 1), show(s.tpot)));
  }
  text += line("output", fmt::format("batch osl / (F + D) = {} x {} / {} = {} tokens/s",
                                     digits(batch, 1), digits(osl, 1), show(s.ttft + decode),
                                     digits(best.headline.tokens.base(), 4)));
  text += line("share", fmt::format("of prefill: S delay / (F + D) = {}", digits(s.prefill_share)));
  return text;
}

std::string per_million(DollarsPerToken price) { return digits((price * million_tokens).base()); }

/// What the tokens of a request pay, if both phases run.
std::string token_price_text(const Answer& a) {
  const Bill& bill = a.best().bill;
  if (!bill.input || !bill.cached_input || !bill.output) return {};
  const ServingResult& s = *a.best().service;
  const Traffic& traffic = a.scenario.traffic;
  const MemoryLedger& memory = a.best().memory;
  const double cached = a.best().cached;
  const double held = a.best().prompt_memory_share;
  const Seconds request = traffic.osl * Tokens{1} / a.best().headline.tokens;
  const Seconds prefill = s.prefill_share * request;
  const Seconds decode = request - prefill;
  const std::string rate =
      fmt::format("{} USD/h", digits((a.devices() * bill.hourly->rate * hour).base()));
  const std::string isl = digits(traffic.isl, 1);
  std::string text;
  text +=
      line("request", fmt::format("osl / output = {} of the system: P = {} prefill, D = {} decode",
                                  show(request), show(prefill), show(decode)));
  text += line("held", fmt::format("h = min(1, {} x {} for a prompt of {} / {}) = {} of the memory "
                                   "by prompts",
                                   show_count(s.slots), show(memory.sequence_bytes(traffic.isl)),
                                   isl, show(memory.capacity), digits(held)));
  const auto million = [&](std::string_view name, const std::string& equation,
                           DollarsPerToken price) {
    text +=
        line(name, fmt::format("{} x {} x 1,000,000 = {} USD", equation, rate, per_million(price)));
  };
  if (cached > 0) {
    million(
        "input",
        fmt::format("(P + h D - {} cached) / {} = ({} + {} x {} - {} cached) / {}",
                    digits(cached, 1), digits(traffic.isl - cached, 1), show(prefill), digits(held),
                    show(decode), digits(cached, 1), digits(traffic.isl - cached, 1)),
        *bill.input);
  } else {
    million("input",
            fmt::format("(P + h D) / isl = ({} + {} x {}) / {}", show(prefill), digits(held),
                        show(decode), isl),
            *bill.input);
  }
  const Seconds attention = min(s.marginal_cached / a.best().groups(), prefill / traffic.isl);
  million("cached",
          fmt::format("((1 - h) m + h (P + D) / isl) = ({} x {} + {} x {} / {})", digits(1 - held),
                      show(attention), digits(held), show(request), isl),
          *bill.cached_input);
  million("output",
          fmt::format("(1 - h) D / osl = {} x {} / {}", digits(1 - held), show(decode),
                      digits(traffic.osl, 1)),
          *bill.output);
  return text + "  m is the time that attending to one more cached token takes\n";
}

std::string price_text(const Answer& a, const TextStyle& style) {
  const Bill& bill = a.best().bill;
  const EnergyBill& energy = bill.energy;
  const System& system = a.scenario.system;
  const Watts server =
      energy.node * system.server.psu_efficiency - system.devices_per_node * energy.board;
  std::string text = '\n' + heading("Power and price", style);
  text += line("node", fmt::format("{} = ({} x {} + {} of server) / {} of PSU", show(energy.node),
                                   system.devices_per_node, show(energy.board),
                                   show(server > 1e-9 * energy.node ? server : Watts{}),
                                   digits(system.server.psu_efficiency)));
  text += line("facility",
               fmt::format("{} = {} / {} nodes x {} x PUE {}", show(energy.facility), a.devices(),
                           system.devices_per_node, show(energy.node), digits(energy.pue)));
  if (bill.hourly) {
    text += line("rate", fmt::format("{} USD/h = {} devices x {} USD/h",
                                     digits((a.devices() * bill.hourly->rate * hour).base()),
                                     a.devices(), digits((bill.hourly->rate * hour).base())));
  }
  return text + token_price_text(a);
}

}  // namespace

std::string explain(const Answer& a, const TextStyle& style) {
  const Evaluation& best = a.best();
  std::string text;
  if (best.prefill) {
    text +=
        step_text(fmt::format("Prefill step, {}", show(best.prefill->steps.cost.time)),
                  best.prefill->steps, a.scenario.prefill_machine, best.plan.microbatches, style);
  }
  if (best.decode) {
    text += step_text(detail::decode_step_title(a), best.decode->steps, a.scenario.decode_machine,
                      best.plan.microbatches, style);
  }
  if (best.service) text += serving_text(a, style);
  return wrap_lines(text + price_text(a, style), style.width);
}

}  // namespace infersim
