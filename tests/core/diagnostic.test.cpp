#include "infersim/core/diagnostic.hpp"

#include "support/catch.hpp"

using namespace infersim;

TEST_CASE("a fault is written as compilers write theirs, with a hint on a second line") {
  CHECK(format({{"a.toml", 3, 8}, "wrong", ""}) == "a.toml:3:8: error: wrong");
  CHECK(format({{"a.toml", 0, 0}, "wrong", "right"}) == "a.toml: error: wrong\n  hint: right");
  CHECK(format({{}, "wrong", ""}) == "error: wrong");
}

TEST_CASE("all faults are thrown together, sorted by their place") {
  Diagnostics faults;
  CHECK_NOTHROW(faults.throw_if_any());
  faults.error({"b.toml", 1, 1}, "third");
  faults.error({"a.toml", 10, 2}, "second");
  faults.error({"a.toml", 9, 30}, "first");
  CHECK(faults.size() == 3);
  try {
    faults.throw_if_any();
    FAIL("nothing was thrown");
  } catch (const InputError& error) {
    CHECK(error.faults().size() == 3);
    CHECK(std::string(error.what()) ==
          "a.toml:9:30: error: first\n"
          "a.toml:10:2: error: second\n"
          "b.toml:1:1: error: third");
  }
}

TEST_CASE("a flood of faults ends after a thousand and says so") {
  Diagnostics faults;
  for (std::size_t i = 1; i <= 5000; ++i)
    faults.error({"a.toml", i, 1}, "wrong");
  CHECK(faults.full());
  CHECK(faults.size() == 1001);  // the thousand and the one that says so
  CHECK_THROWS_WITH(faults.throw_if_any(),
                    test::StartsWith("a.toml: error: too many faults; those after the first 1000 "
                                     "are left out\na.toml:1:1: error: wrong\n"));
}

TEST_CASE("an error without a place has one fault") {
  const InputError error("no device is called `x`", "did you mean `y`?");
  CHECK(error.faults().size() == 1);
  CHECK(std::string(error.what()) == "error: no device is called `x`\n  hint: did you mean `y`?");
}
