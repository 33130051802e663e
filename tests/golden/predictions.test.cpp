// Did a prediction move? Every device runs a dense and a sparse model, and every model on three
// kinds of device.

#include <fmt/format.h>

#include <string>

#include "infersim/core/catalog.hpp"
#include "infersim/search/planner.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"

namespace infersim::test {
namespace {

std::string money(const std::optional<DollarsPerToken>& price) {
  return price ? fmt::format("{:.6g}", *price * million_tokens / Dollars{1.0}) : "-";
}

std::string line(const std::string& hw, const std::string& model) {
  Question question;
  question.hw = hw;
  question.model = model;
  const auto found = find_plan(load_scenario(Catalog{}, question));
  if (!found) return fmt::format("{:24} {:30} cannot run\n", hw, model);
  const Evaluation& e = found->best;
  const ParallelPlan& p = e.plan;
  return fmt::format(
      "{:24} {:30} {:3} devices tp {} pp {} dp {} ep {} batch {}{}\n"
      "    {:.6g} tokens/s/device, TTFT {:.6g} ms, TPOT {:.6g} ms, {:.6g} W, {:.6g} J/token\n"
      "    USD per M tokens: {} in, {} cached, {} out; prefill {:.6g} ms, decode {:.6g} ms {}\n",
      hw, model, p.devices(), p.tp, p.pp, p.dp, p.ep, e.batch,
      e.objectives_met() ? "" : ", misses objectives", e.tokens_per_device.base(),
      e.headline.ttft.value() / millisecond, e.headline.tpot.value() / millisecond,
      e.board_power.base(), e.bill.energy.per_output_token.base(), money(e.bill.input),
      money(e.bill.cached_input), money(e.bill.output), e.prefill->alone.step / millisecond,
      e.decode->alone.step / millisecond, name(e.decode->steps.bound));
}

TEST_CASE("Predictions of every model") {
  const Catalog catalog;
  for (const char* hw : {"h200", "ascend910b", "m4-max"}) {
    std::string text;
    for (const std::string& model : catalog.ids(DescriptionKind::model))
      text += line(hw, model);
    check_golden(std::string("predictions-models-") + hw, text);
  }
}

}  // namespace
}  // namespace infersim::test
