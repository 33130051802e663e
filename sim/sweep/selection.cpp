#include "sweep/selection.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "infersim/core/diagnostic.hpp"

namespace infersim {
namespace {

std::optional<double> number_of(const FieldValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1.0 : 0.0;
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr || !std::isfinite(*number)) return std::nullopt;
  return *number;
}

/// Numbers, then texts, then what is empty.
int rank(const FieldValue& value) {
  if (std::holds_alternative<std::string>(value)) return 1;
  return number_of(value) ? 0 : 2;
}

bool comes_before(const FieldValue& a, const FieldValue& b) {
  if (rank(a) == 1) return std::get<std::string>(a) < std::get<std::string>(b);
  return *number_of(a) < *number_of(b);
}

/// What costs: less of it is better. The unit is part of a key's name.
bool is_cost(std::string_view key) {
  const std::string_view last = key.substr(key.rfind('.') + 1);
  constexpr std::array<std::string_view, 5> units = {"_ms", "_us", "_w", "_bytes", "devices"};
  constexpr std::array<std::string_view, 3> words = {"usd_", "gco2_", "energy_j"};
  return std::any_of(units.begin(), units.end(), [&](auto unit) { return last.ends_with(unit); }) ||
         std::any_of(words.begin(), words.end(), [&](auto word) { return last.starts_with(word); });
}

bool beats(const std::vector<double>& a, const std::vector<double>& b) {
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] < b[i]) return false;
    better = better || a[i] > b[i];
  }
  return better;
}

}  // namespace

Wanted sort_key(std::string_view text, const SweepKeys& keys) {
  const bool descending = text.starts_with('-');
  return {keys.get("--sort", text.substr(descending ? 1 : 0)), descending};
}

std::vector<Wanted> pareto_keys(std::string_view text, const SweepKeys& keys) {
  std::vector<Wanted> wanted;
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = text.find(',', begin);
    std::string_view name = text.substr(begin, end == std::string_view::npos ? end : end - begin);
    const char sign = name.empty() ? ' ' : name.front();
    if (sign == '+' || sign == '-') name.remove_prefix(1);
    const SweepKey& key = keys.get("--pareto", name);
    wanted.push_back({key, sign == '+' || (sign != '-' && !is_cost(key.name))});
  }
  if (wanted.size() < 2) {
    throw InputError("--pareto: a front is of two keys or more",
                     "for example --pareto tokens_per_s_per_device,tokens_per_s_per_user");
  }
  return wanted;
}

void sort_rows(std::vector<SweepRow>& rows, std::size_t column, bool descending) {
  std::stable_sort(rows.begin(), rows.end(), [&](const SweepRow& a, const SweepRow& b) {
    const FieldValue& left = a.values[column];
    const FieldValue& right = b.values[column];
    if (rank(left) != rank(right)) return rank(left) < rank(right);
    if (rank(left) == 2) return false;
    return descending ? comes_before(right, left) : comes_before(left, right);
  });
}

void keep_front(std::vector<SweepRow>& rows, const std::vector<Wanted>& wanted,
                const std::vector<std::size_t>& columns) {
  struct Point {
    std::vector<double> gains;
    std::size_t row;
  };
  std::vector<Point> points;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    Point point{{}, r};
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto number = number_of(rows[r].values[columns[i]]);
      if (number) point.gains.push_back(wanted[i].more ? *number : -*number);
    }
    if (point.gains.size() == wanted.size()) points.push_back(std::move(point));
  }
  // In descending order none is beaten by one behind it, so that the front so far decides.
  std::stable_sort(points.begin(), points.end(),
                   [](const Point& a, const Point& b) { return a.gains > b.gains; });
  std::vector<const Point*> front;
  std::vector<bool> stays(rows.size());
  for (const Point& point : points) {
    // The newest of the front are the nearest, and beat most often.
    if (std::any_of(front.rbegin(), front.rend(),
                    [&](const Point* other) { return beats(other->gains, point.gains); }))
      continue;
    front.push_back(&point);
    stays[point.row] = true;
  }
  std::size_t kept = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (!stays[r]) continue;
    if (kept != r) rows[kept] = std::move(rows[r]);
    ++kept;
  }
  rows.resize(kept);
}

}  // namespace infersim
