#include "infersim/report/table.hpp"

#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

Table devices() {
  return {{{"id"}, {"name", false, 8}, {"GB", true}},
          {{"h200", "NVIDIA H200 SXM", "141"}, {"m3", "Apple M3", "24"}}};
}

}  // namespace

TEST_CASE("columns are aligned, numbers by their last digit") {
  CHECK(devices().text({.width = 80}) ==
        "  id    name              GB\n"
        "  h200  NVIDIA H200 SXM  141\n"
        "  m3    Apple M3          24\n");
}

TEST_CASE("what may be cut is cut to the width, columns standing closer") {
  CHECK(devices().text({.width = 20}) ==
        "  id   name       GB\n"
        "  h200 NVIDIA .. 141\n"
        "  m3   Apple M3   24\n");
}

TEST_CASE("a column with no room for its least width is left out") {
  CHECK(devices().text({.width = 16}) ==
        "  id     GB\n"
        "  h200  141\n"
        "  m3     24\n");
}

TEST_CASE("a character of several bytes is one column and never cut in two") {
  const Table table{{{"name", false, 4}}, {{"昇腾昇腾昇腾"}}};
  CHECK(table.text({.width = 6}) == "  name\n  昇腾..\n");
}
