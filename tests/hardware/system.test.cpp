#include "hardware/descriptions.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

// Line numbers in the expectations below count from the first line of this text.
const std::string good = R"(id     = "toy-box"
name   = "Toy box"
device = "toy"
site   = "us"
devices_per_node = 4
max_nodes        = 2

[scale_up]
topology = "fabric"
domain   = 4
latency  = "1 us"
source   = "sheet"
basis    = "datasheet"

[scale_out]
per_direction = "10 GB/s"
latency       = "5 us"
energy        = "20 pJ/bit"
source        = "sheet"
basis         = "datasheet"

[server]
fixed              = "100 W"
psu_efficiency     = 0.9
capital_per_device = "100 USD"
source             = "sheet"
basis              = "datasheet"

[sources.sheet]
title = "Toy data sheet"
)";

const std::string alone = R"(id     = "toy-alone"
name   = "One toy"
device = "toy"
site   = "us"
devices_per_node = 1
max_nodes        = 1
)";

std::string faults(const std::string& text) { return faults_of(load_system, text, "toy.toml"); }

}  // namespace

TEST_CASE("the HGX H200 server has its eight GPUs on one NVLink fabric") {
  const System hgx = system_named("hgx-h200");
  CHECK(hgx.device == "h200");
  CHECK(hgx.site == "us");
  CHECK(hgx.devices_per_node == 8);
  CHECK(hgx.scale_up.topology == Topology::fabric);
  CHECK(hgx.scale_up.domain == 8);
  CHECK(hgx.scale_up.in_network_reduction);
  CHECK_THAT(hgx.scale_out.per_direction / 1.0_GBps, WithinRel(50.0));
  CHECK_THAT(hgx.server.fixed.base(), WithinRel(1271.6));
  CHECK_THAT(hgx.server.network_multinode.base(), WithinRel(473.6));
  CHECK_THAT(hgx.server.fans_full_load.base(), WithinRel(7214.0));
}

TEST_CASE("an Atlas 800I A2 is a mesh of eight, and which bin it holds is marked as assumed") {
  const System atlas = system_named("atlas-800i-a2");
  CHECK(atlas.device == "ascend910b");
  CHECK(atlas.site == "china");
  CHECK(atlas.scale_up.topology == Topology::mesh);
  CHECK(atlas.scale_up.domain == 8);
  CHECK_THAT(atlas.scale_out.per_direction / 1.0_GBps, WithinRel(25.0));
  REQUIRE(atlas.device_provenance);
  CHECK(atlas.device_provenance->basis == Basis::assumed);
  CHECK_THAT(atlas.device_provenance->note, ContainsSubstring("376 TFLOP/s"));
}

TEST_CASE("CloudMatrix384 is one domain of 384 devices in 48 nodes, drawing 559 kW at the plugs") {
  const System matrix = system_named("cloudmatrix384");
  CHECK(matrix.device == "ascend910c");
  CHECK(matrix.scale_up.domain == 384);
  CHECK(matrix.devices_per_node * matrix.max_nodes == 384);
  const Watts devices = 8.0 * device("ascend910c").power.limit;
  const Watts node =
      (devices + matrix.server.fixed + matrix.server.network) / matrix.server.psu_efficiency;
  CHECK_THAT((48.0 * node).base(), WithinRel(559e3, 0.002));
}

TEST_CASE("the links of a mesh have nothing in the middle that could add, those of NVLink do") {
  CHECK(system_named("mi300x-8").scale_up.topology == Topology::mesh);
  CHECK(!system_named("mi300x-8").scale_up.in_network_reduction);
  CHECK(system_named("hgx-h800").scale_up.in_network_reduction);
  CHECK(system_named("hgx-h800").site == "china");
}

TEST_CASE("a single device needs no links and no server") {
  const System one = load_system(alone, "toy.toml");
  CHECK(one.scale_up.topology == Topology::none);
  CHECK(one.scale_up.domain == 1);
  CHECK(one.server.fixed == Watts{});
  CHECK(one.server.psu_efficiency == 1.0);
  const System phone = system_named("snapdragon-8-gen3-phone");
  CHECK(phone.devices_per_node == 1);
  CHECK(phone.server.psu_efficiency < 1.0);
  CHECK(phone.server.provenance.basis == Basis::assumed);
}

TEST_CASE("more than one device must say how they talk and what stands around them") {
  CHECK(faults(with(alone, "devices_per_node = 1", "devices_per_node = 8")) ==
        "toy.toml: error: scale_up: missing required key\n"
        "toy.toml: error: scale_out: missing required key\n"
        "toy.toml: error: server: missing required key");
}

