#include "report/summary_words.hpp"

#include <cmath>

#include <fmt/format.h>

namespace infersim::detail {

std::string paragraph(const std::string& text, const TextStyle& style) {
  return "  " + wrap(text, style.width, 2) + '\n';
}

std::string item(std::string_view label, const std::string& text, const TextStyle& style) {
  return "  " + pad_right(label, item_indent - 2) + wrap(text, style.width, item_indent) + '\n';
}

std::string milliseconds(Seconds time) { return digits(time / millisecond) + " ms"; }

std::string plural(double count, std::string_view thing) {
  return fmt::format("{} {}{}", digits(count, 1), thing, count == 1 ? "" : "s");
}

std::string full_steps(const Answer& a) {
  const double prompts = a.best().prefill->alone.sequences;
  std::string text = fmt::format("steps of {} per group", plural(prompts, "prompt"));
  const double tokens = prompts * (a.scenario.traffic.isl - a.best().cached);
  const double parts = std::ceil(tokens / a.scheduler().budget - 1e-9);
  if (parts > 1) text = fmt::format("{} steps for each prompt of a group", digits(parts, 1));
  return text;
}

std::string source_text(const Provenance& provenance) {
  std::string text = provenance.source.empty() ? provenance.note : provenance.source;
  if (!provenance.date.empty()) text += fmt::format(" ({})", provenance.date);
  return fmt::format("{}{}{}", text, text.empty() ? "" : ", ", name(provenance.basis));
}

}  // namespace infersim::detail
