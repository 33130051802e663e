#include "hardware/descriptions.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

double tflops(const Engine& engine, NumberType type) {
  return engine.dense_peak[index(type)] / 1.0_TFLOPps;
}

constexpr double picojoule = 1e-12;

}  // namespace

TEST_CASE("the H200 is read as its data sheet has it") {
  const Device h200 = device("h200");
  CHECK(h200.device_class == DeviceClass::datacenter);
  CHECK(h200.family == "hopper");
  CHECK(h200.ranks == 1);
  CHECK(h200.path == "hardware/devices/h200.toml");
  CHECK_THAT(tflops(h200.decode_engine(), NumberType::bf16), WithinRel(989.0));
  CHECK_THAT(tflops(h200.decode_engine(), NumberType::fp8), WithinRel(1979.0));
  CHECK(!h200.decode_engine().computes_in(NumberType::fp4));
  CHECK(h200.decode_engine().units == 132);
  CHECK(h200.main_memory().name == "HBM3e");
  // As nvidia-smi shows it: 141 GB on the sheet are of 2^30 bytes.
  CHECK_THAT(h200.main_memory().capacity / 1.0_GB, WithinRel(150.754820096));
  CHECK_THAT(h200.main_memory().bandwidth / 1.0_TBps, WithinRel(4.8));
  // Expectation: 3.9 pJ/bit x 8 bits = 31.2 pJ a byte; at 4.8 TB/s that is 150 W.
  CHECK_THAT((h200.main_memory().energy * h200.main_memory().bandwidth).base(), WithinRel(149.76));
  REQUIRE(h200.scale_up);
  CHECK_THAT(h200.scale_up->per_direction / 1.0_GBps, WithinRel(450.0));
  CHECK_THAT(h200.power.limit.base(), WithinRel(700.0));
  REQUIRE(h200.rental(PriceBasis::on_demand));
  CHECK_THAT(h200.rental(PriceBasis::on_demand)->rate * hour / Dollars{1.0}, WithinRel(3.39));
  REQUIRE(h200.rental(PriceBasis::spot));
  CHECK(h200.rental(PriceBasis::spot)->rate < h200.rental(PriceBasis::on_demand)->rate);
  CHECK(h200.rental(PriceBasis::one_year) == nullptr);
  CHECK(h200.main_memory().provenance.basis == Basis::datasheet);
  CHECK_THAT(h200.main_memory().provenance.source, ContainsSubstring("aiconfigurator"));
}

TEST_CASE("the Ascend 910B is its bin of 376 TFLOP/s and has no FP8") {
  const Device chip = device("ascend910b");
  const Engine& cores = chip.decode_engine();
  CHECK(cores.kind == EngineKind::npu);
  CHECK(cores.units == 24);
  CHECK_THAT(tflops(cores, NumberType::bf16), WithinRel(376.0));
  CHECK_THAT(tflops(cores, NumberType::fp16), WithinRel(376.0));
  CHECK_THAT(tflops(cores, NumberType::int8), WithinRel(752.0));
  CHECK(!cores.computes_in(NumberType::fp8));
  CHECK_THAT(chip.main_memory().capacity / 1.0_GB, WithinRel(64.0));
  CHECK_THAT(chip.main_memory().bandwidth / 1.0_TBps, WithinRel(1.6));
  CHECK_THAT(chip.scale_up.value().per_direction / 1.0_GBps, WithinRel(196.0));
  // Expectation: CNY 120,000 at 7.14 CNY/USD is 16,807 USD.
  CHECK_THAT(chip.price.value().capital.base(), WithinRel(120000.0 / 7.14, 0.001));
  CHECK(chip.system == "atlas-800i-a2");
}

TEST_CASE("the bins of the 910B differ in cores, rate and memory") {
  const Device b1 = device("ascend910b1");
  const Device b3 = device("ascend910b3");
  const Device b4 = device("ascend910b4");
  CHECK_THAT(tflops(b1.decode_engine(), NumberType::bf16), WithinRel(414.0));
  CHECK_THAT(tflops(b3.decode_engine(), NumberType::bf16), WithinRel(313.0));
  CHECK_THAT(tflops(b4.decode_engine(), NumberType::bf16), WithinRel(280.0));
  CHECK(b3.decode_engine().units == 20);
  CHECK_THAT(b4.main_memory().capacity / 1.0_GB, WithinRel(32.0));
  CHECK_THAT(b4.main_memory().bandwidth / 1.0_GBps, WithinRel(800.0));
}

