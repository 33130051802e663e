#include "infersim/calibration/measured_table.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim;
using namespace infersim::test;

TEST_CASE("a table has the names of its first line and the cells of the others") {
  const MeasuredTable table("m,n,latency_us\n1,2,3.5\n4,,6\n", "some/where/gemm_power.csv");
  CHECK(table.stem() == "gemm_power");
  CHECK(table.rows() == 2);
  CHECK(table.header() == std::vector<std::string_view>{"m", "n", "latency_us"});
  CHECK(table.column("n") == 1U);
  CHECK(!table.column("k"));
  CHECK(table.cell(0, 2) == "3.5");
  CHECK(table.cell(1, 1).empty());
}

TEST_CASE("quoted cells hold commas, quotes and line breaks, and lines end in either way") {
  const MeasuredTable table(
      "\xef\xbb\xbfid,remark,x\r\n1,\"a, b\",2\r\n\r\n3,\"say \"\"so\"\"\",4\r\n"
      "5,\"two\nlines\",6",
      "t.csv");
  CHECK(table.header().front() == "id");
  REQUIRE(table.rows() == 3);
  CHECK(table.cell(0, 1) == "a, b");
  CHECK(table.cell(1, 1) == "say \"so\"");
  CHECK(table.cell(1, 2) == "4");
  CHECK(table.cell(2, 1) == "two\nlines");
  CHECK(table.location(1, 2) == Location{"t.csv", 4, 16});
  CHECK(table.location(2, 2) == Location{"t.csv", 6, 8});
}

TEST_CASE("a copy of a table keeps its cells") {
  std::optional<MeasuredTable> first(MeasuredTable("a\nb\n", "t.csv"));
  const MeasuredTable copy = *first;
  first.reset();
  CHECK(copy.header().front() == "a");
  CHECK(copy.cell(0, 0) == "b");
}

TEST_CASE("faults of a table come with their places, all together where rows still make sense") {
  CHECK_THROWS_WITH(MeasuredTable("a,b\n1\n1,2\n1,2,3\n", "t.csv"),
                    StartsWith("t.csv:2:1: error: 1 cells under a header of 2") &&
                        ContainsSubstring("\nt.csv:4:1: error: 3 cells under a header of 2"));
  CHECK_THROWS_WITH(MeasuredTable("a,b,a,\n", "t.csv"),
                    ContainsSubstring("t.csv:1:5: error: a second column `a`") &&
                        ContainsSubstring("t.csv:1:7: error: a column without a name"));
  CHECK_THROWS_WITH(MeasuredTable("a,b\n1,2\n3,\"4\n5,6\n", "t.csv"),
                    StartsWith("t.csv:3:3: error: a quote that is never closed"));
  CHECK_THROWS_WITH(MeasuredTable("a,b\n1,5\" disk\n", "t.csv"),
                    StartsWith("t.csv:2:4: error: a quote or line break inside a cell"));
  CHECK_THROWS_WITH(MeasuredTable("", "t.csv"), StartsWith("t.csv: error: is empty"));
  CHECK_THROWS_WITH(load_measured_table("/nowhere/t.csv"), ContainsSubstring("cannot be read"));
}

TEST_CASE("numbers are finite decimals, empty cells none, and anything else a fault in its place") {
  const MeasuredTable table("m,n\n1e3,-2.5\n,0x10\nnan,1 \n", "t.csv");
  Diagnostics faults;
  CHECK(number_in(table, 0, 0, faults) == 1000.0);
  CHECK(number_in(table, 0, 1, faults) == -2.5);
  CHECK(!number_in(table, 1, 0, faults));
  CHECK(faults.empty());
  CHECK(!number_in(table, 1, 1, faults));
  CHECK(!number_in(table, 2, 0, faults));
  CHECK(!number_in(table, 2, 1, faults));
  CHECK_THROWS_WITH(faults.throw_if_any(),
                    StartsWith("t.csv:3:2: error: n: `0x10` is not a number\n") &&
                        ContainsSubstring("\nt.csv:4:1: error: m: `nan` is not a number") &&
                        ContainsSubstring("\nt.csv:4:5: error: n: `1 ` is not a number"));
}

TEST_CASE("a table in a file is known by its path") {
  const TemporaryFolder folder;
  const std::string path = folder.write("ops/nccl.csv", "a\n1\n");
  CHECK(load_measured_table(path).stem() == "nccl");
}
