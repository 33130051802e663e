#include "infersim/core/json_reader.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace infersim;

namespace {

template <class Read>
std::string faults_of(std::string_view text, Read read) {
  Diagnostics faults;
  JsonDocument document(text, "c.json", faults);
  read(document.root());
  try {
    faults.throw_if_any();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string syntax(std::string_view text) {
  return faults_of(text, [](JsonReader root) { root.text("model_type"); });
}

}  // namespace

TEST_CASE("values of a configuration are read with their types") {
  Diagnostics faults;
  JsonDocument document(R"({"type": "llama", "layers": 32, "theta": 1e4, "tied": false,
    "eos": [1, 2], "archs": ["a"], "rope": {"factor": 8}, "nothing": null, "whole": 500000})",
                        "c.json", faults);
  JsonReader root = document.root();
  CHECK(document.parsed());
  CHECK(root.text("type") == "llama");
  CHECK(root.integer("layers") == 32);
  CHECK(root.optional_number("theta") == 1e4);
  CHECK(root.optional_number("whole") == 5e5);
  CHECK(root.optional_boolean("tied") == false);
  CHECK(root.optional_integers("eos") == std::vector<std::int64_t>{1, 2});
  CHECK(root.optional_texts("archs") == std::vector<std::string>{"a"});
  CHECK(root.keys().size() == 9);
  CHECK(root.keys().front() == "type");
  CHECK(root.location("layers") == Location{"c.json", 1, 29});

  CHECK_FALSE(root.has("nothing"));
  CHECK(root.optional_text("nothing") == std::nullopt);
  CHECK(root.unread() == std::vector<std::string>{"rope"});
  auto rope = root.optional_object("rope");
  REQUIRE(rope);
  CHECK(rope->integer("factor") == 8);
  CHECK(root.unread().empty());
  CHECK(faults.empty());
}

TEST_CASE("what was neither read nor ignored is listed") {
  Diagnostics faults;
  JsonDocument document(R"({"b": 1, "a": 2, "c": 3, "d": null})", "c.json", faults);
  JsonReader root = document.root();
  root.integer("a");
  root.ignore("c");
  root.ignore("absent");
  CHECK(root.unread() == std::vector<std::string>{"b"});
}

TEST_CASE("faults of a configuration have their places, and come all at once") {
  const std::string text = faults_of(
      "{\n  \"layers\": 99999999,\n  \"heads\": \"many\",\n  \"type\": 1, \"eos\": [1, \"é\", "
      "2.5],\n"
      "  \"rope\": {\n    \"kind\": \"x\"\n  },\n  \"big\": 18446744073709551615\n}\n",
      [](JsonReader root) {
        root.integer("layers");
        root.integer("heads");
        root.text("type");
        root.text("hidden");
        (void)root.optional_integers("eos");
        root.integer("big");
        (void)root.optional_object("layers");
        auto rope = root.optional_object("rope");
        REQUIRE(rope);
        rope->integer("factor");
        rope->fault("kind", "is not understood");
      });
  CHECK(text ==
        "c.json: error: hidden: missing required key\n"
        "c.json:2:13: error: layers: expected a whole number from 0 to 10000000, found 99999999\n"
        "c.json:2:13: error: layers: expected an object, found a whole number\n"
        "c.json:3:12: error: heads: expected a whole number, found a text\n"
        "c.json:4:11: error: type: expected a text, found a whole number\n"
        "c.json:4:25: error: eos: expected only whole numbers in this array, found a text\n"
        "c.json:4:31: error: eos: expected only whole numbers in this array, found a number\n"
        "c.json:5:11: error: rope.factor: missing required key\n"
        "c.json:6:13: error: rope.kind: is not understood\n"
        "c.json:8:10: error: big: expected a whole number, found a number");
}

TEST_CASE("a key given twice is a fault that names it and the other place") {
  const std::string text =
      faults_of("{\"a\": 1,\n \"b\": {\"x\": 1, \"x\": 2},\n \"a\": 2}", [](const JsonReader&) {});
  CHECK(text ==
        "c.json:2:16: error: duplicate key `x`\n"
        "  hint: it stands on line 2 too\n"
        "c.json:3:2: error: duplicate key `a`\n"
        "  hint: it stands on line 1 too");
}

