#include "infersim/hardware/lint.hpp"

#include <string>
#include <vector>

#include "infersim/hardware/lint_system.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// A chip like the A100, to be changed.
Device chip(const std::string& id) {
  Device device;
  device.id = id;
  device.vendor = "NVIDIA";
  device.family = "ampere";
  device.die = Die{"TSMC N7", Area{826e-6}, {}};
  Engine engine;
  engine.kind = EngineKind::gpu;
  engine.units = 108;
  engine.dense_peak[index(NumberType::bf16)] = 312.0_TFLOPps;
  engine.dense_peak[index(NumberType::fp16)] = 312.0_TFLOPps;
  engine.dense_peak[index(NumberType::int8)] = 624.0_TFLOPps;
  device.engines = {engine};
  MemoryLevel memory;
  memory.name = "HBM2e";
  memory.capacity = 80.0_GB;
  memory.stacks = 5;
  memory.bandwidth = 2039.0_GBps;
  device.memory = {memory};
  device.scale_up = Link{"NVLink 3", 300.0_GBps, {}, {}};
  device.power.limit = Watts{400};
  return device;
}

/// A chip like the H100.
Device hopper(const std::string& id) {
  Device device = chip(id);
  device.family = "hopper";
  device.die = Die{"TSMC 4N", Area{814e-6}, {}};
  device.engines[0].units = 132;
  device.engines[0].dense_peak = {};
  device.engines[0].dense_peak[index(NumberType::bf16)] = 989.0_TFLOPps;
  device.engines[0].dense_peak[index(NumberType::fp8)] = 1979.0_TFLOPps;
  device.memory[0].name = "HBM3";
  device.memory[0].bandwidth = 3350.0_GBps;
  device.scale_up = Link{"NVLink 4", 450.0_GBps, {}, {}};
  return device;
}

void set_peaks(Device& device, double factor) {
  for (FlopRate& peak : device.engines[0].dense_peak)
    peak *= factor;
}

/// The keys that are suspected, one after the other.
std::string suspected(const Device& device, const std::vector<Device>& others = {}) {
  std::string keys;
  for (const Suspicion& each : suspicions(device, others))
    keys += (keys.empty() ? "" : " ") + each.key;
  return keys;
}

const std::vector<Device> market = {chip("a100"), hopper("h100"), hopper("h200")};

}  // namespace

TEST_CASE("published figures are not suspected") {
  CHECK(suspected(chip("a100"), market).empty());
  CHECK(suspected(chip("a800"), market).empty());
  CHECK(suspected(hopper("h100"), market).empty());
  CHECK(suspected(hopper("alone")).empty());
}

TEST_CASE("a sparse peak is more for each unit than any relative has") {
  Device sparse = chip("a800");
  set_peaks(sparse, 2);
  // Expectation: 624 TFLOP/s on 108 units beside the A100's 312 on as many.
  const auto found = suspicions(sparse, market);
  REQUIRE(found.size() == 3);
  CHECK(found[0].key == "engine[0].dense.bf16");
  CHECK_THAT(found[0].message, ContainsSubstring("624 TFLOP/s"));
  CHECK_THAT(found[0].message, ContainsSubstring("2 x what `a100`"));
  CHECK_THAT(found[0].hint, ContainsSubstring("sparsity"));

  SECTION("a part with fewer of the same units is none") {
    Device cut = chip("a30");
    cut.engines[0].units = 56;
    set_peaks(cut, 165.0 / 312.0);
    CHECK(suspected(cut, market).empty());
  }
  SECTION("nor is a slower part beside it") {
    Device slow = hopper("h20");
    set_peaks(slow, 148.0 / 989.0);
    slow.engines[0].units = 78;
    CHECK(suspected(hopper("h800"), {slow, hopper("h100")}).empty());
  }
  SECTION("without units, twice the peak beside the same memory is") {
    Device before = chip("before");
    before.engines[0].units.reset();
    sparse.engines[0].units.reset();
    CHECK(suspected(sparse, {before}) ==
          "engine[0].units engine[0].dense.bf16 engine[0].dense.fp16 engine[0].dense.int8");
    before.memory[0].bandwidth = 1555.0_GBps;
    before.die.reset();
    CHECK(suspected(sparse, {before}) == "engine[0].units");
  }
}

