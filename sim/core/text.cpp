#include "infersim/core/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>
#include <utility>

namespace infersim {

namespace {

/// Longer names are not typed by hand, and comparing them would cost their product.
constexpr std::size_t longest_compared = 64;
/// Shorter names occur inside others by chance.
constexpr std::size_t shortest_contained = 3;

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, longest_compared + 1>;
  Row before_last{};
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

bool contains(std::string_view whole, std::string_view part) {
  return part.size() >= shortest_contained && whole.find(part) != std::string_view::npos;
}

/// Bytes of the UTF-8 character at the front of `text`, 0 if it is none (lone or cut-off bytes).
std::size_t character_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80                   ? 1
                           : lead >= 0xc2 && lead < 0xe0 ? 2
                           : lead >= 0xe0 && lead < 0xf0 ? 3
                           : lead >= 0xf0 && lead < 0xf5 ? 4
                                                         : 0;
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

std::string fold_name(std::string_view name) {
  std::string folded;
  folded.reserve(name.size());
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.' || c == '/' || c == ' ') continue;
    folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return folded;
}

std::vector<std::string> nearest_names(std::string_view wanted,
                                       const std::vector<std::string>& names, std::size_t count) {
  if (wanted.size() > longest_compared) return {};
  const std::string folded_wanted = fold_name(wanted);
  // First come names that contain or are contained (rank 0), the least longer one first.
  using Candidate = std::tuple<int, std::size_t, std::string>;
  std::vector<Candidate> candidates;
  for (const std::string& name : names) {
    if (name.size() > longest_compared) continue;
    const std::string folded = fold_name(name);
    const auto [shorter, longer] = std::minmax({folded.size(), folded_wanted.size()});
    if (contains(folded, folded_wanted) || contains(folded_wanted, folded)) {
      candidates.emplace_back(0, longer - shorter, name);
    } else if (longer - shorter <= longer / 2) {  // no distance is less than the difference
      const std::size_t distance = edit_distance(folded_wanted, folded);
      if (distance <= longer / 2) candidates.emplace_back(1, distance, name);
    }
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  if (candidates.size() > count) candidates.resize(count);
  std::vector<std::string> nearest;
  for (Candidate& candidate : candidates)
    nearest.push_back(std::move(std::get<2>(candidate)));
  return nearest;
}

std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names,
                         std::size_t count) {
  const std::vector<std::string> nearest = nearest_names(wanted, names, count);
  if (nearest.empty()) return {};
  std::string text = "did you mean ";
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    if (i > 0) text += i + 1 == nearest.size() ? " or " : ", ";
    text += quote(nearest[i]);
  }
  return text + '?';
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  return text;
}

std::string quote(std::string_view text) {
  constexpr std::size_t longest = 60;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown = "`";
  while (!text.empty() && shown.size() <= longest) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = character_size(text);
    if (size == 0 || first < 0x20 || first == 0x7f) {
      shown += "\\x";
      shown += digits[first >> 4];
      shown += digits[first & 0xf];
      text.remove_prefix(1);
    } else {
      shown += text.substr(0, size);
      text.remove_prefix(size);
    }
  }
  return shown + (text.empty() ? "`" : "…`");
}

}  // namespace infersim
