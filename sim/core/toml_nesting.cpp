#include "core/toml_nesting.hpp"

namespace infersim::detail {

namespace {

/// The end of the comment or string that starts at `at`, or `at` itself if none does there.
std::size_t skip_opaque(std::string_view text, std::size_t at) {
  const char first = text[at];
  if (first == '#') {
    while (at < text.size() && text[at] != '\n')
      ++at;
    return at;
  }
  if (first != '"' && first != '\'') return at;
  const std::string_view rest = text.substr(at);
  const bool escapes = first == '"';
  const bool many_lines = rest.starts_with(escapes ? "\"\"\"" : "'''");
  const std::string_view closing = rest.substr(0, many_lines ? 3 : 1);
  at += closing.size();
  while (at < text.size()) {
    if (!many_lines && text[at] == '\n') return at;
    if (text.substr(at).starts_with(closing)) {
      at += closing.size();
      // Up to two more quotes before the closing three belong to the string.
      for (int extra = 0; many_lines && extra < 2 && at < text.size() && text[at] == first;
           ++extra) {
        ++at;
      }
      return at;
    }
    at += escapes && text[at] == '\\' ? 2 : 1;
  }
  return text.size();
}

bool belongs_to_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == ' ' || c == '\t';
}

}  // namespace

std::optional<std::size_t> too_deep_at(std::string_view text, std::size_t most) {
  std::size_t open = 0;
  std::size_t dots = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = skip_opaque(text, at);
    if (end > at) {
      at = end;
      continue;
    }
    const char c = text[at];
    if (c == '.') {
      if (++dots > most) return at;
    } else if (!belongs_to_key(c)) {
      dots = 0;
      if ((c == '[' || c == '{') && ++open > most) return at;
      if ((c == ']' || c == '}') && open > 0) --open;
    }
    ++at;
  }
  return std::nullopt;
}

}  // namespace infersim::detail
