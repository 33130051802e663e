#include "infersim/core/toml_edit.hpp"

#include "infersim/core/diagnostic.hpp"
#include "support/catch.hpp"

using namespace infersim;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* chip = R"(id = "µ-chip"   # its name
[[engine]]
name = "vector"
phases = ["prefill"]
[engine.dense]
bf16 = "1 TFLOP/s"

[[engine]]
name = "tensor"
units = 4  # µ counts one column
[engine.dense]
bf16 = "8 TFLOP/s"

[[memory]]
name = "HBM3e"
capacity = "8 GB"
bandwidth = "4.8 TB/s"   # as measured
[[memory]]
name = "SRAM"
capacity = "1 MB"
bandwidth = "9 TB/s"

[power]
limit = "700 W"
)";

EditedToml edited(std::string_view path, std::string_view value) {
  return with_value(chip, "chip.toml", path, value);
}

/// The text with `from` replaced once.
std::string with(std::string_view from, std::string_view to) {
  std::string text = chip;
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("a value takes the place of the one that was there, and nothing else changes") {
  const EditedToml limit = edited("power.limit", "300W");
  CHECK(limit.text == with("700 W", "300W"));
  CHECK(limit.key == "power.limit");
  CHECK(limit.was == "700 W");
  const EditedToml units = edited("engine.tensor.units", "16");
  CHECK(units.text == with("units = 4", "units = 16"));
  CHECK(units.was == "4");
  CHECK(edited("id", "other").text == with("µ-chip", "other"));
}

TEST_CASE("elements are found by name, else the main one is meant") {
  const EditedToml main = edited("memory.bandwidth", "32TB/s");
  CHECK(main.key == "memory.HBM3e.bandwidth");
  CHECK(main.text == with("4.8 TB/s", "32TB/s"));
  CHECK(edited("memory.hbm-3e.bandwidth", "32TB/s").text == main.text);
  CHECK(edited("memory.sram.bandwidth", "1 TB/s").text == with("9 TB/s", "1 TB/s"));
  CHECK(edited("engine.dense.bf16", "2 TFLOP/s").key == "engine.tensor.dense.bf16");
  CHECK(edited("engine.vector.dense.bf16", "2 TFLOP/s").text == with("\"1 TFLOP", "\"2 TFLOP"));
}

TEST_CASE("what is not there is added to its table") {
  const EditedToml idle = edited("power.idle", "50W");
  CHECK(idle.was.empty());
  CHECK_THAT(idle.text, ContainsSubstring("[power]\nidle = \"50W\"\n"));
  CHECK_THAT(edited("concept", "true").text, ContainsSubstring("concept = true\nid = "));
  CHECK_THAT(edited("memory.sram.stacks", "2").text,
             ContainsSubstring("[[memory]]\nstacks = 2\nname = \"SRAM\""));
  CHECK_THAT(edited("price.capital", "9 USD").text,
             ContainsSubstring("[price]\ncapital = \"9 USD\"\nbasis = \"assumed\""));
}

TEST_CASE("a path that leads to no figure is refused") {
  CHECK_THROWS_AS(edited("power", "1"), InputError);
  CHECK_THROWS_AS(edited("id.x", "1"), InputError);
  CHECK_THROWS_AS(edited("memory", "1"), InputError);
  CHECK_THROWS_AS(with_value("id = ", "broken.toml", "id", "x"), InputError);
}
