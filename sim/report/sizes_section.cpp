#include "report/sizes_section.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "infersim/report/table.hpp"
#include "report/plan_section.hpp"

namespace infersim::detail {

namespace {

constexpr int least_plan = 16;

std::string deployment(const Candidate& candidate, bool experts) {
  const std::string plan = degrees(candidate.plan, experts);
  return candidate.replicas > 1 ? fmt::format("{} x {}", candidate.replicas, plan) : plan;
}

}  // namespace

std::string sizes_section(const Answer& a, const TextStyle& style) {
  if (a.planned.sizes.size() < 2) return {};
  const Headline& headline = a.best().headline;
  Table table;
  table.columns = {{"devices", true}, {"tokens/s/device", true}};
  if (headline.ttft) table.columns.push_back({"TTFT ms", true});
  if (headline.tpot) table.columns.push_back({"TPOT ms", true});
  if (a.best().bill.output) table.columns.push_back({"USD/M output", true});
  table.columns.push_back({"", false});
  table.columns.push_back({"deployment", false, least_plan});
  for (const SizeOption& size : a.planned.sizes) {
    const Candidate& c = size.candidate;
    std::vector<std::string> row = {digits(size.devices, 1), digits(c.tokens_per_device.base(), 4)};
    if (headline.ttft) row.push_back(digits(c.ttft / millisecond));
    if (headline.tpot) row.push_back(digits(c.tpot / millisecond));
    if (a.best().bill.output) {
      row.push_back(size.output ? digits((*size.output * million_tokens).base()) : "-");
    }
    row.emplace_back(size.chosen ? "chosen" : c.objectives_met ? "" : "misses");
    row.push_back(deployment(c, a.experts_per_rank() > 0));
    table.rows.push_back(std::move(row));
  }
  return heading("Sizes", style) + table.text(style);
}

}  // namespace infersim::detail
