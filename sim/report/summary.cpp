#include "infersim/report/summary.hpp"

#include <fmt/format.h>

#include "report/api_section.hpp"
#include "report/defaults_section.hpp"
#include "report/headline_section.hpp"
#include "report/placement_section.hpp"
#include "report/plan_section.hpp"
#include "report/scope_section.hpp"
#include "report/sizes_section.hpp"
#include "report/summary_sections.hpp"

namespace infersim {

namespace {

using detail::full_steps;
using detail::item;
using detail::milliseconds;
using detail::paragraph;

/// Number types of routed experts, where they are not those of other weights.
std::string experts_text(const Answer& a) {
  const PrecisionPlan& p = a.scenario.precision;
  const bool own = p.experts != p.weights || p.expert_compute != p.compute;
  if (a.experts_per_rank() <= 0 || !own) return {};
  return fmt::format(", routed experts {} with products {}", name(p.experts),
                     name(p.expert_compute));
}

/// In which weights are stored: a format by its name and what most of them take.
std::string weights_text(const PrecisionPlan& p) {
  std::string text{p.format.empty() ? name(p.weights) : std::string_view(p.format)};
  if (p.bits.linear > 0) text += fmt::format(" ({} bits)", digits(p.bits.linear));
  if (p.projections != p.weights || p.bits.projections != p.bits.linear) {
    text += fmt::format(", projections {}", name(p.projections));
    if (p.bits.projections > 0) text += fmt::format(" ({} bits)", digits(p.bits.projections));
  }
  return text;
}

std::string precision_section(const Answer& a, const TextStyle& style) {
  const PrecisionPlan& p = a.scenario.precision;
  return heading("Number types", style) +
         paragraph(
             fmt::format("weights {}, products {}{}, attention {}, KV cache {}", weights_text(p),
                         name(p.compute), experts_text(a), name(p.attention), name(p.kv)),
             style) +
         paragraph(p.reason, style);
}

/// Which engine runs a phase, where a device has several.
std::string on_engine(const Device& device, const Engine& engine) {
  return device.engines.size() > 1 ? fmt::format(", on the {}", engine.name) : "";
}

std::string phases_section(const Answer& a, const TextStyle& style) {
  const Device& device = a.scenario.device;
  std::string text = heading("Each phase alone on these devices", style);
  if (const auto& prefill = a.best().prefill) {
    text +=
        item("prefill",
             fmt::format("{} for one prompt, {} tokens/s per device in {}; bound by {}{}",
                         milliseconds(prefill->alone.step),
                         digits(prefill->tokens_per_device.base(), 4), full_steps(a),
                         name(prefill->steps.bound), on_engine(device, device.prefill_engine())),
             style);
  }
  if (const auto& decode = a.best().decode) {
    const Seconds tpot = decode->alone.tpot;
    text += item(
        "decode",
        fmt::format("{} a token, {} tokens/s per device, {} per user at a context of {}; "
                    "bound by {}, MFU {}, MBU {}{}",
                    milliseconds(tpot), digits(decode->tokens_per_device.base(), 4),
                    digits(Tokens{1} / tpot / TokenRate{1}), digits(a.scenario.decode_context, 1),
                    name(decode->steps.bound), show_percent(decode->mfu), show_percent(decode->mbu),
                    on_engine(device, device.decode_engine())),
        style);
  }
  return text;
}

}  // namespace

std::string summary(const Answer& answer, const TextStyle& style) {
  std::string text = detail::headline_section(answer, style);
  for (const std::string& section :
       {detail::sizes_section(answer, style), detail::scope_section(answer, style),
        detail::single_user_section(answer, style), detail::plan_section(answer, style),
        detail::placement_section(answer, style), precision_section(answer, style),
        phases_section(answer, style), detail::memory_section(answer, style),
        detail::time_sections(answer, style), detail::power_section(answer, style),
        detail::cost_section(answer, style), detail::api_section(answer, style),
        detail::assumptions_section(answer, style), detail::defaults_section(answer, style)}) {
    if (!section.empty()) text += '\n' + section;
  }
  return text;
}

std::string infeasible_summary(const Scenario& scenario, const Infeasible& infeasible,
                               const TextStyle& style) {
  const std::string what = infeasible.no_answer
                               ? fmt::format("no answer: {} on {}: {}", scenario.model.name,
                                             scenario.device.name, infeasible.reason)
                               : fmt::format("{} cannot run on {}: {}", scenario.model.name,
                                             scenario.device.name, infeasible.reason);
  std::string text = wrap(what, style.width) + '\n';
  if (infeasible.needed > Bytes{}) {
    text += paragraph(
        fmt::format("needed {}, available {}", show(infeasible.needed), show(infeasible.available)),
        style);
  }
  if (!infeasible.hint.empty()) text += paragraph("hint: " + infeasible.hint, style);
  return text;
}

}  // namespace infersim
