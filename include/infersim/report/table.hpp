#pragma once

#include <string>
#include <vector>

#include "infersim/report/text.hpp"

namespace infersim {

/// One column of a table.
struct TableColumn {
  std::string title;
  bool right = false;  ///< numbers stand under each other by their last digit
  /// Columns to which its cells may be cut (`Snapdragon 8 G..`) so that the table fits; with fewer
  /// to spare it is left out. 0: neither.
  int least = 0;
};

/// Rows under headings, aligned, two columns in, two columns apart or one where that is too wide.
struct Table {
  std::vector<TableColumn> columns;
  std::vector<std::vector<std::string>> rows;  ///< as many cells each as there are columns

  /// Lines no wider than the style's width where what may be cut suffices for it.
  [[nodiscard]] std::string text(const TextStyle& style) const;
};

}  // namespace infersim
