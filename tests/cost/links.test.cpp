#include <string>
#include <utility>

#include "infersim/core/diagnostic.hpp"
#include "infersim/cost/efficiency.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"

namespace infersim::test {
namespace {

constexpr const char* head = R"(id = "own"
name = "Own"

[links]
basis = "assumed"
note  = "test"
)";

LinkEfficiency links_of(const std::string& family, const std::string& kernels = {},
                        std::string_view device = {}) {
  const std::string path = "hardware/efficiency/datacenter.toml";
  Efficiency efficiency = load_efficiency({read_file(source_dir() / path), path},
                                          {head + family, "family.toml"}, device);
  if (kernels.empty()) return efficiency.links;
  return with_kernels(std::move(efficiency), {head + kernels, "kernels.toml"}, device).links;
}

const LibraryEfficiency& gathers(const LinkEfficiency& links) {
  return links.library[index(LinkOperation::all_gather)];
}

TEST_CASE("A family's general figures of links lie over its class's") {
  const LinkEfficiency links = links_of("reduce_latency = \"2 us\"");
  CHECK(links.reduce_latency == 2.0_us);
  CHECK(links.all_to_all_latency == links_of("").all_to_all_latency);
  CHECK_FALSE(gathers(links).known());
  CHECK_FALSE(links.custom.known());
}

TEST_CASE("An operation of a library is read with both of its protocols") {
  const LinkEfficiency links = links_of(R"(
[links.all_gather]
latency      = "20 us"
ramp         = "30 us"
knee         = "40 MB"
fraction     = 0.7
low_latency  = "4 us"
low_hop      = "1 us"
low_fraction = 0.25
contention   = 2
)");
  const LibraryEfficiency expected = {.bulk = {{20.0_us, 0.7}, {}, 30.0_us, Bytes{40e6}},
                                      .low = {{4.0_us, 0.25}, 1.0_us, {}, {}},
                                      .contention = 2};
  CHECK(gathers(links) == expected);
  CHECK_FALSE(links.library[index(LinkOperation::alltoall)].known());
}

TEST_CASE("Passes of an exchange are read under their kernels, with what servers change") {
  const std::string kernels = R"(
[links.exchange.deepep_normal.dispatch]
relayed        = true
latency        = "30 us"
unit_bandwidth = "17 GB/s"
units          = 20
fraction       = 0.8
held           = ["units"]
residual       = { rows = 40, chips = ["h100"], median_error = 0.05, mean_error = 0.07, p10 = 0.9, p90 = 1.1 }

[links.exchange.deepep_normal.dispatch.server.rack]
devices = ["gb200"]
latency = "60 us"
)";
  const ExchangeKernels* exchange = nullptr;
  const LinkEfficiency links = links_of("", kernels);
  exchange = links.exchange("deepep_normal");
  REQUIRE(exchange != nullptr);
  const ExchangeEfficiency& dispatch = exchange->pass(ExchangePass::dispatch);
  CHECK(dispatch.relayed);
  CHECK(dispatch.latency == 30.0_us);
  CHECK(dispatch.units == 20);
  CHECK(dispatch.residual.rows == 40);
  CHECK_FALSE(exchange->pass(ExchangePass::combine).known());
  CHECK(links.exchange("other") == nullptr);
  const LinkEfficiency rack = links_of("", kernels, "gb200");
  CHECK(rack.exchange("deepep_normal")->pass(ExchangePass::dispatch).latency == 60.0_us);
}

constexpr const char* one_shot = R"(
[links.custom]
one_latency  = "3 us"
one_fraction = 0.6
limit        = "1 MB"
host         = "20 us"
)";

TEST_CASE("A framework's all-reduce takes the place of the family's, nothing of which is kept") {
  const LinkEfficiency links =
      links_of(one_shot, "[links.custom]\ntwo_latency = \"5 us\"\ntwo_fraction = 0.5\n");
  CHECK(links.custom.two_shot == LinkWay{5.0_us, 0.5});
  CHECK(links.custom.one_shot == LinkWay{});
  CHECK(links.custom.limit == Bytes{});
}

TEST_CASE("What a server changes holds for the devices that it lists alone") {
  const std::string text = std::string(one_shot) +
                           "[links.custom.server.rack]\ndevices = [\"a1\", \"a2\"]\n"
                           "host = \"70 us\"\n";
  for (const char* device : {"a1", "a2"}) {
    const CustomAllReduce custom = links_of(text, "", device).custom;
    CHECK(custom.host == 70.0_us);
    CHECK(custom.limit == Bytes{1e6});
  }
  CHECK(links_of(text, "", "a3").custom.host == 20.0_us);
  CHECK(links_of(text).custom.host == 20.0_us);
}

TEST_CASE("Faults of links name the key, and what would be right") {
  const auto fault_of = [](const std::string& text) -> std::string {
    try {
      links_of(text);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no fault";
  };
  CHECK_THAT(fault_of("[links.alltoall]\nlatency = \"4 us\"\n"),
             ContainsSubstring("family.toml:7:1") &&
                 ContainsSubstring("links.alltoall.fraction: missing required key"));
  CHECK_THAT(fault_of("[links.alltoall]\nlatency = \"4 us\"\nfractions = 0.5\n"),
             ContainsSubstring("family.toml:9:1") && ContainsSubstring("did you mean"));
  CHECK_THAT(fault_of("[links.custom]\nhop = \"1 us\"\n"),
             ContainsSubstring("neither `one_fraction` nor `two_fraction` is given"));
  CHECK_THAT(fault_of(std::string(one_shot) + "[links.custom.server.rack]\nhost = \"70 us\"\n"),
             ContainsSubstring("links.custom.server.rack.devices: missing required key"));
}

}  // namespace
}  // namespace infersim::test