TEST_CASE("an Ascend 910C is a package of two ranks, with the figures of both dies") {
  const Device package = device("ascend910c");
  const Device die = device("ascend910b");
  CHECK(package.ranks == 2);
  CHECK(die.ranks == 1);
  // Expectation: each figure of the package is twice that of one 910B2 die.
  CHECK_THAT(tflops(package.decode_engine(), NumberType::bf16),
             WithinRel(2.0 * tflops(die.decode_engine(), NumberType::bf16)));
  CHECK_THAT(tflops(package.decode_engine(), NumberType::int8), WithinRel(1504.0));
  CHECK(package.decode_engine().units.value() == 2 * die.decode_engine().units.value());
  CHECK_THAT(package.main_memory().capacity / die.main_memory().capacity, WithinRel(2.0));
  CHECK_THAT(package.main_memory().bandwidth / die.main_memory().bandwidth, WithinRel(2.0));
  CHECK_THAT(package.scale_up.value().per_direction / 1.0_GBps, WithinRel(392.0));
  CHECK(package.family == die.family);
}

TEST_CASE("the accelerators of the other vendors have their published peaks and memories") {
  struct Row {
    const char* id;
    double bf16, fp8, fp4, capacity_mib, bandwidth_tb, link_gb, limit_w;
  };
  constexpr double mib = 1024.0 * 1024.0;
  const Row rows[] = {
      {"h100", 989, 1979, 0, 81559, 3.35, 450, 700},
      {"h800", 989, 1979, 0, 81559, 3.35, 200, 700},
      {"b200", 2250, 4500, 9000, 183359, 8, 900, 1000},
      {"mi300x", 1307, 2615, 0, 196592, 5.3, 448, 750},
      {"mi355x", 2516, 5033, 10066, 294896, 8, 535.5, 1400},
  };
  for (const Row& row : rows) {
    INFO(row.id);
    const Device chip = device(row.id);
    CHECK_THAT(tflops(chip.decode_engine(), NumberType::bf16), WithinRel(row.bf16));
    CHECK_THAT(tflops(chip.decode_engine(), NumberType::fp8), WithinRel(row.fp8));
    CHECK_THAT(tflops(chip.decode_engine(), NumberType::fp4), WithinAbs(row.fp4, 1e-6));
    CHECK_THAT(chip.main_memory().capacity.base() / mib, WithinRel(row.capacity_mib));
    CHECK_THAT(chip.main_memory().bandwidth / 1.0_TBps, WithinRel(row.bandwidth_tb));
    CHECK_THAT(chip.scale_up.value().per_direction / 1.0_GBps, WithinRel(row.link_gb));
    CHECK_THAT(chip.power.limit.base(), WithinRel(row.limit_w));
  }
  CHECK(device("mi300x").decode_engine().units == 304);
  CHECK(device("mi355x").decode_engine().units == 256);
  CHECK(device("mi355x").price.value().provenance.basis == Basis::estimate);
}

TEST_CASE(
    "phones and PCs are edge devices with 4-bit weights and memory that is not theirs alone") {
  for (const char* id : {"snapdragon-8-gen3", "dimensity-9300", "m3-max"}) {
    INFO(id);
    const Device chip = device(id);
    CHECK(is_edge(chip.device_class));
    CHECK(chip.default_weights == NumberType::int4);
    CHECK(chip.main_memory().reserved > Bytes{});
    CHECK(!chip.scale_up);
  }
  CHECK(!device("h200").default_weights);
  CHECK(device("dimensity-9300").price_reason == "no price of the SoC is published");
  CHECK(device("snapdragon-8-gen3").price.value().covers == "SoC");
  CHECK(device("m3-max").price.value().covers == "whole Mac with 128 GB");
}

