#include "infersim/serving/conditions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "serving/group_steps.hpp"

namespace infersim {
namespace {

/// What steps evaluated elsewhere, and noise of a run of the scheduler, may add.
constexpr double slack = 1.03;
constexpr double slack_of_rates = 1.1;

class Conditions {
 public:
  Conditions(const ServingEngine& engine, const ServingLoad& load, const Scheduler& scheduler,
             const ServingResult& result)
      : load_(load),
        scheduler_(scheduler),
        result_(result),
        steps_(engine, load, scheduler),
        decode_(load.decode_steps() > 0.0 ? (load.traffic.osl - 1.0) * result.tpot : Seconds{}) {}

  std::vector<std::string> broken() {
    signs();
    if (!broken_.empty()) return std::move(broken_);  // the others divide by them
    little();
    if (load_.decode_steps() > 0.0) {
      longest_step();
      decode_rate();
    }
    busy_time();
    return std::move(broken_);
  }

 private:
  template <class... Args>
  void require(bool holds, fmt::format_string<Args...> text, Args&&... args) {
    if (!holds) broken_.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

  void number(const char* name, double value, bool positive) {
    const bool holds = std::isfinite(value) && (positive ? value > 0.0 : value >= 0.0);
    require(holds, "{} is {}: it must be finite and {}", name, value,
            positive ? "above 0" : "not below 0");
  }

  void signs() {
    const ServingResult& r = result_;
    const bool answers = load_.decode_steps() > 0.0;
    number("ttft", r.ttft.base(), true);
    number("ttft_median", r.ttft_median.base(), true);
    number("ttft_steady", r.ttft_steady.base(), true);
    number("ttft_first", r.ttft_first.base(), false);
    number("tpot", r.tpot.base(), answers);
    number("output_tokens", r.output_tokens.base(), true);
    number("run_output_tokens", r.run_output_tokens.base(), true);
    number("input_tokens", r.input_tokens.base(), true);
    number("cycle", r.cycle.base(), true);
    number("decode.step", r.decode.step.base(), true);
    number("decode_step", r.decode_step.base(), answers);
    number("delay", r.delay.base(), false);
    number("running", r.running, answers);
    number("energy", r.energy.base(), false);
    const FirstTokenTerms& terms = r.terms;
    for (const Seconds& term :
         {terms.queue, terms.running, terms.lag, terms.look, terms.excess, terms.own}) {
      number("a term of ttft", term.base(), false);
    }
  }

  void little() {
    const double in_flight =
        (result_.output_tokens / load_.traffic.osl * (result_.ttft + decode_)).base();
    require(std::abs(in_flight / load_.batch - 1.0) < 1e-6,
            "output rate times latency is {:.6g} requests, {:.6g} are in flight", in_flight,
            load_.batch);
    if (std::isfinite(load_.waves)) return;
    const double decoding = result_.slots * (decode_ / result_.cycle);
    require(std::abs(decoding - result_.running) <= 0.02 * result_.running + 1e-6,
            "{:.6g} requests decode, rate times decode is {:.6g}", result_.running, decoding);
    const double all = result_.slots * ((result_.ttft_steady + decode_) / result_.cycle);
    const double group = std::max(load_.per_group(), 1.0);
    require(std::abs(all / group - 1.0) < 0.02,
            "{:.6g} requests of a group wait or decode, {:.6g} are in flight", all, group);
  }

  /// A decode step and what may come before or beside it.
  void longest_step() {
    // With stages a request waits for the turn of its part once.
    const double turns = load_.decode_steps() + (load_.pp > 1 ? 1.0 : 0.0);
    const Seconds step = decode_ / turns;
    const double parts = load_.pp;
    const Seconds all = steps_.decode(parts * std::ceil(result_.slots / parts)).step;
    const Seconds bare = max(all, steps_.decode(1.0).step);
    Seconds longest = bare;
    if (scheduler_.mixed) {
      for (const double beside : {result_.slots, std::max(result_.running, 1.0)}) {
        const double most = std::min(steps_.most_prompts(beside), result_.slots);
        if (most <= 0.0) continue;
        longest = max(longest, steps_.prompts(steps_.decode(beside), most).follow);
      }
      // The last chunk of a long prompt attends to all of it: up to twice the pairs of the mean.
      longest = max(longest, 2.0 * longest - bare);
    } else {
      const double most = std::min(steps_.most_prompts(0.0), result_.slots);
      longest += std::ceil((result_.slots - 1.0) / most) * steps_.prompts_alone(most).hold;
      longest = max(longest, bare + (result_.slots - 1.0) * result_.delay);
    }
    require(step <= slack * longest,
            "a decode step takes {:.6g} s with its prompts, the longest {:.6g} s", step.base(),
            longest.base());
  }

  void decode_rate() {
    const double osl = load_.traffic.osl;
    const double made = (result_.run_output_tokens * ((osl - 1.0) / osl)).base();
    double most = 0.0;
    for (const double share : {1.0, 0.5, 0.25}) {
      const double b = std::max(1.0, share * result_.slots);
      most = std::max(most, steps_.decode(b).tokens.base());
    }
    if (result_.running >= 1.0) most = std::max(most, steps_.decode(result_.running).tokens.base());
    require(made <= slack_of_rates * most,
            "{:.6g} output tokens/s after the first of each answer, decode alone makes {:.6g}",
            made, most);
  }

  /// Prompts fit into time.
  void busy_time() {
    const double prompts = result_.slots * (result_.delay / result_.cycle);
    require(std::isfinite(load_.waves) || prompts <= slack_of_rates,
            "prompts take {:.3g} of the time", prompts);
  }

  const ServingLoad& load_;
  const Scheduler& scheduler_;
  const ServingResult& result_;
  detail::GroupSteps steps_;
  Seconds decode_;
  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> broken_conditions(const ServingEngine& engine, const ServingLoad& load,
                                           const Scheduler& scheduler,
                                           const ServingResult& result) {
  return Conditions(engine, load, scheduler, result).broken();
}

}  // namespace infersim
