#include "report/sizes_section.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "infersim/report/table.hpp"
#include "report/money_words.hpp"

namespace infersim::detail {

namespace {

constexpr int least_deployment = 8;

/// Replicas and the degrees above 1, which are all that tells deployments apart: `4 x dp 16 ep 16`.
std::string deployment(const Candidate& candidate) {
  const ParallelPlan& plan = candidate.plan;
  std::vector<std::string> parts;
  const auto add = [&](const char* name, int degree) {
    if (degree > 1) parts.push_back(fmt::format("{} {}", name, degree));
  };
  add("tp", plan.tp);
  add("pp", plan.pp);
  add("dp", plan.dp);
  add("ep", plan.ep);
  const std::string degrees = parts.empty() ? "tp 1" : join(parts, " ");
  return candidate.replicas > 1 ? fmt::format("{} x {}", candidate.replicas, degrees) : degrees;
}

}  // namespace

std::string sizes_section(const Answer& a, const TextStyle& style) {
  if (a.planned.sizes.size() < 2) return {};
  const Headline& headline = a.best().headline;
  const bool ranks = a.best().plan.ranks_per_device > 1;
  Table table;
  table.columns = {{"devices", true}, {"tokens/s/device", true}};
  if (headline.ttft) table.columns.push_back({"TTFT ms", true});
  if (headline.tpot) table.columns.push_back({"TPOT ms", true});
  if (a.best().bill.output)
    table.columns.push_back({with_currency(a.scenario, "USD/M output"), true});
  table.columns.push_back({"", false});
  table.columns.push_back({ranks ? "in ranks" : "deployment", false, least_deployment});
  for (const SizeOption& size : a.planned.sizes) {
    const Candidate& c = size.candidate;
    std::vector<std::string> row = {digits(size.devices, 1), digits(c.tokens_per_device.base(), 4)};
    if (headline.ttft) row.push_back(digits(c.ttft / millisecond));
    if (headline.tpot) row.push_back(digits(c.tpot / millisecond));
    if (a.best().bill.output) {
      row.push_back(size.output
                        ? digits(in_currency(a.scenario, (*size.output * million_tokens).base()))
                        : "-");
    }
    row.emplace_back(size.chosen ? "chosen" : c.objectives_met ? "" : "misses");
    row.push_back(deployment(c));
    table.rows.push_back(std::move(row));
  }
  return heading("Sizes", style) + table.text(style);
}

}  // namespace infersim::detail
