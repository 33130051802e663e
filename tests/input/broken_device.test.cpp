#include <string>

#include "infersim/core/diagnostic.hpp"
#include "infersim/hardware/device.hpp"
#include "support/catch.hpp"

using namespace infersim;

namespace {

std::string faults_of(std::string_view text) {
  try {
    (void)load_device(text, "chip.toml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every fault of a broken device is reported in one go, in the order of its text") {
  CHECK(faults_of(R"(id     = "chip"
name   = "Chip"
vendor = "Näme"
famly  = "hopper"
class  = "datacentre"
system = "box"

[[engine]]
name   = "tensor cores"
kind   = "gpu"
units  = 20000000
source = "sheat"
basis  = "datasheet"

[engine.dense]
bf16 = 989
fp8  = "1979 TFLOPS"
fp4  = "0 TFLOP/s"

[[memory]]
name      = "HBM"
capacity  = "141 GB/s"
bandwith  = "4.8 TB/s"
energy    = "-1 pJ/bit"
source    = "sheet"

[power]
idle   = "80 W"
limit  = "700 W"
source = "sheet + rumour"
basis  = "rumor"

[price]
capital = "200000 CNY"
basis   = "assumed"
note    = "é"
"é" = { paid = true }

[sources.sheet]
titel = "Data sheet"
)") == "chip.toml: error: family: missing required key\n"
       "chip.toml:4:1: error: famly: unknown key\n"
       "  hint: did you mean `family`?\n"
       "chip.toml:5:10: error: class: unknown name `datacentre`\n"
       "  hint: one of: datacenter, pc, phone, embedded\n"
       "chip.toml:11:10: error: engine[0].units: expected a whole number from 1 to 100000, "
       "found 20000000\n"
       "chip.toml:12:10: error: engine[0].source: no source `sheat` in this file\n"
       "  hint: did you mean `sheet`?\n"
       "chip.toml:16:8: error: engine[0].dense.bf16: a quantity needs a unit\n"
       "  hint: write it as a string with one of: GFLOP/s, TFLOP/s, PFLOP/s, TOP/s\n"
       "chip.toml:17:8: error: engine[0].dense.fp8: unknown unit `TFLOPS`\n"
       "  hint: did you mean `TFLOP/s`, `GFLOP/s` or `PFLOP/s`?\n"
       "chip.toml:18:8: error: engine[0].dense.fp4: must be more than zero\n"
       "  hint: leave the key out if nobody published the figure\n"
       "chip.toml:20:1: error: memory[0].bandwidth: missing required key\n"
       "chip.toml:20:1: error: memory[0].basis: missing required key\n"
       "chip.toml:22:13: error: memory[0].capacity: expected an amount of data such as 80 GB, "
       "found a bandwidth\n"
       "  hint: write it with one of: KiB, MiB, GB, GiB\n"
       "chip.toml:23:1: error: memory[0].bandwith: unknown key\n"
       "  hint: did you mean `bandwidth`?\n"
       "chip.toml:24:13: error: memory[0].energy: a quantity cannot be negative, found `-1 "
       "pJ/bit`\n"
       "chip.toml:30:10: error: power.source: no source `rumour` in this file\n"
       "  hint: add a [sources.KEY] table with a title\n"
       "chip.toml:31:10: error: power.basis: unknown basis `rumor`\n"
       "  hint: one of: datasheet, measured, press, estimate, assumed\n"
       "chip.toml:34:11: error: price.capital: unknown unit `CNY`\n"
       "  hint: amounts are in USD: convert it, and give the rate and its date in the note\n"
       "chip.toml:37:1: error: price.`é`: unknown key\n"
       "chip.toml:39:1: error: sources.sheet.title: missing required key\n"
       "chip.toml:40:1: error: sources.sheet.titel: unknown key\n"
       "  hint: did you mean `title`?");
}

TEST_CASE("a device of which nothing is left") {
  CHECK(faults_of("") ==
        "chip.toml: error: id: missing required key\n"
        "chip.toml: error: name: missing required key\n"
        "chip.toml: error: vendor: missing required key\n"
        "chip.toml: error: family: missing required key\n"
        "chip.toml: error: class: missing required key\n"
        "chip.toml: error: system: missing required key\n"
        "chip.toml: error: engine: missing required key\n"
        "chip.toml: error: memory: missing required key\n"
        "chip.toml: error: power: missing required key\n"
        "chip.toml: error: price_reason: missing, and there is neither [price] nor [rental]\n"
        "  hint: say why nobody published a price");
}
