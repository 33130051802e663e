#pragma once

#include <string>
#include <string_view>

namespace infersim {

/// A text as SVG has it: `&`, `<` and `>` escaped.
std::string svg_text(std::string_view text);

}  // namespace infersim
