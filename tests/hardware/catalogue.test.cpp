#include <algorithm>
#include <map>

#include "hardware/descriptions.hpp"
#include "infersim/core/text.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// Every id and alias of a folder, folded as look-up folds it; fails on one that stands twice.
template <class Load>
std::map<std::string, std::string> check_names(const std::string& folder, Load load) {
  std::map<std::string, std::string> owner;
  for (const std::string& file : described(folder)) {
    INFO("hardware/" << folder << '/' << file << ".toml");
    const auto thing = load(file);
    CHECK(thing.id == file);
    std::vector<std::string> names = {thing.id};
    names.insert(names.end(), thing.aliases.begin(), thing.aliases.end());
    for (const std::string& name : names) {
      INFO("name " << name);
      CHECK(owner.emplace(fold_name(name), thing.id).second);
    }
  }
  return owner;
}

}  // namespace

TEST_CASE("every device description loads under its file's name, and no name is another's") {
  const auto names = check_names("devices", device);
  for (const char* wanted :
       {"h100_sxm", "h200_sxm", "b200_sxm", "h800", "mi300x", "mi355x", "910b", "910b2",
        "ascend910c", "snapdragon-8-gen3", "dimensity-9300", "m3-max"}) {
    INFO(wanted);
    CHECK(names.contains(fold_name(wanted)));
  }
}

TEST_CASE("every system and site description loads under its file's name") {
  check_names("systems", system_named);
  check_names("sites", site);
}

TEST_CASE("a device ships in a system that holds it, and the system stands at a described site") {
  const auto sites = described("sites");
  for (const std::string& name : described("devices")) {
    INFO("device " << name);
    const Device chip = device(name);
    const System home = system_named(chip.system);
    CHECK(home.device == chip.id);
    CHECK(std::ranges::count(sites, home.site) == 1);
    // More than one device in a scale-up domain needs a link on each.
    CHECK((home.scale_up.topology != Topology::none) == chip.scale_up.has_value());
  }
}

TEST_CASE("what is a concept says so in its name, and the other way round") {
  std::size_t concepts = 0;
  for (const std::string& file : described("devices")) {
    INFO(file);
    const Device each = device(file);
    CHECK(each.is_concept == each.name.ends_with("(concept)"));
    concepts += each.is_concept ? 1 : 0;
  }
  CHECK(concepts >= 7);
}

TEST_CASE("every device says what it costs, or why that is not known") {
  for (const std::string& name : described("devices")) {
    INFO("device " << name);
    const Device chip = device(name);
    CHECK((chip.price || !chip.rentals.empty() || !chip.price_reason.empty()));
    if (chip.price) CHECK(!chip.price->provenance.source.empty());
    if (chip.price) CHECK(!chip.price->provenance.date.empty());
    for (const Rental& rental : chip.rentals) {
      if (rental.provenance.basis != Basis::assumed) CHECK(!rental.provenance.date.empty());
    }
  }
}

TEST_CASE(
    "boards that were measured can stream memory at 0.9 of its bandwidth within their limit") {
  for (const char* name : {"h100", "h200", "b200", "b300", "gb200", "gb300"}) {
    INFO("device " << name);
    const Device chip = device(name);
    const MemoryLevel& memory = chip.main_memory();
    const Watts streaming = 0.9 * memory.bandwidth * (memory.energy + chip.power.transport);
    CHECK(chip.power.active + streaming <= chip.power.limit);
  }
}
