#include "infersim/core/units.hpp"

#include <algorithm>
#include <string>

#include "support/catch.hpp"

using namespace infersim;
using test::WithinRel;

namespace {

template <class Q>
double read(std::string_view text) {
  double base = -1.0;
  const auto keep = [&]<Dim D>(Quantity<D>) {
    const auto result = parse_quantity<D>(text);
    INFO(text << ": " << (result ? "" : result.error().message));
    REQUIRE(result);
    base = result->base();
  };
  keep(Q{});
  return base;
}

/// `message | hint`.
std::string fault(std::string_view text, Dim dimension) {
  const auto result = parse_quantity(text, dimension);
  if (result) return "no fault";
  const UnitFault& fault = result.error();
  return fault.hint.empty() ? fault.message : fault.message + " | " + fault.hint;
}

constexpr Dim bandwidth = dim::data - dim::time;

}  // namespace

TEST_CASE("quantities with decimal and binary prefixes") {
  CHECK(read<Bytes>("141 GB") == 141e9);
  CHECK(read<Bytes>("192 GiB") == 192.0 * 1073741824.0);
  CHECK(read<Bytes>("1 KiB") == 1024.0);
  CHECK(read<Bytes>("8 b") == 1.0);
  CHECK(read<Bytes>("8 Gbit") == 1e9);
  CHECK(read<Bandwidth>("4.8 TB/s") == 4.8e12);
  CHECK(read<Bandwidth>("400 Gb/s") == 50e9);
  CHECK(read<FlopRate>("989 TFLOP/s") == 989e12);
  CHECK(read<FlopRate>("640 TOP/s") == 640e12);
  CHECK(read<FlopRate>("2 PFLOP/s") == 2e15);
  CHECK(read<Tokens>("2 Mtoken") == 2e6);
}

TEST_CASE("times and rates") {
  CHECK_THAT(read<Seconds>("12 us"), WithinRel(12e-6));
  CHECK_THAT(read<Seconds>("50 ms"), WithinRel(0.05));
  CHECK_THAT(read<Seconds>("3 ns"), WithinRel(3e-9));
  CHECK(read<Seconds>("2 h") == 7200.0);
  CHECK(read<Seconds>("1.5 min") == 90.0);
  // A Julian year; a month is its twelfth.
  CHECK(read<Seconds>("4 year") == 4 * 365.25 * 86400.0);
  CHECK(read<Seconds>("12 month") == read<Seconds>("1 year"));
  CHECK(read<Frequency>("1.8 GHz") == 1.8e9);
  CHECK(read<Frequency>("900 MHz") == 900e6);
  CHECK(read<Frequency>("5 1/s") == 5.0);
}

TEST_CASE("energy, money and carbon") {
  CHECK(read<Watts>("700 W") == 700.0);
  CHECK(read<Watts>("5.6 kW") == 5600.0);
  CHECK(read<Watts>("1 kWh/h") == 1000.0);
  CHECK(read<Joules>("1 kWh") == 3.6e6);
  CHECK_THAT(read<JoulesPerByte>("3.9 pJ/bit"), WithinRel(31.2e-12));
  CHECK_THAT(read<JoulesPerByte>("31.2 pJ/B"), WithinRel(31.2e-12));
  CHECK_THAT(read<JoulesPerFlop>("0.5 pJ/OP"), WithinRel(0.5e-12));
  CHECK(read<Dollars>("25000 USD") == 25000.0);
  CHECK(read<DollarRate>("3.6 USD/h") == 1e-3);
  CHECK(read<DollarsPerJoule>("0.36 USD/kWh") == 1e-7);
  // Hosting: 150 dollars for each kilowatt and month, of 730.5 hours.
  CHECK_THAT(read<DollarsPerJoule>("150 USD/kW/month"), WithinRel(150.0 / 1000 / 730.5 / 3600));
  CHECK(read<DollarsPerToken>("2 USD/Mtoken") == 2e-6);
  CHECK(read<Carbon>("150 kg") == 150e3);
  CHECK(read<Carbon>("2 t") == 2e6);
  CHECK_THAT(read<CarbonPerJoule>("582 g/kWh"), WithinRel(582 / 3.6e6));
}

TEST_CASE("spaces do not matter") {
  CHECK(read<Watts>("700W") == 700.0);
  CHECK(read<Watts>("  700   W  ") == 700.0);
  CHECK(read<Seconds>("1e-3 s") == 1e-3);
  CHECK(read<Seconds>("0 s") == 0.0);
}

TEST_CASE("a quantity of another dimension says what was expected and what was found") {
  CHECK(fault("5 ms", bandwidth) ==
        "expected a bandwidth such as 4.8 TB/s, found a time | "
        "write it with one of: GB/s, TB/s");
  CHECK(fault("4.8 TB", bandwidth) ==
        "expected a bandwidth such as 4.8 TB/s, found an amount of data | "
        "write it with one of: GB/s, TB/s");
  CHECK(fault("1 J/W/g", dim::time) ==
        "expected a time such as 12 us, found a quantity of another dimension | "
        "write it with one of: ns, us, ms, s, h, year");
}

