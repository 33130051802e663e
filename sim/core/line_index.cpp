#include "core/line_index.hpp"

#include <algorithm>
#include <utility>

namespace infersim::detail {

LineIndex::LineIndex(std::string_view text, std::string file)
    : text_(text), file_(std::move(file)) {
  starts_.push_back(text_.starts_with("\xef\xbb\xbf") ? 3 : 0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') starts_.push_back(i + 1);
  }
}

Location LineIndex::at_offset(std::size_t offset) const {
  offset = std::clamp(offset, starts_.front(), std::max(text_.size(), starts_.front()));
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto line = static_cast<std::size_t>(after - starts_.begin());
  return {file_, line, offset - starts_[line - 1] + 1};
}

Location LineIndex::at_character(std::size_t line, std::size_t character) const {
  if (line == 0 || line > starts_.size()) return whole();
  std::size_t offset = starts_[line - 1];
  for (std::size_t seen = 1; seen < character && offset < text_.size(); ++seen) {
    ++offset;
    while (offset < text_.size() && (static_cast<unsigned char>(text_[offset]) & 0xc0) == 0x80) {
      ++offset;
    }
  }
  return {file_, line, offset - starts_[line - 1] + 1};
}

}  // namespace infersim::detail
