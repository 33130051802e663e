#pragma once

#include "infersim/serving/closed_loop.hpp"

namespace infersim::detail {

/// What a step with prompts in it takes.
struct PromptStep {
  Seconds latency;  ///< until its tokens are there
  Seconds hold;     ///< by which the group's decodes come later
  Seconds follow;   ///< after which the next chunk of the same prompt can be through
  Joules energy;    ///< above idle, of one rank, that the prompts add
};

/// The steps of one data-parallel group under a scheduler. Of pp stages each works on one of pp
/// parts of the decodes in its turn. Prompts that may be split are spread over the parts, so that
/// the stages are filled, while the latency is that of prompts which go through in one piece: no
/// less. Whole prompts join a part each, behind which the stages run empty.
class GroupSteps {
 public:
  GroupSteps(const ServingEngine& engine, const ServingLoad& load, const Scheduler& scheduler)
      : engine_(engine), load_(load), scheduler_(scheduler) {}

  /// `running` sequences that decode, no prompts.
  [[nodiscard]] PhaseResult decode(double running) const {
    return decode_alone(engine_.decode, load_, running);
  }

  /// `prompts` of them (a fraction: that part of one prompt) and nothing else.
  [[nodiscard]] PromptStep prompts_alone(double prompts) const;

  /// The same beside the decodes of a step, if the scheduler mixes them.
  [[nodiscard]] PromptStep prompts(const PhaseResult& beside, double prompts) const;

  /// Prompts of the fullest step beside `running` decodes; under 1 for a prompt over the budget.
  [[nodiscard]] double most_prompts(double running) const;

 private:
  /// Over how many parts of the decodes they are spread.
  [[nodiscard]] double parts_with(double prompts) const;

  ServingEngine engine_;
  const ServingLoad& load_;
  const Scheduler& scheduler_;
};

}  // namespace infersim::detail
