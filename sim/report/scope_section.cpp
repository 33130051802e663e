#include "report/scope_section.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "infersim/scenario/scope.hpp"
#include "report/summary_sections.hpp"

namespace infersim::detail {
namespace {

constexpr std::size_t shown_extrapolations = 8;

std::string points_text(const ServingResidual& residual) {
  if (residual.rows == 0) return "a judgement";
  return fmt::format("{} measured points ({}, {})", residual.rows, residual.framework,
                     name(residual.regime));
}

std::string_view label(Metric metric) {
  switch (metric) {
    case Metric::ttft: return "TTFT";
    case Metric::tpot: return "TPOT";
    case Metric::tokens_per_s_per_device: return "tokens/s";
    case Metric::power:
    case Metric::latency: break;
  }
  return name(metric);
}

/// `TTFT: 431 measured points (vllm, fitted), TPOT likewise`.
std::string residuals_text(const Answer& a) {
  std::string text;
  std::string last;
  for (const Metric metric : serving_metrics) {
    const ServingResidual* residual = a.residual(metric);
    const std::string own = residual == nullptr ? "nothing" : points_text(*residual);
    const bool again = own == last;
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", label(metric),
                        again ? " likewise" : ": " + own);
    last = own;
  }
  return text;
}

}  // namespace

std::string regime_text(Regime regime) {
  return fmt::format("{}: {}", name(regime), meaning(regime));
}

std::string limits_text(double value, const std::optional<Interval>& spread) {
  if (!spread) return "not known";
  return fmt::format("{} to {}", digits(value * spread->p10), digits(value * spread->p90));
}

std::string spread_text(double value, const std::optional<Interval>& spread) {
  return spread ? fmt::format(" ({})", limits_text(value, spread)) : std::string{};
}

std::string extrapolation_text(const Extrapolation& each) {
  return fmt::format("{} from {} for {}: {}", each.what, each.from, each.to, each.why);
}

std::string scope_section(const Answer& a, const TextStyle& style) {
  const Scope& scope = a.best().accuracy.scope;
  std::string text = heading("Scope", style) + paragraph(regime_text(scope.regime), style) +
                     paragraph("Prediction errors are of " + residuals_text(a), style);
  const auto& all = scope.extrapolations;
  for (std::size_t i = 0; i < std::min(all.size(), shown_extrapolations); ++i)
    text += paragraph(extrapolation_text(all[i]), style);
  if (all.size() > shown_extrapolations) {
    text +=
        paragraph(fmt::format("and {} more in --json", all.size() - shown_extrapolations), style);
  }
  if (all.empty()) text += paragraph("nothing was extrapolated", style);
  return text;
}

}  // namespace infersim::detail
