#include "report/plan_section.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "infersim/report/framework_card.hpp"
#include "infersim/report/table.hpp"
#include "report/summary_words.hpp"

namespace infersim::detail {

namespace {

constexpr std::size_t shown_candidates = 5;
constexpr int least_plan = 16;

/// Degrees counted in ranks: `tp 4 pp 1 dp 4 ep 1`.
std::string degrees(const ParallelPlan& plan, bool experts) {
  std::string text = fmt::format("tp {} pp {} dp {}", plan.tp, plan.pp, plan.dp);
  if (experts) text += fmt::format(" ep {}", plan.ep);
  return text;
}

std::string candidates(const Answer& a, const TextStyle& style) {
  const auto& considered = a.planned.considered;
  if (considered.size() < 2) return {};
  const Evaluation& best = a.best();
  const bool experts = a.experts_per_rank() > 0;
  const bool dies = best.plan.ranks_per_device > 1;
  Table table;
  table.columns = {{dies ? "plans, in ranks" : "plans", false, least_plan}};
  if (best.decode) table.columns.push_back({"batch", true});
  table.columns.push_back({"tokens/s/device", true});
  if (best.headline.ttft) table.columns.push_back({"TTFT ms", true});
  if (best.headline.tpot) table.columns.push_back({"TPOT ms", true});
  table.columns.push_back({"", false});
  for (std::size_t i = 0; i < std::min(considered.size(), shown_candidates); ++i) {
    const Candidate& c = considered[i];
    const std::string copies = c.replicas > 1 ? fmt::format("{} x ", c.replicas) : "";
    std::vector<std::string> row = {copies + degrees(c.plan, experts)};
    if (best.decode) row.push_back(digits(c.batch, 1));
    row.push_back(digits(c.tokens_per_device.base(), 4));
    if (best.headline.ttft) row.push_back(digits(c.ttft / millisecond));
    if (best.headline.tpot) row.push_back(digits(c.tpot / millisecond));
    row.emplace_back(c.objectives_met ? "" : "misses");
    table.rows.push_back(std::move(row));
  }
  return table.text(style) +
         paragraph(fmt::format("{} and {} tried, {} could not run",
                               plural(static_cast<double>(a.planned.plans_tried), "plan"),
                               plural(static_cast<double>(a.planned.batches_tried), "batch size"),
                               digits(static_cast<double>(a.planned.plans_infeasible), 1)),
                   style);
}

}  // namespace

std::string plan_section(const Answer& a, const TextStyle& style) {
  const ParallelPlan& plan = a.best().plan;
  const bool experts = a.experts_per_rank() > 0;
  const int replicas = a.best().replicas;
  std::string chosen = replicas > 1 ? fmt::format("{} replicas of ", replicas) : "";
  chosen += degrees(plan, experts);
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
  if (a.best().decode) {
    chosen += fmt::format(", batch {}", digits(a.best().batch, 1));
    if (a.devices() > 1) {
      chosen += fmt::format(" ({} a device)", show_count(a.best().batch / a.devices()));
    }
  } else {
    chosen += ", " + full_steps(a);
  }
  if (plan.microbatches > 1) chosen += fmt::format(", {} micro-batches", plan.microbatches);
  if (plan.mtp > 0) {
    const Scenario& s = a.scenario;
    const std::string by = s.draft            ? " by " + s.draft->model.name
                           : s.question.draft ? " by n-grams"
                                              : "";
    chosen +=
        fmt::format(", {}{} accepted at {}: {} tokens a step", plural(plan.mtp, "draft token"), by,
                    show_percent(plan.acceptance), digits(plan.tokens_per_step()));
  }
  std::string text = heading("Plan", style) + paragraph(chosen, style);
  if (a.best().service && a.best().batch > 1) {
    text += paragraph(
        fmt::format("{}: {}", a.scenario.framework.name, scheduler_text(a.scheduler())), style);
  }
  if (!a.planned.choice.empty()) text += paragraph(a.planned.choice, style);
  return text + candidates(a, style);
}

}  // namespace infersim::detail
