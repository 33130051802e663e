#include "hardware/descriptions.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

// Line numbers in the expectations below count from the first line of this text.
const std::string good = R"(id     = "toy"
name   = "Toy"
vendor = "Us"
family = "toys"
class  = "pc"
system = "toy-box"

[[engine]]
name   = "cores"
kind   = "gpu"
source = "sheet"
basis  = "datasheet"

[engine.dense]
bf16 = "10 TFLOP/s"

[[memory]]
name      = "DRAM"
capacity  = "16 GB"
bandwidth = "100 GB/s"
energy    = "5 pJ/bit"
source    = "sheet"
basis     = "datasheet"

[power]
idle   = "1 W"
limit  = "20 W"
source = "sheet"
basis  = "datasheet"

[price]
capital = "500 USD"
covers  = "the box"
source  = "sheet"
basis   = "datasheet"

[sources.sheet]
title = "Toy data sheet"
)";

std::string faults(const std::string& text) { return faults_of(load_device, text, "toy.toml"); }

}  // namespace

TEST_CASE("a minimal device loads with defaults that are harmless") {
  const Device toy = load_device(good, "toy.toml");
  CHECK(toy.ranks == 1);
  CHECK_FALSE(toy.decode_engine().units);
  CHECK(toy.decode_engine().exponentials == FlopRate{});
  CHECK(toy.decode_engine().vector_peak == FlopRate{});
  CHECK(toy.aliases.empty());
  CHECK(toy.rentals.empty());
}

TEST_CASE("all faults of a device are reported together, each at its place") {
  std::string text = with(good, "class  = \"pc\"", "class  = \"laptop\"");
  text = with(text, "bandwidth = \"100 GB/s\"", "bandwith = \"100 GB/s\"");
  text = with(text, "limit  = \"20 W\"", "limit  = 20");
  text = with(text, "[price]\ncapital", "[price]\ncaptial");
  CHECK(faults(text) ==
        "toy.toml:5:10: error: class: unknown name `laptop`\n"
        "  hint: one of: datacenter, pc, phone, embedded\n"
        "toy.toml:17:1: error: memory[0].bandwidth: missing required key\n"
        "toy.toml:20:1: error: memory[0].bandwith: unknown key\n"
        "  hint: did you mean `bandwidth`?\n"
        "toy.toml:27:10: error: power.limit: a quantity needs a unit\n"
        "  hint: write it as a string with one of: W, kW, MW\n"
        "toy.toml:31:1: error: price.capital: missing required key\n"
        "toy.toml:32:1: error: price.captial: unknown key\n"
        "  hint: did you mean `capital`?");
}

TEST_CASE("a table with figures but without source or basis is a fault") {
  const std::string text =
      with(good, "energy    = \"5 pJ/bit\"\nsource    = \"sheet\"\n", "energy    = \"5 pJ/bit\"\n");
  CHECK(faults(text) == "toy.toml:17:1: error: memory[0].source: missing required key");
}

TEST_CASE("a figure of zero is a fault, once, and only where it could be read") {
  CHECK(faults(with(good, "\"100 GB/s\"", "\"0 GB/s\"")) ==
        "toy.toml:20:13: error: memory[0].bandwidth: must be more than zero");
  CHECK(faults(with(good, "\"16 GB\"", "\"0 GB\"")) ==
        "toy.toml:19:13: error: memory[0].capacity: must be more than zero");
  CHECK(faults(with(good, "\"10 TFLOP/s\"", "\"0 TFLOP/s\"")) ==
        "toy.toml:15:8: error: engine[0].dense.bf16: must be more than zero\n"
        "  hint: leave the key out if nobody published the figure");
  CHECK_THAT(faults(with(good, "\"100 GB/s\"", "\"100 GB\"")), !ContainsSubstring("zero"));
  CHECK_THAT(faults(with(good, "\"100 GB/s\"", "100")), !ContainsSubstring("zero"));
}

