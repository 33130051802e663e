#include "infersim/report/card.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "report/summary_sections.hpp"

namespace infersim {

namespace {

using detail::paragraph;

bool same_source(const std::optional<Provenance>& a, const std::optional<Provenance>& b) {
  if (!a || !b) return !a && !b;
  return a->source == b->source && a->date == b->date && a->note == b->note;
}

/// Source and note without the basis, which stands beside each figure.
std::string source_line(const Provenance& provenance) {
  std::string text = provenance.source;
  if (!provenance.date.empty()) text += fmt::format(" ({})", provenance.date);
  if (!provenance.note.empty()) text += (text.empty() ? "" : "; ") + provenance.note;
  return text;
}

int widest(const CardSection& section, std::string Figure::*part) {
  int width = 0;
  for (const Figure& figure : section.figures)
    width = std::max(width, columns_of(figure.*part));
  return width;
}

std::string figure_line(const Figure& figure, int label_width, int text_width) {
  std::string line = fmt::format("  {}  {}", pad_right(figure.label, label_width),
                                 pad_right(figure.text, text_width));
  if (figure.provenance) line += fmt::format("  {}", name(figure.provenance->basis));
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string section_text(const CardSection& section, const TextStyle& style) {
  std::string text = heading(wrap(section.title, style.width), style);
  const int labels = widest(section, &Figure::label);
  const int values = widest(section, &Figure::text);
  for (std::size_t i = 0; i < section.figures.size(); ++i) {
    const Figure& figure = section.figures[i];
    text += figure_line(figure, labels, values);
    const bool last = i + 1 == section.figures.size() ||
                      !same_source(figure.provenance, section.figures[i + 1].provenance);
    if (!last || !figure.provenance) continue;
    const std::string source = source_line(*figure.provenance);
    if (!source.empty()) text += "    " + wrap(source, style.width, 4) + '\n';
  }
  for (const std::string& note : section.notes)
    text += paragraph(note, style);
  return text;
}

}  // namespace

std::string provenance_text(const Provenance& provenance) {
  const std::string source = source_line(provenance);
  return fmt::format("{}{}{}", name(provenance.basis), source.empty() ? "" : ": ", source);
}

std::string card_text(const Card& card, const TextStyle& style) {
  std::string text = heading(wrap(card.title, style.width), style);
  for (const std::string& fact : card.facts)
    text += paragraph(fact, style);
  for (const CardSection& section : card.sections)
    text += '\n' + section_text(section, style);
  return text;
}

}  // namespace infersim
