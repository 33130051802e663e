#pragma once

// The only place that names the test framework: Catch2 v2 and v3 both work behind it.
// Tests use the names of v3.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>

namespace Catch::Matchers {

inline auto ContainsSubstring(const std::string& text,
                              Catch::CaseSensitive::Choice sensitive = Catch::CaseSensitive::Yes) {
  return Contains(text, sensitive);
}

}  // namespace Catch::Matchers
#endif

namespace infersim::test {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

}  // namespace infersim::test
