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
/// parts of the decodes in its turn. Prompts join a part each, behind which the stages run empty:
/// no step overtakes another. Those that are split for want of room are spread over the parts, so
/// that the stages are filled, while the latency is that of prompts which go through in one piece.
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

  /// A step of one part: `decodes` of its sequences and `tokens` of prompts, with as many pairs as
  /// such tokens have on average and `more`.
  [[nodiscard]] StepCost part(double decodes, double tokens, double more = 0) const;
  /// Pairs of a new and an earlier token that `tokens` of prompts have on average.
  [[nodiscard]] double pairs(double tokens) const {
    return tokens / load_.new_tokens() * load_.prompt_pairs();
  }

  /// Prompts of the fullest step beside `running` decodes; under 1 for a prompt over the budget.
  [[nodiscard]] double most_prompts(double running) const;

 private:
  /// Over how many parts of the decodes they are spread: one each, or as many as they need.
  [[nodiscard]] double parts_with(double prompts, double most) const;
  /// Prompts in the fullest of the parts, behind which the others run: of n at random over p parts
  /// n/p + c(p) sqrt(n/p), c the expected greatest of p normal deviates.
  [[nodiscard]] double fullest(double prompts, double parts, double most) const;
  /// Prompts, or the part of one, for which the budget has room.
  [[nodiscard]] double room_beside(double running) const;

  ServingEngine engine_;
  const ServingLoad& load_;
  const Scheduler& scheduler_;
};

}  // namespace infersim::detail
