#include "core/toml_nesting.hpp"

#include <string>

#include "support/catch.hpp"

using infersim::detail::too_deep_at;

namespace {

std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i)
    all += text;
  return all;
}

}  // namespace

TEST_CASE("brackets nest up to the limit and no further") {
  CHECK_FALSE(too_deep_at("a = " + repeat("[", 3) + repeat("]", 3), 3));
  CHECK(too_deep_at("a = " + repeat("[", 4), 3) == 7);
  CHECK_FALSE(too_deep_at(repeat("[a]\n", 100), 3));
  CHECK_FALSE(too_deep_at("a = [" + repeat("{b=1},", 100) + "]", 3));
}

TEST_CASE("dots of one key nest up to the limit and no further") {
  CHECK_FALSE(too_deep_at("a.b.c.d = 1", 3));
  CHECK(too_deep_at("a.b.c.d.e = 1", 3) == 7);
  CHECK(too_deep_at("a . 'x = y' . \"]\\\"\" . d . e = 1", 3));
  CHECK_FALSE(too_deep_at("a = [" + repeat("1.5, ", 100) + "]", 3));
  CHECK_FALSE(too_deep_at(repeat("a.b = 1.5\n", 100), 3));
}

TEST_CASE("what stands in strings and comments does not count") {
  const std::string deep = repeat("[", 9) + repeat("a.", 9);
  CHECK_FALSE(too_deep_at("a = '" + deep + "'", 3));
  CHECK_FALSE(too_deep_at("a = \"\\\"" + deep + "\"", 3));
  CHECK_FALSE(too_deep_at("a = '''\n" + deep + "\n''''' # '", 3));
  CHECK_FALSE(too_deep_at("a = \"\"\"\n\\\"\"\"" + deep + "\"\"\"", 3));
  CHECK_FALSE(too_deep_at("# " + deep + "\na = 1", 3));
  // but what follows them does
  CHECK(too_deep_at("a = '''\n''''' \n" + deep, 3));
  CHECK(too_deep_at("a = '\n" + deep, 3));
}
