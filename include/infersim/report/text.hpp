#pragma once

#include <string>
#include <string_view>

#include "infersim/core/quantity.hpp"

namespace infersim {

/// How a text is laid out for whoever reads it.
struct TextStyle {
  int width = 80;      ///< columns
  bool color = false;  ///< headings stand out by escape sequences as well
};

/// `value` to so many significant digits, thousands apart: `1,943`, `49.4`, `0.0124`. Digits before
/// the point are never rounded away. `-` for what is not finite.
std::string digits(double value, int significant = 3);

/// A count: without decimals if it is whole, else to three significant digits.
std::string show_count(double count);

/// As `digits` with the unit of the nearest scale: `64.0 GB`, `376 TFLOP/s`, `12.3 us`.
std::string show(Bytes value);
std::string show(Bandwidth value);
std::string show(Flops value);
std::string show(FlopRate value);
std::string show(Seconds value);
std::string show(Watts value);
/// `62%`.
std::string show_percent(double share);
/// That share of `columns` marks, rounded, but at least one for what is more than nothing.
std::string bar(double share, int columns);

/// `text` broken at spaces into lines of at most `width` columns, each but the first after `indent`
/// spaces. The first is taken to start at column `indent` too. Without a final newline.
std::string wrap(std::string_view text, int width, int indent = 0);
/// Every line of `text` that is wider than `width` broken, what follows four columns deeper than it
/// begins; the others as they are. Every line ends with a newline.
std::string wrap_lines(std::string_view text, int width);

/// Columns that a text takes on a terminal: its UTF-8 characters.
int columns_of(std::string_view text);
/// `text` padded with spaces to `width` columns; longer text stays as it is.
std::string pad_right(std::string_view text, int width);
std::string pad_left(std::string_view text, int width);

/// A line of a heading, set off by style.
std::string heading(std::string_view text, const TextStyle& style);

}  // namespace infersim
