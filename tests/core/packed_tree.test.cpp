#include "core/packed_tree.hpp"

#include <cmath>

#include "core/toml_parse.hpp"
#include "infersim/core/catalog.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::detail;

namespace {

bool same(const Value& a, const Value& b);

bool same(const Value::Table& a, const Value::Table& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].key != b[i].key || a[i].place != b[i].place) return false;
    if (!same(a[i].value, b[i].value)) return false;
  }
  return true;
}

bool same(const Value& a, const Value& b) {
  if (a.place != b.place || a.data.index() != b.data.index()) return false;
  if (const auto* table = a.as<Value::Table>()) return same(*table, *b.as<Value::Table>());
  if (const auto* array = a.as<Value::Array>()) {
    const auto& other = *b.as<Value::Array>();
    if (array->size() != other.size()) return false;
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (!same((*array)[i], other[i])) return false;
    }
    return true;
  }
  if (const auto* text = a.as<std::string>()) return *text == *b.as<std::string>();
  if (const auto* whole = a.as<std::int64_t>()) return *whole == *b.as<std::int64_t>();
  if (const auto* number = a.as<double>()) return *number == *b.as<double>();
  if (const auto* truth = a.as<bool>()) return *truth == *b.as<bool>();
  return true;
}

}  // namespace

TEST_CASE("Compiled-in descriptions are what their texts say, values and places") {
  std::size_t files = 0;
  for (std::size_t i = 0; i < embedded_file_count; ++i) {
    const EmbeddedFile& file = embedded_files[i];
    INFO(file.path);
    const auto packed = compiled_in(file.text, file.path);
    REQUIRE(packed);
    Diagnostics faults;
    // Under another name the text is parsed.
    const Document parsed = parse_toml(file.text, "parsed.toml", faults);
    CHECK(parsed.parsed);
    CHECK(same(*packed, parsed.root));
    ++files;
  }
  CHECK(files > 200);
}

TEST_CASE("A text that is not the compiled-in one is parsed") {
  const EmbeddedFile& file = embedded_files[0];
  CHECK_FALSE(compiled_in(std::string(file.text) + "\n", file.path));
  CHECK_FALSE(compiled_in(file.text, "elsewhere.toml"));
}