TEST_CASE("a number without a unit is a fault that lists units") {
  CHECK(fault("4.8", bandwidth) == "a quantity needs a unit | write it with one of: GB/s, TB/s");
  CHECK(parse_quantity("4.8", Dim{}) == 4.8);
}

TEST_CASE("unknown units come with the nearest that would do") {
  CHECK(fault("4.8 TBps", bandwidth) == "unknown unit `TBps` | did you mean `TB/s` or `GB/s`?");
  CHECK(fault("989 TFLOPS", dim::flop - dim::time) ==
        "unknown unit `TFLOPS` | did you mean `TFLOP/s`, `GFLOP/s` or `PFLOP/s`?");
  CHECK(fault("3 parsec", dim::time) ==
        "unknown unit `parsec` | write it with one of: ns, us, ms, s, h, year");
  CHECK(fault("20 CNY/h", dim::money - dim::time) ==
        "unknown unit `CNY/h` | amounts are in USD: convert it, and give the rate and its date in "
        "the note");
  CHECK(fault("1 B/", bandwidth) == "unknown unit `B/` | write it with one of: GB/s, TB/s");
  CHECK(fault("1 /s", dim::time) == "unknown unit `/s` | did you mean `s`, `ms` or `ns`?");
  CHECK(fault("1 s/s/s/s", dim::time) ==
        "unknown unit `s/s/s/s` | write it with one of: ns, us, ms, s, h, year");
  CHECK(fault("1 Kis", dim::time) ==
        "unknown unit `Kis` | write it with one of: ns, us, ms, s, h, year");
}

TEST_CASE("what is no finite positive decimal number is a fault") {
  const std::string no_number = "expected a time such as 12 us, found ";
  const std::string hint = " | a quantity is a decimal number and a unit";
  CHECK(fault("", dim::time) == no_number + "``" + hint);
  CHECK(fault("fast", dim::time) == no_number + "`fast`" + hint);
  CHECK(fault("+3 s", dim::time) == no_number + "`+3 s`" + hint);
  CHECK(fault("-3 s", dim::time) == "a quantity cannot be negative, found `-3 s`");
  CHECK(fault("1e999 s", dim::time) == "the number in `1e999 s` is not finite or out of range");
  CHECK(fault("inf s", dim::time) == "the number in `inf s` is not finite or out of range");
  CHECK(fault("nan s", dim::time) == "the number in `nan s` is not finite or out of range");
  CHECK(fault("1e308 year", dim::time) == "`1e308 year` is out of range");
  // Neither digit separators nor another decimal mark.
  CHECK_THAT(fault("1_000 s", dim::time), test::StartsWith("unknown unit `_000 s`"));
  CHECK_THAT(fault("1,5 s", dim::time), test::StartsWith("unknown unit `,5 s`"));
  CHECK_THAT(fault("0x10 s", dim::time), test::StartsWith("unknown unit `x10 s`"));
}

TEST_CASE("every unit that a hint offers is one") {
  for (const Dim dimension : {dim::time,
                              Dim{} - dim::time,
                              dim::data,
                              bandwidth,
                              dim::flop,
                              dim::flop - dim::time,
                              dim::energy,
                              dim::energy - dim::time,
                              dim::energy - dim::data,
                              dim::energy - dim::flop,
                              dim::energy - dim::token,
                              dim::money,
                              dim::money - dim::time,
                              dim::money - dim::energy,
                              dim::money - dim::token,
                              dim::carbon,
                              dim::carbon - dim::energy,
                              dim::carbon - dim::token,
                              dim::token,
                              dim::token - dim::time,
                              dim::data - dim::token}) {
    const std::string all = usual_units(dimension);
    INFO(all);
    REQUIRE_FALSE(all.empty());
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t end = std::min(all.find(", ", at), all.size());
      CHECK(parse_quantity("1 " + all.substr(at, end - at), dimension));
      at = end + 2;
    }
  }
}

TEST_CASE("no prefix and unit read as another unit") {
  // If two readings existed, the order of the table would decide between them in silence.
  CHECK(read<Seconds>("1 min") == 60.0);
  CHECK(read<Seconds>("1 month") > read<Seconds>("1 day"));
  CHECK(read<Watts>("1 mW") == 1e-3);
  CHECK(read<Watts>("1 MW") == 1e6);
  CHECK(read<Bytes>("1 Mb") == 125e3);
  CHECK(read<Bytes>("1 MB") == 1e6);
  CHECK(read<Carbon>("1 Mt") == 1e12);
}
