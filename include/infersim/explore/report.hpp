#pragma once

#include <string>

#include "infersim/explore/sensitivity.hpp"
#include "infersim/explore/solve.hpp"
#include "infersim/report/text.hpp"

namespace infersim {

/// A table of elasticities, the greatest ahead, at most `most` rows.
std::string sensitivity_text(const Sensitivities& found, std::size_t most, const TextStyle& style);
std::string sensitivity_json(const Sensitivities& found);
/// As an SVG document: for each of the first `most` figures a bar by which the first metric moves
/// for 10 % more of the figure, and one for 10 % less.
std::string tornado_svg(const Sensitivities& found, std::size_t most);

/// What each figure would have to be, or the wall.
std::string solution_text(const Solution& solution, const TextStyle& style);
std::string solution_json(const Solution& solution);

}  // namespace infersim