TEST_CASE("without relatives a mm2 of the same process tells") {
  Device own = chip("own");
  own.family = "own";
  CHECK(suspected(own, market).empty());
  set_peaks(own, 2);
  // Expectation: 0.76 TFLOP/s a mm2 beside the A100's 0.38.
  CHECK(suspected(own, market) == "engine[0].dense.bf16");

  SECTION("one family that is denser does not hide it") {
    Device dense = chip("dense");
    dense.family = "dense";
    set_peaks(dense, 3);
    Device plain = chip("plain");
    plain.family = "plain";
    CHECK(suspected(own, {chip("a100"), dense, plain}) == "engine[0].dense.bf16");
  }
  SECTION("another process, a much smaller die or another memory is no neighbour") {
    for (const char* process : {"TSMC 4N", "SMIC N+2"}) {
      own.die->process = process;
      CHECK(suspected(own, {chip("a100")}).empty());
    }
    own.die = Die{"Samsung, 7 nm class", Area{300e-6}, {}};
    CHECK(suspected(own, {chip("a100")}).empty());
    own.die->area = Area{826e-6};
    CHECK(suspected(own, {chip("a100")}) == "engine[0].dense.bf16");
    own.memory[0].name = "GDDR6";
    own.memory[0].stacks = 0;
    CHECK(suspected(own, {chip("a100")}).empty());
  }
  SECTION("4N, 4NP and N5 are one node") {
    for (const char* process : {"TSMC 4NP", "TSMC N5 + N6", "5 nm"}) {
      Device new_chip = hopper("new");
      new_chip.family = "new";
      new_chip.die->process = process;
      set_peaks(new_chip, 2);
      INFO(process);
      CHECK(suspected(new_chip, {hopper("h100")}) == "engine[0].dense.bf16");
    }
  }
}

TEST_CASE("a step of four in the ladder of types is a sparse figure beside a dense one") {
  Device device = hopper("h100");
  device.engines[0].dense_peak[index(NumberType::fp8)] = 3958.0_TFLOPps;
  CHECK(suspected(device) == "engine[0].dense.fp8");
  // Expectation: the B300's FP4 is three times its FP8.
  device.engines[0].dense_peak[index(NumberType::fp8)] = 1979.0_TFLOPps;
  device.engines[0].dense_peak[index(NumberType::fp4)] = 5937.0_TFLOPps;
  CHECK(suspected(device).empty());
  // Expectation: GeForce has INT8 at four times BF16, and FP8 at twice.
  device.engines[0].dense_peak[index(NumberType::int8)] = 3958.0_TFLOPps;
  CHECK(suspected(device).empty());
}

TEST_CASE("a link of both directions") {
  Device device = hopper("h800");
  device.scale_up->per_direction = 900.0_GBps;
  SECTION("is twice what others with that name have") {
    const auto found = suspicions(device, market);
    REQUIRE(found.size() == 1);
    CHECK(found[0].key == "scale_up.per_direction");
    CHECK_THAT(found[0].message, ContainsSubstring("900 GB/s"));
    CHECK_THAT(found[0].message, ContainsSubstring("`h100` (450 GB/s)"));
  }
  SECTION("or more than a quarter of HBM's bandwidth") {
    CHECK(suspected(device) == "scale_up.per_direction");
    device.memory[0].bandwidth = 4000.0_GBps;
    CHECK(suspected(device).empty());
  }
  SECTION("or more than 16 lanes of PCIe carry") {
    device.scale_up = Link{"PCIe 4 x16", 64.0_GBps, {}, {}};
    CHECK(suspected(device) == "scale_up.per_direction");
    device.scale_up->per_direction = 32.0_GBps;
    CHECK(suspected(device).empty());
    device.scale_up = Link{"PCIe 5", 64.0_GBps, {}, {}};
    CHECK(suspected(device).empty());
  }
  SECTION("is not that of a package of two dies") {
    device.scale_up->per_direction = 600.0_GBps;
    device.ranks = 2;
    Device die = hopper("die");
    die.scale_up->per_direction = 300.0_GBps;
    CHECK(suspected(device, {die}).empty());
  }
  SECTION("nor a slower link") {
    device.scale_up->per_direction = 200.0_GBps;
    CHECK(suspected(device, market).empty());
  }
}

TEST_CASE("a unit that is off shows in flops per byte") {
  std::vector<Device> others;
  for (const double bandwidth : {1500.0, 2000.0, 2500.0, 3000.0, 4000.0}) {
    others.push_back(chip("other" + std::to_string(others.size())));
    others.back().family = "other";
    others.back().memory[0].bandwidth = bandwidth * 1.0_GBps;
  }
  Device device = chip("own");
  device.family = "own";
  device.scale_up.reset();
  CHECK(suspected(device, others).empty());
  device.memory[0].bandwidth = 2.0_GBps;
  CHECK(suspected(device, others) == "memory[0].bandwidth");
  others.pop_back();
  // Expectation: four chips are too few to say what is usual.
  CHECK(suspected(device, others).empty());
}

TEST_CASE("HBM comes in stacks") {
  Device device = hopper("own");
  const auto with = [&](double gigabytes, int stacks) {
    device.memory[0].capacity = gigabytes * 1.0_GB;
    device.memory[0].stacks = stacks;
    device.memory[0].bandwidth = 1000.0_GBps;
    device.scale_up.reset();
    return suspected(device);
  };
  // Expectation: A100, H200, B200 (of 192), B300 (of 288), TPU v5p, MI455X.
  CHECK(with(80, 5).empty());
  CHECK(with(141, 6).empty());
  CHECK(with(180, 8).empty());
  CHECK(with(270, 8).empty());
  CHECK(with(95, 6).empty());
  CHECK(with(432, 12).empty());
  CHECK(with(94, 0).empty());
  CHECK(with(256, 0).empty());
  // As drivers count: H100, H200, GB200 (of 192 GiB), GB300 (of 288), MI355X.
  CHECK(with(85.52, 5).empty());
  CHECK(with(150.75, 6).empty());
  CHECK(with(198.67, 8).empty());
  CHECK(with(298.01, 8).empty());
  CHECK(with(309.22, 8).empty());
  CHECK(with(100, 5) == "memory[0].capacity");
  CHECK(with(110, 0) == "memory[0].capacity");
  CHECK(with(80, 6) == "memory[0].capacity");
  device.memory[0].name = "LPDDR5X";
  CHECK(with(100, 0).empty());
}

