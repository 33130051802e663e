#include "core/line_index.hpp"

#include "support/catch.hpp"

using namespace infersim;
using detail::LineIndex;

TEST_CASE("places of bytes") {
  const LineIndex lines("ab\ncd\n", "f");
  CHECK(lines.at_offset(0) == Location{"f", 1, 1});
  CHECK(lines.at_offset(2) == Location{"f", 1, 3});
  CHECK(lines.at_offset(3) == Location{"f", 2, 1});
  CHECK(lines.at_offset(6) == Location{"f", 3, 1});
  CHECK(lines.at_offset(1000) == Location{"f", 3, 1});
  CHECK(LineIndex("", "f").at_offset(5) == Location{"f", 1, 1});
}

TEST_CASE("columns of characters become columns of bytes") {
  const LineIndex lines("é=1\n", "f");
  CHECK(lines.at_character(1, 2) == Location{"f", 1, 3});
  CHECK(lines.at_character(1, 3) == Location{"f", 1, 4});
  CHECK(lines.at_character(9, 1) == Location{"f", 0, 0});
}

TEST_CASE("a byte order mark takes no column") {
  const LineIndex lines(
      "\xef\xbb\xbf"
      "a",
      "f");
  CHECK(lines.at_character(1, 1) == Location{"f", 1, 1});
  CHECK(lines.at_offset(3) == Location{"f", 1, 1});
}
