#pragma once

#include <string>

namespace infersim::test {

/// Marks the running test case as skipped, with the reason on standard output: CTest counts it as
/// skipped, not as passed. The case has to return by itself.
void skip(const std::string& reason);

}  // namespace infersim::test
