#include "infersim/core/toml_reader.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace infersim;

namespace {

/// What `read` reports about a text named `t`, one fault after the other.
template <class Read>
std::string faults_of(std::string_view text, Read read) {
  Diagnostics faults;
  TomlDocument document(text, "t", faults);
  read(document.root());
  try {
    faults.throw_if_any();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("values of every kind are read with their types") {
  Diagnostics faults;
  TomlDocument document(R"(
text     = "x"
whole    = 61
fraction = 0.5
flag     = true
speed    = "4.8 TB/s"
type     = "fp8"
class    = "phone"
names    = ["a", "b"]
[sub]
inner = 1
[[row]]
a = 1
[[row]]
a = 2
)",
                        "t", faults);
  TableReader root = document.root();
  CHECK(document.parsed());
  CHECK(root.text("text") == "x");
  CHECK(root.integer("whole") == 61);
  CHECK(root.number("fraction") == 0.5);
  CHECK(root.number("whole") == 61.0);
  CHECK(root.boolean("flag"));
  CHECK(root.quantity<Bandwidth>("speed") == 4.8_TBps);
  CHECK(root.number_type("type") == NumberType::fp8);
  CHECK(root.one_of("class", {"phone", "pc"}) == "phone");
  CHECK(root.texts("names") == std::vector<std::string>{"a", "b"});

  TableReader sub = root.table("sub");
  CHECK(sub.integer("inner") == 1);
  CHECK(sub.path("inner") == "sub.inner");
  CHECK(sub.location() == Location{"t", 10, 1});
  CHECK(sub.location("inner") == Location{"t", 11, 9});
  sub.finish();

  std::vector<TableReader> rows = root.tables("row", 2);
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].integer("a") == 2);
  CHECK(rows[1].path("a") == "row[1].a");

  CHECK(root.optional_text("none") == std::nullopt);
  CHECK(root.optional_integer("none") == std::nullopt);
  CHECK(root.optional_number("none") == std::nullopt);
  CHECK(root.optional_boolean("none") == std::nullopt);
  CHECK(root.optional_number_type("none") == std::nullopt);
  CHECK(root.optional_quantity<Watts>("none") == std::nullopt);
  CHECK(root.optional_texts("none").empty());
  CHECK_FALSE(root.optional_table("none"));
  CHECK(root.tables("none").empty());
  root.finish();
  CHECK(faults.empty());
}

TEST_CASE("keys are listed in the order of the text") {
  Diagnostics faults;
  TomlDocument document("z = 1\na = 2\n[m]\nq = 1\nb = 1\n", "t", faults);
  TableReader root = document.root();
  CHECK(root.keys() == std::vector<std::string>{"z", "a", "m"});
  CHECK(root.table("m").keys() == std::vector<std::string>{"q", "b"});
}

TEST_CASE("a missing key points at the table that lacks it") {
  const std::string text = faults_of("a = 1\n[memory]\nname = 'x'\n", [](TableReader root) {
    root.text("id");
    root.integer("a");
    TableReader memory = root.table("memory");
    memory.text("name");
    memory.quantity<Bandwidth>("bandwidth");
    root.table("power").text("idle");  // one fault, not two
    root.tables("engine", 1);
  });
  CHECK(text ==
        "t: error: id: missing required key\n"
        "t: error: power: missing required key\n"
        "t: error: engine: missing required key\n"
        "t:2:1: error: memory.bandwidth: missing required key");
}

TEST_CASE("unknown keys are reported with what was asked for but is not there") {
  const std::string text = faults_of("[memory]\nbandwith = 1\nzzz = 2\n[extra]\n", [](auto root) {
    TableReader memory = root.table("memory");
    (void)memory.template optional_quantity<Bandwidth>("bandwidth");
    memory.finish();
    root.finish();
  });
  CHECK(text ==
        "t:2:1: error: memory.bandwith: unknown key\n"
        "  hint: did you mean `bandwidth`?\n"
        "t:3:1: error: memory.zzz: unknown key\n"
        "t:4:2: error: extra: unknown key");
}

TEST_CASE("wrong types say what was expected and what was found") {
  const std::string text = faults_of(
      "a = 1\nb = 'x'\nc = [1]\nd = 1.5\ne = 2024-01-01\nf = {}\ng = [1, 'x']\nh = 'x'\ni = [1]\n"
      "j = 'yes'\nk = 7\n",
      [](TableReader root) {
        root.text("a");
        root.integer("b");
        root.number("c");
        root.integer("d");
        root.text("e");
        root.texts("f");
        root.texts("g");
        root.table("h");
        root.tables("i");
        root.boolean("j");
        root.tables("k");
      });
  CHECK(text ==
        "t:1:5: error: a: expected a text, found a whole number\n"
        "t:2:5: error: b: expected a whole number, found a text\n"
        "t:3:5: error: c: expected a number, found an array\n"
        "t:4:5: error: d: expected a whole number, found a number\n"
        "t:5:5: error: e: expected a text, found a date or time\n"
        "t:6:5: error: f: expected an array of texts, found a table\n"
        "t:7:6: error: g: expected only texts in this array, found a whole number\n"
        "t:8:5: error: h: expected a table, found a text\n"
        "  hint: write it as [h]\n"
        "t:9:6: error: i: expected an array of tables, found a whole number\n"
        "  hint: write it as [[i]]\n"
        "t:10:5: error: j: expected true or false, found a text\n"
        "t:11:5: error: k: expected an array of tables, found a whole number\n"
        "  hint: write it as [[k]]");
}