TEST_CASE("a stack is no faster than its kind") {
  Device device = hopper("own");
  device.memory[0].bandwidth = 6700.0_GBps;
  CHECK(suspected(device) == "memory[0].bandwidth");
  device.memory[0].name = "HBM3e";
  device.memory[0].bandwidth = 6000.0_GBps;
  CHECK(suspected(device).empty());
}

TEST_CASE("money has a date") {
  Device device = chip("own");
  device.price = Price{Dollars{10000}, "one device", {Basis::press, "A list", "", ""}};
  device.rentals = {{PriceBasis::spot, DollarRate{1}, {Basis::press, "A list", "2026", ""}}};
  CHECK(suspected(device) == "price.source");
  device.price->provenance.date = "2025";
  device.rentals.front().provenance.date = "";
  CHECK(suspected(device) == "rental.source");
  device.rentals.front().provenance = {Basis::assumed, "", "", "as for its sister"};
  CHECK(suspected(device).empty());
}

TEST_CASE("a table that says why it is unusual is not suspected") {
  Device device = chip("own");
  set_peaks(device, 2);
  device.memory[0].capacity = 100.0_GB;
  device.scale_up->per_direction = 600.0_GBps;
  CHECK(suspected(device, market) ==
        "engine[0].dense.bf16 engine[0].dense.fp16 engine[0].dense.int8 memory[0].capacity "
        "scale_up.per_direction");
  device.engines[0].dense_provenance.unusual = "measured";
  CHECK(suspected(device, market) == "memory[0].capacity scale_up.per_direction");
  device.memory[0].provenance.unusual = "measured";
  device.scale_up->provenance.unusual = "measured";
  CHECK(suspected(device, market).empty());
}

TEST_CASE("a system is looked at beside its device") {
  Device phone = chip("phone");
  phone.scale_up.reset();
  phone.power.limit = Watts{8};
  phone.memory[0].capacity = 12.0_GB;
  System system;
  system.memory_sizes = {8.0_GB, 12.0_GB};
  system.envelope = Envelope{Watts{4}, {}};
  CHECK(suspicions(system, phone).empty());
  system.memory_sizes = {8.0_GB, 16.0_GB};
  system.envelope->sustained = Watts{10};
  const auto found = suspicions(system, phone);
  REQUIRE(found.size() == 2);
  CHECK(found[0].key == "memory_sizes");
  CHECK(found[0].message == "sold with 8 GB, 16 GB, but `phone` has 12 GB");
  CHECK(found[1].key == "envelope.sustained");

  System server;
  server.scale_up.topology = Topology::fabric;
  server.scale_up.domain = 8;
  server.scale_out.per_direction = 50.0_GBps;
  CHECK(suspicions(server, chip("a100")).empty());
  server.scale_out.per_direction = 400.0_GBps;
  REQUIRE(suspicions(server, chip("a100")).size() == 1);
  CHECK(suspicions(server, chip("a100"))[0].key == "scale_out.per_direction");
}

TEST_CASE("a missing count of units is remarked where a model runs, unless nobody published it") {
  Device device = chip("mine");
  device.engines[0].units.reset();
  CHECK(suspected(device) == "engine[0].units");
  device.engines[0].provenance.unusual = "no count is published";
  CHECK(suspected(device).empty());
  device.engines.push_back(device.engines[0]);
  device.engines[1].provenance.unusual.clear();
  CHECK(suspected(device) == "engine[1].units");
  device.engines[1].runs_prefill = device.engines[1].runs_decode = false;
  CHECK(suspected(device).empty());
}

TEST_CASE("a site is looked at beside the world") {
  Site site;
  site.electricity = DollarsPerJoule{0.085 / 3.6e6};
  site.grid_carbon = CarbonPerJoule{400 / 3.6e6};
  CHECK(suspicions(site).empty());
  site.electricity = DollarsPerJoule{0.85 / 3.6e6};
  site.pue = 2.4;
  site.grid_carbon = CarbonPerJoule{4000 / 3.6e6};
  site.hosting_provenance.source = "A list";
  const auto found = suspicions(site);
  REQUIRE(found.size() == 4);
  CHECK(found[0].key == "electricity.price");
  CHECK(found[1].key == "pue.value");
  CHECK(found[2].key == "carbon.intensity");
  CHECK(found[3].key == "hosting.source");
}