TEST_CASE("scale-out may be left out only where one domain holds everything") {
  const auto from = good.find("[scale_out]");
  const std::string without = good.substr(0, from) + good.substr(good.find("[server]"));
  CHECK(faults(without) == "toy.toml: error: scale_out: missing required key");
  CHECK(faults(with(without, "max_nodes        = 2", "max_nodes        = 1")).empty());
  CHECK(faults(with(without, "domain   = 4", "domain   = 8")).empty());
}

TEST_CASE("a topology and the size of its domain must agree") {
  CHECK(faults(with(good, "domain   = 4", "domain   = 1")) ==
        "toy.toml:10:12: error: scale_up.domain: a fabric needs at least 2 devices\n"
        "  hint: use topology `none` where devices have no links of their own");
  CHECK(
      faults(with(with(good, "\"fabric\"", "\"none\""), "latency  = \"1 us\"\n", "")) ==
      "toy.toml:10:12: error: scale_up.domain: `none` joins nothing, but the domain has 4 devices\n"
      "  hint: name the topology, or make the domain 1");
  CHECK(
      faults(with(good, "domain   = 4", "domain   = 3")) ==
      "toy.toml:10:12: error: scale_up.domain: 3 devices are neither a whole number of nodes of 4 "
      "nor an even part of one");
  CHECK(faults(with(good, "domain   = 4", "domain   = 16")) ==
        "toy.toml:10:12: error: scale_up.domain: 16 devices are more than 2 nodes of 4 have");
  // Two pairs in a node of four, joined by the network, are a system like any other.
  CHECK(faults(with(good, "domain   = 4", "domain   = 2")).empty());
}

TEST_CASE("faults of a system are reported together with what would be right") {
  std::string text = with(good, "\"fabric\"", "\"star\"");
  text = with(text, "psu_efficiency     = 0.9", "psu_efficiency     = 90");
  text = with(text, "\"10 GB/s\"", "\"0 GB/s\"");
  text = with(text, "devices_per_node = 4", "devices_per_node = 0");
  CHECK(faults(text) ==
        "toy.toml:5:20: error: devices_per_node: expected a whole number from 1 to 10000, found 0\n"
        "toy.toml:9:12: error: scale_up.topology: unknown name `star`\n"
        "  hint: one of: none, fabric, mesh, ring, torus\n"
        "toy.toml:16:17: error: scale_out.per_direction: must be more than zero\n"
        "toy.toml:24:22: error: server.psu_efficiency: expected a number from 0.01 to 1, found 90");
}

TEST_CASE("fans and network shares of a server must make sense") {
  CHECK(faults(with(good, "fixed              = \"100 W\"",
                    "fixed = \"100 W\"\nnetwork = \"10 W\"\nnetwork_multinode = \"5 W\"\n"
                    "fans_full_load = \"500 W\"")) ==
        "toy.toml:25:21: error: server.network_multinode: must not be below `network`\n"
        "toy.toml:26:18: error: server.fans_full_load: means nothing without `fans`");
}

TEST_CASE("a torus says how many dimensions it has") {
  CHECK(faults(with(good, "\"fabric\"", "\"torus\"\ndimensions = 2")).empty());
  CHECK(faults(with(good, "\"fabric\"", "\"torus\"\ndimensions = 4")) ==
        "toy.toml:10:14: error: scale_up.dimensions: expected a whole number from 2 to 3, found 4");
  CHECK(faults(with(good, "\"fabric\"", "\"fabric\"\ndimensions = 2")) ==
        "toy.toml:10:1: error: scale_up.dimensions: unknown key");
}

TEST_CASE("the product around an edge device says what it is sold with and what it sheds") {
  const std::string phone =
      alone +
      "memory_sizes = [\"8 GB\", \"12 GB\"]\n"
      "[battery]\nenergy = \"19 Wh\"\nbasis = \"assumed\"\nnote = \"toy\"\n"
      "[envelope]\nsustained = \"5 W\"\nbasis = \"assumed\"\nnote = \"toy\"\n";
  const System system = load_system(phone, "toy.toml");
  REQUIRE(system.memory_sizes.size() == 2);
  CHECK(system.memory_sizes[1] == 12.0_GB);
  REQUIRE(system.battery);
  CHECK(system.battery->energy == 19 * watt_hour);
  REQUIRE(system.envelope);
  CHECK(system.envelope->sustained == 5.0_W);
  CHECK(faults(with(phone, "\"12 GB\"", "\"12 W\"")).find("memory_sizes") != std::string::npos);
  CHECK(faults(with(phone, "\"5 W\"", "\"0 W\"")).find("must be more than zero") !=
        std::string::npos);
}
