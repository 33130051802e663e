#include "cli/kinds.hpp"

#include <vector>

#include "infersim/core/text.hpp"

namespace infersim::cli {

namespace {

struct KindWord {
  std::string_view word;
  DescriptionKind kind;
  bool shown;  ///< the usual word; the others are understood too
};

constexpr KindWord words[] = {
    {"hw", DescriptionKind::device, true},
    {"hardware", DescriptionKind::device, false},
    {"device", DescriptionKind::device, false},
    {"devices", DescriptionKind::device, false},
    {"systems", DescriptionKind::system, true},
    {"system", DescriptionKind::system, false},
    {"models", DescriptionKind::model, true},
    {"model", DescriptionKind::model, false},
    {"sites", DescriptionKind::site, true},
    {"site", DescriptionKind::site, false},
    {"traffic", DescriptionKind::traffic, true},
    {"prices", DescriptionKind::prices, true},
    {"price", DescriptionKind::prices, false},
    {"frameworks", DescriptionKind::framework, true},
    {"framework", DescriptionKind::framework, false},
};

}  // namespace

std::optional<DescriptionKind> parse_kind(std::string_view word) {
  const std::string folded = fold_name(word);
  for (const KindWord& each : words) {
    if (each.word == folded) return each.kind;
  }
  return std::nullopt;
}

std::string kind_words() {
  std::vector<std::string> shown;
  for (const KindWord& each : words) {
    if (each.shown) shown.emplace_back(each.word);
  }
  return join(shown);
}

}  // namespace infersim::cli