TEST_CASE("an engine without any peak, or with one of an unknown type, is a fault") {
  CHECK(faults(with(good, "bf16 = \"10 TFLOP/s\"\n", "")) ==
        "toy.toml:14:1: error: engine[0].dense.bf16: no peak of any number type\n"
        "  hint: give at least one of fp32, tf32, bf16, fp16, fp8, int8, fp4, int4");
  CHECK(faults(with(good, "bf16 = ", "bf16 = \"10 TFLOP/s\"\nfp161 = ")) ==
        "toy.toml:16:1: error: engine[0].dense.fp161: unknown key\n  hint: did you mean `fp16`?");
  CHECK(faults(with(good, "[engine.dense]\nbf16 = \"10 TFLOP/s\"\n", "")) ==
        "toy.toml:8:1: error: engine[0].dense: missing required key");
}

TEST_CASE("`estimates` may only name peaks of its table") {
  CHECK_THAT(
      faults(with(good, "bf16 = \"10 TFLOP/s\"", "bf16 = \"10 TFLOP/s\"\nestimates = [\"fp16\"]")),
      StartsWith("toy.toml:16:13: error: engine[0].dense.estimates: `fp16` is no peak of "
                 "this table"));
}

TEST_CASE("without an engine for a phase nothing can run") {
  CHECK(faults(with(good, "kind   = \"gpu\"", "kind   = \"gpu\"\nphases = [\"prefill\"]")) ==
        "toy.toml:8:1: error: engine: no engine runs decode\n"
        "  hint: add `decode` to the `phases` of one");
  CHECK(faults(
            with(good, "kind   = \"gpu\"", "kind   = \"gpu\"\nphases = [\"decode\", \"train\"]")) ==
        "toy.toml:8:1: error: engine: no engine runs prefill\n"
        "  hint: add `prefill` to the `phases` of one\n"
        "toy.toml:11:10: error: engine[0].phases: `train` is no phase\n"
        "  hint: phases are `prefill` and `decode`; leave the key out for both");
}

TEST_CASE("a device with neither price nor rental says why") {
  const auto price = good.find("[price]");
  const std::string priceless = good.substr(0, price) + good.substr(good.find("[sources.sheet]"));
  CHECK(faults(priceless) ==
        "toy.toml: error: price_reason: missing, and there is neither [price] nor [rental]\n"
        "  hint: say why nobody published a price");
  CHECK(load_device("price_reason = \"a toy\"\n" + priceless, "toy.toml").price_reason == "a toy");
}

TEST_CASE("what a price covers must be said of phones and PCs, and is one device elsewhere") {
  const std::string text = with(good, "covers  = \"the box\"\n", "");
  CHECK(faults(text) == "toy.toml:31:1: error: price.covers: missing required key");
  const Device chip =
      load_device(with(text, "class  = \"pc\"", "class  = \"datacenter\""), "x.toml");
  CHECK(chip.price.value().covers == "one device");
}

TEST_CASE(
    "memory that the system keeps must leave something, and idling draw less than the limit") {
  CHECK(faults(with(good, "energy    =", "reserved  = \"16 GB\"\nenergy    =")) ==
        "toy.toml:21:13: error: memory[0].reserved: leaves nothing of the capacity for a model");
  CHECK(faults(with(good, "\"1 W\"", "\"30 W\"")) ==
        "toy.toml:26:10: error: power.idle: must be below the limit");
}

TEST_CASE("a text that is no TOML is one fault, and an empty one lists all that is missing") {
  CHECK_THAT(faults("id = "), StartsWith("toy.toml:1:6: error: not valid TOML: "));
  const std::string all = faults("");
  for (const char* key :
       {"id", "name", "vendor", "family", "class", "system", "engine", "memory", "power"}) {
    CHECK_THAT(all, ContainsSubstring(": error: " + std::string(key) + ": missing required key"));
  }
}
