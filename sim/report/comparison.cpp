#include "infersim/report/comparison.hpp"
#include "infersim/report/fields.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include <fmt/format.h>

#include "report/api_section.hpp"
#include "report/money_words.hpp"
#include "report/scope_section.hpp"
#include "report/summary_sections.hpp"

namespace infersim {

namespace {

constexpr int label_width = 22;
constexpr int least_column = 11;
constexpr int most_column = 18;

FieldValue read(const Field& field, const ComparisonColumn& column) {
  if (!column.answer) return {};
  return field.read(Answer{column.scenario, *column.answer});
}

/// The same as text has it: money in the currency that was asked for.
FieldValue shown(const Field& field, const ComparisonColumn& column) {
  const FieldValue value = read(field, column);
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr || !field.label.starts_with(name(Currency::usd))) return value;
  return detail::in_currency(column.scenario, *number);
}

std::string cell(const FieldValue& value) {
  struct Writer {
    std::string operator()(std::monostate) const { return "-"; }
    std::string operator()(bool yes) const { return yes ? "yes" : "no"; }
    std::string operator()(std::int64_t count) const {
      return show_count(static_cast<double>(count));
    }
    std::string operator()(double number) const { return digits(number, 4); }
    std::string operator()(const std::string& text) const { return text; }
  };
  return std::visit(Writer{}, value);
}

/// In few columns: `0.83`, `74`, `1.2k`.
std::string compact(double value) {
  constexpr double thousand = 1e3;
  constexpr int significant = 2;
  return value < thousand ? digits(value, significant)
                          : digits(value / thousand, significant) + 'k';
}

/// Not a number for what is none.
double number(const FieldValue& value) {
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* count = std::get_if<std::int64_t>(&value)) return static_cast<double>(*count);
  return std::numeric_limits<double>::quiet_NaN();
}

/// A title broken behind hyphens and at spaces into lines of at most `width` columns.
std::vector<std::string> title_lines(std::string_view title, int width) {
  std::vector<std::string> lines(1);
  while (!title.empty()) {
    const std::size_t end = std::min(title.find_first_of("- ") + 1, title.size());
    std::string_view part = title.substr(0, end == 0 ? title.size() : end);
    title.remove_prefix(part.size());
    while (columns_of(part) > width) {
      const auto fits = static_cast<std::size_t>(width);
      lines.emplace_back(part.substr(0, fits));
      part.remove_prefix(fits);
    }
    if (columns_of(lines.back()) + columns_of(part) > width) lines.emplace_back();
    lines.back() += part;
  }
  std::erase(lines, "");
  for (std::string& line : lines)
    line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

std::string joined(const std::string& label, const std::vector<std::string>& cells, int width) {
  std::string line = "  " + pad_right(label, label_width - 2);
  for (const std::string& text : cells) {
    line += columns_of(text) < width ? pad_left(text, width) : ' ' + text;
  }
  return line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
}

/// Whether something came out that cannot be true, instead of an answer.
bool refused(const ComparisonColumn& column) {
  return !column.answer && column.answer.error().no_answer;
}

class Block {
 public:
  Block(std::span<const ComparisonColumn> columns, const ComparisonColumn* reference, int width)
      : columns_(columns), reference_(reference), width_(width) {}

  [[nodiscard]] std::string text(const TextStyle& style) const {
    std::string text = titles(style);
    std::string_view group;
    for (const Field& field : fields()) {
      if (field.label.empty()) continue;
      const std::string_view own = field.path.substr(0, field.path.find('.') + 1);
      if (own != group) text += '\n';
      group = own;
      text += row(field);
    }
    return text;
  }

 private:
  [[nodiscard]] std::string titles(const TextStyle& style) const {
    std::vector<std::vector<std::string>> all;
    std::size_t height = 0;
    for (const ComparisonColumn& column : columns_) {
      all.push_back(title_lines(column.title, width_ - 1));
      height = std::max(height, all.back().size());
    }
    std::string text;
    for (std::size_t line = 0; line < height; ++line) {
      std::vector<std::string> cells;
      for (const auto& lines : all) {
        const std::size_t above = height - lines.size();
        cells.push_back(line < above ? "" : lines[line - above]);
      }
      std::string row = joined("", cells, width_);
      row.pop_back();
      text += heading(row, style);
    }
    return text;
  }

  [[nodiscard]] std::string row(const Field& field) const {
    std::vector<std::string> cells;
    std::vector<std::string> ratios;
    bool any_ratio = false;
    for (const ComparisonColumn& column : columns_) {
      const bool says_so = !column.answer && field.path == "objectives_met";
      cells.push_back(says_so ? (refused(column) ? "no answer" : "cannot run")
                              : shortened(cell(shown(field, column))));
      ratios.push_back(ratio(field, column));
      any_ratio = any_ratio || !ratios.back().empty();
    }
    std::string text =
        joined(detail::with_currency(columns_.front().scenario, field.label), cells, width_);
    if (any_ratio) text += joined("", ratios, width_);
    return text + spread_row(field);
  }

  /// P10 and P90 below a metric; empty where no residual tells them.
  [[nodiscard]] std::string spread_row(const Field& field) const {
    if (field.spread == nullptr) return {};
    std::vector<std::string> cells;
    bool any = false;
    for (const ComparisonColumn& column : columns_) {
      cells.push_back(limits(field, column));
      any = any || !cells.back().empty();
    }
    return any ? joined("  P10-P90", cells, width_) : std::string{};
  }

  [[nodiscard]] std::string limits(const Field& field, const ComparisonColumn& column) const {
    if (!column.answer) return {};
    const auto spread = field.spread(Answer{column.scenario, *column.answer});
    const double value = number(shown(field, column));
    if (!spread || !std::isfinite(value)) return {};
    return shortened(compact(value * spread->p10) + '-' + compact(value * spread->p90));
  }

  /// A metric over that of the reference; empty where that says nothing.
  [[nodiscard]] std::string ratio(const Field& field, const ComparisonColumn& column) const {
    if (field.role != FieldRole::metric || reference_ == nullptr || &column == reference_)
      return {};
    const double value = number(read(field, column)) / number(read(field, *reference_));
    return std::isfinite(value) ? "x" + digits(value) : std::string{};
  }

  [[nodiscard]] std::string shortened(std::string text) const {
    const auto most = static_cast<std::size_t>(width_ - 1);
    if (text.size() > most) text = text.substr(0, most - 1) + '~';
    return text;
  }

  std::span<const ComparisonColumn> columns_;
  const ComparisonColumn* reference_;
  int width_;
};

/// On what a column rests and what was extrapolated.
std::string scope_text(const ComparisonColumn& column, const TextStyle& style) {
  if (!column.answer) return {};
  const Scope& scope = column.answer->best.accuracy.scope;
  std::string text = fmt::format("{} is {}", column.title, detail::regime_text(scope.regime));
  for (const Extrapolation& each : scope.extrapolations)
    text += "; " + detail::extrapolation_text(each);
  return "  " + wrap(text, style.width - 2, 2) + '\n';
}

/// Why the cells of its prices are empty.
std::string no_price_text(const ComparisonColumn& column, const TextStyle& style) {
  if (!column.answer || column.answer->best.bill.hourly) return {};
  return "  " +
         wrap(fmt::format("{} has no price: {}", column.title,
                          column.answer->best.bill.no_price_reason),
              style.width - 2, 2) +
         '\n';
}

}  // namespace

