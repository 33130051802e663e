#include "infersim/hardware/missing_link.hpp"

#include "hardware/descriptions.hpp"
#include "infersim/core/catalog.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

System system_of(Topology topology, int domain) {
  System system;
  system.scale_up.topology = topology;
  system.scale_up.domain = domain;
  return system;
}

TEST_CASE("devices that a system joins need a link") {
  Device card;
  card.id = "card";
  card.path = "mine/card.toml";
  const System two = system_of(Topology::fabric, 2);
  const auto missing = missing_link(two, card);
  REQUIRE(missing);
  CHECK(missing->key == "scale_up.topology");
  CHECK(missing->message ==
        "a fabric of 2 devices, but `card` (mine/card.toml) has no [scale_up] "
        "link");
  CHECK_THAT(missing->hint, ContainsSubstring("per_direction"));
  CHECK_FALSE(missing_link(system_of(Topology::none, 1), card));
  card.scale_up = Link{"PCIe 5", 32.0_GBps, {}, {}};
  CHECK_FALSE(missing_link(two, card));
}

TEST_CASE("ranks of one device need a link") {
  Device package;
  package.id = "package";
  package.ranks = 2;
  const auto missing = missing_link(system_of(Topology::none, 1), package);
  REQUIRE(missing);
  CHECK(missing->key == "device");
  CHECK_THAT(missing->message, ContainsSubstring("2 ranks in each device, but `package`"));
}

TEST_CASE("no system of the catalogue misses a link") {
  const Catalog catalog;
  for (const Description& each : catalog.descriptions(DescriptionKind::system)) {
    INFO(each.id);
    const System system = load_system(each.text, each.path);
    const Description device = catalog.get(DescriptionKind::device, system.device);
    CHECK_FALSE(missing_link(system, load_device(device.text, device.path)));
  }
}

}  // namespace
}  // namespace infersim::test
