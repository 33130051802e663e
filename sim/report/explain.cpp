#include "infersim/report/explain.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "infersim/report/operators.hpp"

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
  return term("memory",
              fmt::format("{} = {} / ({} x {})", show(cost.memory), show(cost.activity.memory),
                          digits(cost.bandwidth_fraction), show(machine.memory_bandwidth)));
}

std::string on_chip_term(const OpCost& cost, const Machine& machine) {
  const Bandwidth bandwidth =
      machine.cache_bandwidth > Bandwidth{} ? machine.cache_bandwidth : machine.memory_bandwidth;
  return term("on chip",
              fmt::format("{} = {} / ({} x {})", show(cost.on_chip), show(cost.activity.on_chip),
                          digits(cost.bandwidth_fraction), show(bandwidth)));
}

std::string link_term(const OpCost& cost, const Machine& machine) {
  const LinkEfficiency& links = machine.efficiency.links;
  std::string sent;
  if (cost.activity.scale_up > Bytes{}) {
    sent += fmt::format("{} over links of {} x {}", show(cost.activity.scale_up),
                        digits(links.scale_up), show(machine.fabric.scale_up));
  }
  if (cost.activity.scale_out > Bytes{}) {
    sent += fmt::format("{}{} over NICs of {} x {}", sent.empty() ? "" : ", ",
                        show(cost.activity.scale_out), digits(links.scale_out),
                        show(machine.fabric.scale_out));
  }
  if (!cost.algorithm.empty()) sent += fmt::format(", {}", cost.algorithm);
  return term("link", fmt::format("{}: {}", show(cost.link), sent));
}

std::string terms(const OpShare& op, const Machine& machine) {
  const OpCost& cost = op.cost;
  std::string sum = fmt::format("{} = {}", show(cost.time), show(cost.latency));
  if (max(cost.compute, max(cost.memory, cost.on_chip)) > Seconds{}) {
    sum += fmt::format(" + smooth_max({}, {}, {})", show(cost.compute), show(cost.memory),
                       show(cost.on_chip));
  }
  if (cost.link > Seconds{}) sum += fmt::format(" + {}", show(cost.link));
  std::string rows;
  if (cost.rows > 0) rows = fmt::format(", {} rows", show_count(cost.rows));
  std::string text = fmt::format("    {}{}, {} times, bound by {}, adds {}\n", operator_of(op.op),
                                 rows, show_count(op.repeats), name(cost.bound), show(op.exposed));
  text += term("time", sum);
  if (cost.compute > Seconds{}) text += compute_term(cost, machine);
  if (cost.memory > Seconds{}) text += memory_term(cost, machine);
  if (cost.on_chip > Seconds{}) text += on_chip_term(cost, machine);
  if (cost.link > Seconds{}) text += link_term(cost, machine);
  return text;
}

std::string step_text(const std::string& title, const StepBreakdown& step, const Machine& machine,
                      const TextStyle& style) {
  std::string text = '\n' + heading(title, style);
  text +=
      "  time = latency + smooth_max(compute, memory, on chip) + link; hidden parts add nothing\n";
  std::string segment;
  for (const OpShare& op : step.ops) {
    if (segment_of(op.op) != segment) {
      segment = segment_of(op.op);
      text += fmt::format("  {}\n", segment);
    }
    text += terms(op, machine);
  }
  text += fmt::format("  host {}, power limit and hand-over between stages {}\n", show(step.host),
                      show(step.other));
  return text;
}

std::string serving_text(const Answer& a, const TextStyle& style) {
  const ServingResult& s = a.best().serving;
  const ParallelPlan& plan = a.best().plan;
  const double osl = a.scenario.traffic.osl;
  const double batch = a.best().batch;
  std::string text = '\n' + heading("Serving: a closed loop of the batch", style);
  text += fmt::format("  steps   s   = ({} - 1) / {} tokens a step = {}\n", digits(osl, 1),
                      show_count(plan.tokens_per_step()),
                      show_count((osl - 1) / plan.tokens_per_step()));
  text += fmt::format("  step    t_d = {}\n", show(s.decode.step));
  text += fmt::format("  prefill t_p = {}\n", show(s.prefill_time));
  text += fmt::format("  group   b   = {} / {} = {} sequences\n", digits(batch, 1), plan.dp,
                      show_count(batch / plan.dp));
  text += fmt::format("  cycle   s t_d + b t_p = {}\n", show(s.cycle));
  text +=
      fmt::format("  output  batch osl / cycle = {} x {} / {} = {} tokens/s\n", digits(batch, 1),
                  digits(osl, 1), show(s.cycle), digits(s.output_tokens.base(), 4));
  text += fmt::format("  TPOT    (s t_d + (b - 1) t_p) / (osl - 1) = {}\n", show(s.tpot));
  text +=
      fmt::format("  TTFT    own prefill and the rest of the running step = {}\n", show(s.ttft));
  return text;
}

std::string per_million(DollarsPerToken price) { return digits((price * million_tokens).base()); }

std::string price_text(const Answer& a, const TextStyle& style) {
  const Bill& bill = a.best().bill;
  const EnergyBill& energy = bill.energy;
  std::string text = '\n' + heading("Power and price", style);
  text += fmt::format("  node     {} = (devices {} x {} + server) / PSU {}\n", show(energy.node),
                      a.scenario.system.devices_per_node, show(energy.board),
                      digits(a.scenario.system.server.psu_efficiency));
  text += fmt::format("  facility {} = {} / {} nodes x {} x PUE {}\n", show(energy.facility),
                      a.devices(), a.scenario.system.devices_per_node, show(energy.node),
                      digits(energy.pue));
  if (bill.hourly) {
    text += fmt::format("  rate     {} USD/h = {} devices x {} USD/h\n",
                        digits((a.devices() * bill.hourly->rate * hour).base()), a.devices(),
                        digits((bill.hourly->rate * hour).base()));
  }
  if (bill.input && bill.cached_input && bill.output) {
    text +=
        "  with P and D the system time of a request's prefill and decode and r that of holding\n"
        "  one prompt token's KV cache meanwhile, per million tokens:\n";
    text += fmt::format("  input    (P / isl + r) rate = {} USD\n", per_million(*bill.input));
    text += fmt::format("  cached   (attention over it + r) rate = {} USD\n",
                        per_million(*bill.cached_input));
    text += fmt::format("  output   (D - r isl) / osl rate = {} USD\n", per_million(*bill.output));
  }
  return text;
}

}  // namespace

std::string explain(const Answer& a, const TextStyle& style) {
  const Evaluation& best = a.best();
  std::string text;
  if (a.has_prefill()) {
    text += step_text(fmt::format("Prefill step, {}", show(best.prefill_steps.cost.time)),
                      best.prefill_steps, a.scenario.prefill_machine, style);
  }
  if (a.has_decode()) {
    text += step_text(fmt::format("Decode step, {}", show(best.decode_steps.cost.time)),
                      best.decode_steps, a.scenario.decode_machine, style);
  }
  if (a.has_prefill() && a.has_decode()) text += serving_text(a, style);
  return text + price_text(a, style);
}

}  // namespace infersim
