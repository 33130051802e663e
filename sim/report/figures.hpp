#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/report/card.hpp"

namespace infersim::detail {

/// A number as it was written: up to six digits, thousands apart.
std::string exact(double value);

// Figures in the unit that data sheets have them in; their value is in base units, that of a rental
// in USD/h.
Figure figure(std::string key, std::string label, Bytes value);
Figure figure(std::string key, std::string label, Bandwidth value);
Figure figure(std::string key, std::string label, FlopRate value);
Figure figure(std::string key, std::string label, JoulesPerByte value);
Figure figure(std::string key, std::string label, JoulesPerFlop value);
Figure figure(std::string key, std::string label, Seconds value);
Figure figure(std::string key, std::string label, Watts value);
Figure figure(std::string key, std::string label, Joules value);
Figure figure(std::string key, std::string label, Dollars value);
Figure figure(std::string key, std::string label, DollarRate value);
Figure figure(std::string key, std::string label, Area value);
/// A count or a share.
Figure figure(std::string key, std::string label, double value);

/// `figure` with where it comes from.
Figure from(Figure figure, const Provenance& provenance);

/// A figure as it stands in a JSON document: an integer if it is whole, without the noise that
/// scaling leaves in the last digits.
nlohmann::ordered_json number(double value);
/// The same, or null for 0, which stands for what is not known.
nlohmann::ordered_json known_number(double value);

/// Every figure of a card that has a source: `key, value, unit, text, basis, source, date, note`.
nlohmann::ordered_json figures_json(const Card& card);

/// A document, ending with a newline; bytes of names that are no UTF-8 are replaced.
std::string dumped(const nlohmann::ordered_json& document);

}  // namespace infersim::detail
