#include "infersim/validation/speculation.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <string_view>

namespace infersim {
namespace {

constexpr int usual_drafts = 3;
constexpr int usual_drafts_with_attention_dp = 1;
constexpr double usual_tokens[] = {1.0, 1.8, 2.1, 2.5};
constexpr double usual_tokens_of_long_answers[] = {1.0, 1.93, 2.2, 2.8};
constexpr double long_answer = 4096;

/// The number that `text` has right behind `before`.
std::optional<int> number_after(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  const char* first = text.data() + at + before.size();
  int value = 0;
  const auto read = std::from_chars(first, text.data() + text.size(), value);
  if (read.ec != std::errc()) return std::nullopt;
  return value;
}

int drafts_of(const ServingPoint& point, bool attention_dp) {
  if (point.speculative.empty() || point.speculative == "none") return 0;
  if (point.spec_steps) return static_cast<int>(*point.spec_steps);
  if (const auto steps = number_after(point.speculative, "steps=")) return *steps;
  if (attention_dp) {
    return number_after(point.speculative, "; ").value_or(usual_drafts_with_attention_dp);
  }
  return number_after(point.speculative, "(").value_or(usual_drafts);
}

}  // namespace

Speculation speculation_of(const ServingPoint& point, bool attention_dp) {
  Speculation result;
  result.drafts = drafts_of(point, attention_dp);
  const auto known = std::min<std::size_t>(static_cast<std::size_t>(std::max(result.drafts, 0)),
                                           std::size(usual_tokens) - 1);
  const auto& usual = point.osl >= long_answer ? usual_tokens_of_long_answers : usual_tokens;
  result.tokens_per_step = point.tokens_per_step.value_or(usual[known]);
  return result;
}

}  // namespace infersim
