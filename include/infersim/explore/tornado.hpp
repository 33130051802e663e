#pragma once

#include <string>

#include "infersim/explore/sensitivity.hpp"

namespace infersim {

/// As an SVG document: for each of the first `most` figures a bar by which the first metric moves
/// for 10 % more of the figure, and one for 10 % less.
std::string tornado_svg(const Sensitivities& found, std::size_t most);

}  // namespace infersim
