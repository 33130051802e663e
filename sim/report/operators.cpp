#include "infersim/report/operators.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace infersim {

namespace {

/// A line while it is being added up.
struct Sum {
  OperatorTime line;
  std::array<Seconds, bound_count> by_bound{};
  Seconds compute;  ///< that useful flops would take at peak
  Seconds memory;
  Seconds on_chip;
  Seconds link;
};

/// Less of a step than this is rounding.
constexpr double negligible = 1e-9;

Seconds compute_at_peak(const OpCost& cost, const Machine& machine) {
  const Flops executed = cost.activity.total_flops();
  if (executed <= Flops{}) return {};
  Seconds time;
  for (const NumberType type : all_number_types) {
    const FlopRate peak =
        machine.peak[index(type)] > FlopRate{} ? machine.peak[index(type)] : machine.vector_peak;
    if (peak > FlopRate{}) time += cost.activity.flops[index(type)] / peak;
  }
  return time * std::min(1.0, cost.useful_flops / executed);
}

Seconds on_chip_at_peak(const OpCost& cost) {
  if (cost.on_chip_bandwidth <= Bandwidth{}) return {};
  return cost.activity.on_chip / cost.on_chip_bandwidth;
}

Seconds links_at_peak(const OpCost& cost, const Fabric& fabric) {
  Seconds time;
  if (fabric.scale_up > Bandwidth{}) time = cost.activity.scale_up / fabric.scale_up;
  if (fabric.scale_out > Bandwidth{}) time = max(time, cost.activity.scale_out / fabric.scale_out);
  return time;
}

/// `qkv_a` of `dense x3: qkv_a`.
std::string operator_name(const std::string& path) {
  const std::size_t colon = path.rfind(": ");
  return colon == std::string::npos ? path : path.substr(colon + 2);
}

Sum& line_of(std::vector<Sum>& sums, const std::string& op, const std::string& op_class,
             bool on_host = false) {
  const auto found = std::find_if(sums.begin(), sums.end(), [&](const Sum& sum) {
    return sum.line.op == op && sum.line.op_class == op_class && sum.line.on_host == on_host;
  });
  if (found != sums.end()) return *found;
  sums.emplace_back();
  sums.back().line.op = op;
  sums.back().line.op_class = op_class;
  sums.back().line.on_host = on_host;
  return sums.back();
}

void add_remainder(std::vector<Sum>& sums, const std::string& op, Seconds time, Seconds step) {
  if (time <= negligible * step) return;
  Sum& sum = line_of(sums, op, op);
  sum.line.time += time;
  sum.line.busy += time;
  sum.by_bound[static_cast<std::size_t>(Bound::latency)] += time;
}

}  // namespace

std::vector<OperatorTime> operator_times(const StepBreakdown& step, const Machine& device,
                                         Grouping grouping) {
  std::vector<Sum> sums;
  for (const OpShare& share : step.ops) {
    const OpCost& cost = share.cost;
    if (cost.time <= Seconds{}) continue;
    const bool whole_class = grouping == Grouping::by_class;
    const Machine& machine = share.on_host ? step.host_table->machine : device;
    Sum& sum = line_of(sums, whole_class ? share.op_class : operator_name(share.op), share.op_class,
                       share.on_host);
    sum.line.time += share.exposed;
    sum.line.busy += cost.time * share.repeats;
    sum.compute += compute_at_peak(cost, machine) * share.repeats;
    if (machine.memory_bandwidth > Bandwidth{}) {
      sum.memory += cost.activity.memory / machine.memory_bandwidth * share.repeats;
    }
    sum.on_chip += on_chip_at_peak(cost) * share.repeats;
    sum.link += links_at_peak(cost, machine.fabric) * share.repeats;
    // A line that is hidden altogether is bound by what bounds it when it runs.
    sum.by_bound[static_cast<std::size_t>(cost.bound)] +=
        share.exposed + negligible * cost.time * share.repeats;
  }
  add_remainder(sums, "host", step.host, step.cost.time);
  add_remainder(sums, "other", step.other, step.cost.time);

  Seconds total;
  for (const Sum& sum : sums)
    total += sum.line.time;
  std::vector<OperatorTime> lines;
  for (Sum& sum : sums) {
    OperatorTime line = std::move(sum.line);
    if (total > Seconds{}) line.share = line.time / total;
    line.bound = static_cast<Bound>(std::max_element(sum.by_bound.begin(), sum.by_bound.end()) -
                                    sum.by_bound.begin());
    line.compute_of_peak = sum.compute / line.busy;
    line.memory_of_peak = sum.memory / line.busy;
    line.on_chip_of_peak = sum.on_chip / line.busy;
    line.link_of_peak = sum.link / line.busy;
    lines.push_back(std::move(line));
  }
  if (grouping == Grouping::by_class) {
    std::stable_sort(lines.begin(), lines.end(),
                     [](const OperatorTime& a, const OperatorTime& b) { return a.time > b.time; });
  }
  return lines;
}

}  // namespace infersim
