#include "infersim/report/text.hpp"

#include <limits>

#include "support/catch.hpp"

using namespace infersim;

TEST_CASE("numbers keep their digits before the point and as many significant ones as asked for") {
  CHECK(digits(1943.4) == "1,943");
  CHECK(digits(49.44) == "49.4");
  CHECK(digits(0.012345) == "0.0123");
  CHECK(digits(9.996) == "10.0");
  CHECK(digits(999.6) == "1,000");
  CHECK(digits(1234567, 1) == "1,234,567");
  CHECK(digits(-1234.5) == "-1,234");
  CHECK(digits(0) == "0");
  CHECK(digits(std::numeric_limits<double>::infinity()) == "-");
  CHECK(digits(std::numeric_limits<double>::quiet_NaN()) == "-");
}

TEST_CASE("counts have decimals only where they are no whole numbers") {
  CHECK(show_count(16) == "16");
  CHECK(show_count(2.75) == "2.75");
  CHECK(show_count(15360) == "15,360");
}

TEST_CASE("quantities are shown in the scale that leaves at least one before the point") {
  CHECK(show(Bytes{64e9}) == "64.0 GB");
  CHECK(show(Bytes{999.96e6}) == "1.00 GB");
  CHECK(show(Bytes{0}) == "0 B");
  CHECK(show(Bandwidth{4.8e12}) == "4.80 TB/s");
  CHECK(show(FlopRate{376e12}) == "376 TFLOP/s");
  CHECK(show(Flops{1.2e9}) == "1.20 GFLOP");
  CHECK(show(Seconds{12.34e-6}) == "12.3 us");
  CHECK(show(Seconds{1.2}) == "1.20 s");
  CHECK(show(Watts{2860}) == "2.86 kW");
}

TEST_CASE("small shares show that they are not nothing") {
  CHECK(show_percent(0.62) == "62%");
  CHECK(show_percent(0.004) == "0.4%");
  CHECK(show_percent(0) == "0%");
  CHECK(bar(0.5, 10) == "#####");
  CHECK(bar(0.001, 10) == "#");
  CHECK(bar(0, 10).empty());
  CHECK(bar(1.7, 10) == "##########");
}

TEST_CASE("text is broken at spaces and later lines are indented") {
  CHECK(wrap("one two three four", 10, 2) == "one two\n  three\n  four");
  CHECK(wrap("unbreakable", 4) == "unbreakable");
  CHECK(wrap("", 80).empty());
}

TEST_CASE("only lines that are too wide are broken, what follows deeper than they begin") {
  CHECK(wrap_lines("a  b\n  one two three", 11) == "a  b\n  one two\n      three\n");
  CHECK(wrap_lines("  a   b  unbreakable", 8) == "  a   b\n      unbreakable\n");
  CHECK(wrap_lines("", 80).empty());
}

TEST_CASE("padding counts characters, not bytes") {
  CHECK(columns_of("3 µs") == 4);
  CHECK(pad_right("µs", 4) == "µs  ");
  CHECK(pad_left("µs", 4) == "  µs");
  CHECK(pad_left("longer", 4) == "longer");
}

TEST_CASE("headings carry escape sequences only where colour is wanted") {
  CHECK(heading("Plan", {.width = 80, .color = false}) == "Plan\n");
  CHECK(heading("Plan", {.width = 80, .color = true}) == "\x1b[1mPlan\x1b[0m\n");
}
