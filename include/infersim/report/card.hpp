#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infersim/core/provenance.hpp"
#include "infersim/report/text.hpp"

namespace infersim {

/// One figure of a description, or one that follows from such.
struct Figure {
  std::string key;                       ///< where it stands: `memory.HBM3e.bandwidth`
  std::string label;                     ///< beside it in text: `bandwidth`
  std::string text;                      ///< as it is shown: `4.8 TB/s`
  double value = 0;                      ///< in `unit`
  std::string unit;                      ///< `B/s`; empty for counts and shares
  std::optional<Provenance> provenance;  ///< none: it is derived
};

/// Figures that belong together, and what is to be said about them.
struct CardSection {
  std::string title;
  std::vector<Figure> figures;
  std::vector<std::string> notes;
};

/// All that is known of one thing.
struct Card {
  std::string title;
  std::vector<std::string> facts;  ///< what it is, below the title
  std::vector<CardSection> sections;
};

/// `datasheet: NVIDIA H200 datasheet (2024); capacity in GB`: basis, source with its date, note.
std::string provenance_text(const Provenance& provenance);

/// The card for a person: a figure to a line with its basis, and below those of one source that
/// source once.
std::string card_text(const Card& card, const TextStyle& style);

}  // namespace infersim
