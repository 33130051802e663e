#include "infersim/core/toml_place.hpp"

#include <string>

#include "infersim/core/toml_reader.hpp"
#include "support/catch.hpp"

using namespace infersim;

namespace {

const std::string text =
    "id = \"x\"\n"
    "[[engine]]\n"
    "name = \"a\"\n"
    "[[engine]]\n"
    "name = \"b\"\n"
    "[engine.dense]\n"
    "  bf16 = \"1 TFLOP/s\"\n"
    "[price]\n"
    "basis = \"assumed\"\n"
    "note = \"why\"\n"
    "unusual = \"because\"\n";

std::size_t line_of(const std::string& path) { return place_of(text, "f", path).line; }

}  // namespace

TEST_CASE("a key is found by its path") {
  CHECK(line_of("id") == 1);
  CHECK(line_of("engine[0].name") == 3);
  CHECK(line_of("engine[1]") == 4);
  CHECK(line_of("engine[1].dense.bf16") == 7);
  CHECK(place_of(text, "f", "engine[1].dense.bf16").file == "f");
  CHECK(place_of(text, "f", "price.basis").line == 9);
}

TEST_CASE("what is not there is at the nearest table") {
  CHECK(line_of("engine[1].dense.fp8") == 6);
  CHECK(line_of("engine[0].dense.fp8") == 2);
  CHECK(line_of("price.source") == 8);
  CHECK(line_of("engine[7].name") == line_of("engine"));
  CHECK(place_of("id = ", "f", "id").line == 0);
}

TEST_CASE("why figures are unusual is read with their provenance, and not inherited") {
  Diagnostics faults;
  TomlDocument document(text, "f", faults);
  TableReader price = document.root().table("price");
  const Provenance own = price.provenance();
  CHECK(own.unusual == "because");
  TableReader engine = std::move(document.root().tables("engine").front());
  const Provenance inherited = engine.provenance(&own);
  CHECK(inherited.note == "why");
  CHECK(inherited.unusual.empty());
  CHECK(faults.empty());
}
