#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "infersim/core/diagnostic.hpp"

namespace infersim::test {

/// `text` with the one place where `old_part` stands replaced.
inline std::string with(std::string text, std::string_view old_part, std::string_view new_part) {
  const auto at = text.find(old_part);
  if (at == std::string::npos) throw std::runtime_error("not in text: " + std::string(old_part));
  return text.replace(at, old_part.size(), new_part);
}

/// What loading a broken text reports, all faults one after the other; empty if it loads.
template <class Load>
std::string faults_of(Load load, std::string_view text, const std::string& path) {
  try {
    load(text, path);
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

}  // namespace infersim::test
