#include "infersim/report/table.hpp"

#include <algorithm>
#include <cstddef>

namespace infersim {

namespace {

constexpr int wide_gap = 2;
constexpr int narrow_gap = 1;
constexpr int indent = 2;

/// The first `width` columns of a text, the last two as `..` if it is longer.
std::string cut(std::string_view text, int width) {
  if (columns_of(text) <= width) return std::string(text);
  std::string kept(text);
  while (!kept.empty() && columns_of(kept) > width - 2) {
    // A character of several bytes goes as a whole.
    while ((static_cast<unsigned char>(kept.back()) & 0xC0U) == 0x80U)
      kept.pop_back();
    kept.pop_back();
  }
  return kept + "..";
}

std::vector<int> widths_of(const Table& table) {
  std::vector<int> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    int width = columns_of(table.columns[c].title);
    for (const auto& row : table.rows)
      width = std::max(width, columns_of(row[c]));
    widths.push_back(width);
  }
  return widths;
}

/// Widths of the columns, 0 for one that is left out, and the columns between them.
struct Layout {
  std::vector<int> widths;
  int gap = wide_gap;

  /// Columns that a line has beyond `available`.
  [[nodiscard]] int excess(int available) const {
    int needed = indent - gap;
    for (const int width : widths)
      needed += width > 0 ? width + gap : 0;
    return needed - available;
  }
};

/// Narrows what may be narrowed, the first column first, until the table fits.
Layout fit(const Table& table, int available) {
  Layout layout{widths_of(table)};
  if (layout.excess(available) > 0) layout.gap = narrow_gap;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const int over = layout.excess(available);
    if (over <= 0 || table.columns[c].least == 0) continue;
    int& width = layout.widths[c];
    width = width - over >= table.columns[c].least ? width - over : 0;
  }
  if (layout.gap == narrow_gap) {
    layout.gap = wide_gap;
    if (layout.excess(available) > 0) layout.gap = narrow_gap;
  }
  return layout;
}

std::string line(const Table& table, const Layout& layout, const std::vector<std::string>& cells) {
  std::string text(indent, ' ');
  bool first = true;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const int width = layout.widths[c];
    if (width == 0) continue;
    if (!first) text.append(static_cast<std::size_t>(layout.gap), ' ');
    first = false;
    const std::string cell = cut(cells[c], width);
    text += table.columns[c].right ? pad_left(cell, width) : pad_right(cell, width);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

std::string Table::text(const TextStyle& style) const {
  const Layout layout = fit(*this, style.width);
  std::vector<std::string> titles;
  for (const TableColumn& column : columns)
    titles.push_back(column.title);
  std::string lines = heading(line(*this, layout, titles), style);
  for (const auto& row : rows)
    lines += line(*this, layout, row) + '\n';
  return lines;
}

}  // namespace infersim