TEST_CASE("what is no JSON is one fault at its place") {
  CHECK_THAT(syntax(""), test::StartsWith("c.json:1:1: error: not valid JSON: "));
  CHECK_THAT(syntax("{\"a\": 1,\n  oops}"),
             test::StartsWith("c.json:2:3: error: not valid JSON: "));
  CHECK_THAT(syntax("{\"a\": \"\xff\"}"), test::StartsWith("c.json:1:"));
  CHECK_THAT(syntax("{\"a\": 1e999}"), test::StartsWith("c.json:1:7: error: not valid JSON: "));
  CHECK_THAT(syntax("{} x"), test::StartsWith("c.json:1:4: error: not valid JSON: "));
  CHECK_THAT(syntax("{\"a\": nan}"), test::StartsWith("c.json:1:"));
  CHECK(syntax("[1, 2]") == "c.json:1:1: error: expected an object, found an array");
  CHECK(syntax("\"text\"") == "c.json:1:1: error: expected an object, found a text");
}

TEST_CASE("infinities and no-numbers as Python writes them are numbers") {
  Diagnostics faults;
  JsonDocument document(
      "{\"limit\": [0.0, Infinity, -Infinity], \"none\": NaN, \"Infinity\": \"NaN, Infinity\",\n"
      "\"escaped\": \"\\\"NaN\", \"after\": 3}",
      "c.json", faults);
  JsonReader root = document.root();
  CHECK(document.parsed());
  CHECK(root.kind("limit") == JsonKind::array);
  CHECK(root.kind("none") == JsonKind::number);
  CHECK(root.text("Infinity") == "NaN, Infinity");
  CHECK(root.text("escaped") == "\"NaN");
  CHECK(root.location("after") == Location{"c.json", 2, 30});
  CHECK(faults.empty());
  const std::string texts =
      faults_of("{\"a\": [1, Infinity, -Infinity], \"b\": NaN, \"c\": 1}", [](JsonReader reader) {
        (void)reader.optional_texts("a");
        reader.integer("b");
        reader.text("c");
      });
  CHECK(texts ==
        "c.json:1:8: error: a: expected only texts in this array, found a whole number\n"
        "c.json:1:11: error: a: expected only texts in this array, found a number\n"
        "c.json:1:21: error: a: expected only texts in this array, found a number\n"
        "c.json:1:38: error: b: expected a whole number, found a number\n"
        "c.json:1:48: error: c: expected a text, found a whole number");
  for (const char* text : {"{\"a\": infinity}", "{\"a\": Infinityx}", "{\"a\": +Infinity}",
                           "{\"a\": 1Infinity}", "{\"a\": -NaN}", "{Infinity: 1}"}) {
    INFO(text);
    CHECK_THAT(syntax(text), test::ContainsSubstring("not valid JSON"));
  }
}

TEST_CASE("the kind of a value and whether it switches something off are told without reading") {
  Diagnostics faults;
  JsonDocument document(
      R"({"no": false, "yes": true, "zero": 0, "one": 1, "nil": 0.0, "real": 0.5, "void": "",
          "text": "x", "none": [], "some": [0], "bare": {}, "full": {"a": 0}, "null": null})",
      "c.json", faults);
  const JsonReader root = document.root();
  for (const char* key : {"no", "zero", "nil", "void", "none", "bare", "null", "absent"}) {
    INFO(key);
    CHECK(root.is_off(key));
  }
  for (const char* key : {"yes", "one", "real", "text", "some", "full"}) {
    INFO(key);
    CHECK_FALSE(root.is_off(key));
  }
  CHECK(root.kind("yes") == JsonKind::boolean);
  CHECK(root.kind("one") == JsonKind::integer);
  CHECK(root.kind("real") == JsonKind::number);
  CHECK(root.kind("text") == JsonKind::text);
  CHECK(root.kind("some") == JsonKind::array);
  CHECK(root.kind("full") == JsonKind::object);
  CHECK(root.kind("null") == JsonKind::absent);
  CHECK(root.unread().size() == 12);
}

TEST_CASE("configurations that are too deep or too large are faults") {
  CHECK(syntax("{\"a\": " + std::string(100'000, '[')) ==
        "c.json:1:134: error: nested more than 128 levels deep");
  CHECK(syntax(std::string(17 * 1024 * 1024, ' ')) ==
        "c.json: error: larger than 16 MiB, which no configuration is");
}

TEST_CASE("strings with escapes and punctuation do not disturb the places behind them") {
  const std::string text =
      faults_of("{\"a\\\"}]\": \"x\\\\\", \"b\": [{}, [], \"],\"], \"c\": 1}", [](JsonReader root) {
        root.text("c");
        root.text("b");
      });
  CHECK(text ==
        "c.json:1:23: error: b: expected a text, found an array\n"
        "c.json:1:44: error: c: expected a text, found a whole number");
}