std::string comparison(const std::vector<ComparisonColumn>& columns, const TextStyle& style) {
  const auto runs = [](const ComparisonColumn& column) { return column.answer.has_value(); };
  const auto found = std::find_if(columns.begin(), columns.end(), runs);
  const ComparisonColumn* reference = found == columns.end() ? nullptr : &*found;
  const int room = style.width - label_width;
  const auto per_block = static_cast<std::size_t>(std::max(1, room / least_column));
  const std::size_t blocks = (columns.size() + per_block - 1) / per_block;
  const std::size_t each = (columns.size() + blocks - 1) / blocks;
  const int width = std::min(most_column, room / static_cast<int>(each));

  std::string text;
  for (std::size_t at = 0; at < columns.size(); at += each) {
    const std::span<const ComparisonColumn> some(columns.data() + at,
                                                 std::min(each, columns.size() - at));
    if (at > 0) text += '\n';
    text += Block(some, reference, width).text(style);
  }
  if (reference != nullptr) {
    text += fmt::format("\n  x: over {}; P10-P90: of the prediction error\n", reference->title);
  }
  for (const ComparisonColumn& column : columns)
    text += no_price_text(column, style);
  text += detail::api_comparison(columns, style);
  for (const ComparisonColumn& column : columns)
    text += scope_text(column, style);
  for (const ComparisonColumn& column : columns) {
    if (!column.answer) {
      text += "\n  " +
              wrap(fmt::format("{}{} {}; {}", column.title,
                               refused(column) ? ": no answer:" : " cannot run:",
                               column.answer.error().reason, column.answer.error().hint),
                   style.width - 2, 2) +
              '\n';
    } else if (!column.answer->best.objectives_met()) {
      std::string missed;
      for (const std::string& miss : column.answer->best.missed) {
        missed += (missed.empty() ? "" : "; ") + miss;
      }
      text += "  " + wrap(fmt::format("{} misses: {}", column.title, missed), style.width - 2, 2) +
              '\n';
    }
  }
  return text;
}

}  // namespace infersim
