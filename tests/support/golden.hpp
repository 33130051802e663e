#pragma once

#include <string>
#include <string_view>

namespace infersim::test {

/// Compares `text` with `tests/golden/approved/<name>.txt`, line by line. Where they differ the
/// test case fails with the lines that do, and the new text is kept in the build folder as
/// `golden/<name>.unapproved.txt`; `tools/approve` makes it the approved one.
void check_golden(std::string_view name, std::string_view text);

/// The lines in which two texts differ, as `- line` for what is only in `expected` and `+ line` for
/// what is only in `actual`, each run headed by its line number. Empty if the texts are equal.
std::string text_difference(std::string_view expected, std::string_view actual);

}  // namespace infersim::test