TEST_CASE("numbers out of range are faults, and so are those that are none") {
  const std::string text = faults_of(
      "layers = 10000001\nheads = -1\nshare = 1.5\nnan = nan\ninf = inf\nempty = ''\nok = "
      "10000000\n",
      [](TableReader root) {
        root.integer("layers");
        root.integer("heads");
        root.number("share", 0.0, 1.0);
        root.number("nan");
        root.number("inf");
        root.text("empty");
        root.integer("ok");
      });
  CHECK(text ==
        "t:1:10: error: layers: expected a whole number from 0 to 10000000, found 10000001\n"
        "t:2:9: error: heads: expected a whole number from 0 to 10000000, found -1\n"
        "t:3:9: error: share: expected a number from 0 to 1, found 1.5\n"
        "t:4:7: error: nan: expected a number from 0 to 1e+30, found nan\n"
        "t:5:7: error: inf: expected a number from 0 to 1e+30, found inf\n"
        "t:6:9: error: empty: must not be empty");
}

TEST_CASE("quantities need a unit of their dimension, written as a text") {
  const std::string text =
      faults_of("[compute]\nbf16 = 989\nfp8 = \"1979 TFLOPS\"\nfp4 = \"3 s\"\nint8 = true\n",
                [](TableReader root) {
                  TableReader compute = root.table("compute");
                  compute.quantity<FlopRate>("bf16");
                  compute.quantity<FlopRate>("fp8");
                  compute.quantity<FlopRate>("fp4");
                  compute.quantity<FlopRate>("int8");
                });
  CHECK(text ==
        "t:2:8: error: compute.bf16: a quantity needs a unit\n"
        "  hint: write it as a string with one of: GFLOP/s, TFLOP/s, PFLOP/s, TOP/s\n"
        "t:3:7: error: compute.fp8: unknown unit `TFLOPS`\n"
        "  hint: did you mean `TFLOP/s`, `GFLOP/s` or `PFLOP/s`?\n"
        "t:4:7: error: compute.fp4: expected a compute rate such as 989 TFLOP/s, found a time\n"
        "  hint: write it with one of: GFLOP/s, TFLOP/s, PFLOP/s, TOP/s\n"
        "t:5:8: error: compute.int8: expected a text with a number and a unit, found a boolean\n"
        "  hint: write it as a string with one of: GFLOP/s, TFLOP/s, PFLOP/s, TOP/s");
}

TEST_CASE("names out of a list and number types list what would do") {
  const std::string text =
      faults_of("class = 'tablet'\ntype = 'bf17'\nother = 3\n", [](TableReader root) {
        root.one_of("class", {"phone", "pc"});
        root.number_type("type");
        (void)root.optional_number_type("other");
      });
  CHECK(text ==
        "t:1:9: error: class: unknown name `tablet`\n"
        "  hint: one of: phone, pc\n"
        "t:2:8: error: type: unknown number type `bf17`\n"
        "  hint: one of: fp32, tf32, bf16, fp16, fp8, int8, fp4, int4\n"
        "t:3:9: error: other: expected a number type, found a whole number\n"
        "  hint: one of: fp32, tf32, bf16, fp16, fp8, int8, fp4, int4");
}

TEST_CASE("a fault of meaning is reported at its key, with the whole path") {
  const std::string text = faults_of("[a.b]\nc = 1\n", [](TableReader root) {
    TableReader b = root.table("a").table("b");
    b.fault("c", "is odd", "make it even");
    b.fault("d", "is wanted");
  });
  CHECK(text ==
        "t:1:1: error: a.b.d: is wanted\n"
        "t:2:5: error: a.b.c: is odd\n"
        "  hint: make it even");
}

TEST_CASE("a syntax error is one fault, and nothing is missing from a text that was not read") {
  const auto read = [](TableReader root) {
    root.text("id");
    root.table("memory").text("name");
    root.tables("engine", 1);
    root.provenance();
    root.fault("id", "is odd");
    root.finish();
  };
  CHECK(faults_of("a = 1\na = 2\n", read) ==
        "t:2:5: error: not valid TOML: key-value pair: cannot redefine existing integer 'a'");
  CHECK_THAT(faults_of("a = \xff\n", read), test::StartsWith("t:1:4: error: not valid TOML: "));
  CHECK_THAT(faults_of("a = 1e999\n", read), test::StartsWith("t:1:10: error: not valid TOML: "));
}

TEST_CASE("what is too large or too deep is a fault before it is parsed") {
  const auto nothing = [](const TableReader&) {};
  CHECK(faults_of(std::string(300 * 1024, '\n'), nothing) ==
        "t: error: larger than 256 KiB, which no description is");
  CHECK(faults_of("a = " + std::string(100, '['), nothing) ==
        "t:1:37: error: nested more than 32 levels deep");
  std::string dotted = "a";
  for (int i = 0; i < 100'000; ++i)
    dotted += ".a";
  CHECK(faults_of(dotted + " = 1", nothing) == "t:1:66: error: nested more than 32 levels deep");
}

TEST_CASE("a reader may outlive its document") {
  Diagnostics faults;
  TableReader root = TomlDocument("a = 1\n", "t", faults).root();
  CHECK(root.integer("a") == 1);
}