TEST_CASE("phones run language models on their NPU and the Mac on its GPU") {
  const Device phone = device("snapdragon-8-gen3");
  CHECK(phone.decode_engine().kind == EngineKind::npu);
  CHECK(phone.prefill_engine().kind == EngineKind::npu);
  CHECK(!phone.decode_engine().computes_in(NumberType::bf16));
  CHECK_THAT(tflops(phone.decode_engine(), NumberType::int8), WithinRel(34.0));
  CHECK_THAT(phone.main_memory().bandwidth / 1.0_GBps, WithinRel(76.8));
  CHECK(device("dimensity-9300").decode_engine().kind == EngineKind::npu);
  CHECK(device("m3-max").decode_engine().kind == EngineKind::gpu);
  CHECK_THAT(device("m3-max").main_memory().bandwidth / 1.0_GBps, WithinRel(409.6));
}

TEST_CASE("`phases` decides which engine runs prefill and which runs decode") {
  const std::string phone = description("devices", "snapdragon-8-gen3");
  // The NPU, which stands first, takes prefill; decode falls to the GPU behind it.
  const Device split = load_device(
      with(phone, "name   = \"Hexagon NPU\"", "name   = \"Hexagon NPU\"\nphases = [\"prefill\"]"),
      "phone.toml");
  CHECK(split.prefill_engine().name == "Hexagon NPU");
  CHECK(split.decode_engine().name == "Adreno 750");
}

TEST_CASE("an estimated peak among sourced ones says that it is one") {
  const Device phone = device("snapdragon-8-gen3");
  const Engine& npu = phone.decode_engine();
  CHECK(npu.peak_provenance(NumberType::int8).basis == Basis::press);
  CHECK(npu.peak_provenance(NumberType::fp16).basis == Basis::estimate);
  CHECK(npu.peak_provenance(NumberType::fp16).source == "Chinese AI chip survey");
}

TEST_CASE("energy per flop is 0.55 x limit / peak where a description gives none, and says so") {
  const Device h20 = device("h20");
  // Expectation: 0.55 x 400 W / 148 TFLOP/s = 1.49 pJ/flop, and half of it in FP8.
  CHECK_THAT(h20.power.flop_energy[index(NumberType::bf16)].base() / picojoule,
             WithinRel(0.55 * 400.0 / 148.0));
  CHECK_THAT(h20.power.flop_energy[index(NumberType::fp8)].base() / picojoule,
             WithinRel(0.55 * 400.0 / 296.0));
  CHECK(h20.power.flop_energy[index(NumberType::fp4)] == JoulesPerFlop{});
  CHECK(h20.power.flop_energy_provenance.basis == Basis::estimate);
  CHECK(h20.power.flop_energy_provenance.note ==
        "0.55 x limit / peak for tf32, bf16, fp16, fp8, int8");
}

TEST_CASE("a given energy per flop is taken, and the rest derived") {
  const std::string text = with(description("devices", "h20"), "[price]",
                                "[power.flop_energy]\nbf16 = \"0.7 pJ/FLOP\"\nbasis = \"assumed\"\n"
                                "note = \"for a test\"\n\n[price]");
  const PowerModel power = load_device(text, "h20.toml").power;
  CHECK_THAT(power.flop_energy[index(NumberType::bf16)].base() / picojoule, WithinRel(0.7));
  CHECK_THAT(power.flop_energy[index(NumberType::fp8)].base() / picojoule,
             WithinRel(0.55 * 400.0 / 296.0));
  CHECK(power.flop_energy_provenance.basis == Basis::assumed);
  CHECK(power.flop_energy_provenance.note ==
        "for a test; 0.55 x limit / peak for tf32, fp16, fp8, int8");
}

TEST_CASE("an SoC spends per flop what its first engine for the type does") {
  const Device phone = device("snapdragon-8-gen3");
  // Expectation: FP16 by the NPU (17 TFLOP/s), FP32 by the GPU (2.8), which alone computes in it.
  CHECK_THAT(phone.power.flop_energy[index(NumberType::fp16)].base() / picojoule,
             WithinRel(0.55 * 8.0 / 17.0));
  CHECK_THAT(phone.power.flop_energy[index(NumberType::fp32)].base() / picojoule,
             WithinRel(0.55 * 8.0 / 2.8));
}
