#include "infersim/core/diagnostic.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace infersim {

namespace {

/// Far more than a person would mend at once; a flood of them costs memory and says nothing new.
constexpr std::size_t most_faults = 1000;

auto place(const Diagnostic& fault) {
  return std::tie(fault.location.file, fault.location.line, fault.location.column);
}

}  // namespace

std::string format(const Diagnostic& diagnostic) {
  const Location& at = diagnostic.location;
  std::string text;
  if (!at.file.empty()) {
    text += at.file + ':';
    if (at.line > 0) text += std::to_string(at.line) + ':' + std::to_string(at.column) + ':';
    text += ' ';
  }
  text += "error: " + diagnostic.message;
  if (!diagnostic.hint.empty()) text += "\n  hint: " + diagnostic.hint;
  return text;
}

InputError::InputError(std::vector<Diagnostic> faults) : faults_(std::move(faults)) {
  assert(!faults_.empty());
  for (const Diagnostic& fault : faults_) {
    if (!text_.empty()) text_ += '\n';
    text_ += format(fault);
  }
}

InputError::InputError(std::string message, std::string hint)
    : InputError(std::vector<Diagnostic>{{{}, std::move(message), std::move(hint)}}) {}

void Diagnostics::error(Location location, std::string message, std::string hint) {
  if (full()) return;
  faults_.push_back({std::move(location), std::move(message), std::move(hint)});
  if (full()) {
    const std::string file = faults_.back().location.file;
    faults_.push_back(
        {{file, 0, 0}, "too many faults; those after the first 1000 are left out", ""});
  }
}

bool Diagnostics::full() const { return faults_.size() >= most_faults; }

void Diagnostics::throw_if_any() const {
  if (empty()) return;
  std::vector<Diagnostic> sorted = faults_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  throw InputError(std::move(sorted));
}

}  // namespace infersim
