#include "infersim/core/units.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <system_error>
#include <vector>

#include "infersim/core/text.hpp"

namespace infersim {

namespace {

struct Prefix {
  std::string_view symbol;
  double scale;
};

// clang-format off
constexpr Prefix decimal[] = {{"k", 1e3},  {"M", 1e6},  {"G", 1e9},
                              {"T", 1e12}, {"P", 1e15}, {"E", 1e18}};
constexpr Prefix binary[] = {{"Ki", 1024.0}, {"Mi", 1048576.0}, {"Gi", 1073741824.0},
                             {"Ti", 1099511627776.0}};
constexpr Prefix small[] = {{"m", 1e-3}, {"u", 1e-6}, {"n", 1e-9}, {"p", 1e-12}};
// clang-format on

/// Which prefixes a unit may carry.
enum Prefixes : unsigned { none = 0, up = 1, down = 2, iec = 4 };

struct Unit {
  std::string_view symbol;
  double scale;
  Dim dimension;
  unsigned prefixes;
};

constexpr Dim power = dim::energy - dim::time;

constexpr Unit units[] = {
    {"1", 1.0, Dim{}, none},
    {"s", 1.0, dim::time, down},
    {"min", 60.0, dim::time, none},
    {"h", 3600.0, dim::time, none},
    {"day", 86400.0, dim::time, none},
    {"month", 365.25 * 86400.0 / 12.0, dim::time, none},
    {"year", 365.25 * 86400.0, dim::time, none},
    {"Hz", 1.0, Dim{} - dim::time, up},
    {"B", 1.0, dim::data, up | iec},
    {"b", 0.125, dim::data, up | iec},
    {"bit", 0.125, dim::data, up | iec},
    {"FLOP", 1.0, dim::flop, up},
    {"OP", 1.0, dim::flop, up},
    {"J", 1.0, dim::energy, up | down},
    {"Wh", 3600.0, dim::energy, up | down},
    {"W", 1.0, power, up | down},
    {"USD", 1.0, dim::money, none},
    {"g", 1.0, dim::carbon, up | down},
    {"t", 1e6, dim::carbon, up},
    {"token", 1.0, dim::token, up},
    {"mm2", 1e-6, dim::area, none},
};

/// How messages speak of a dimension: what it is, an example, and the units that are usual for it.
struct Kind {
  Dim dimension;
  std::string_view name;
  std::string_view example;
  std::vector<std::string> usual;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> table = {
      {Dim{}, "a plain number", "0.5", {}},
      {dim::time, "a time", "12 us", {"ns", "us", "ms", "s", "h", "year"}},
      {Dim{} - dim::time, "a frequency", "1.8 GHz", {"MHz", "GHz", "1/s"}},
      {dim::data, "an amount of data", "80 GB", {"KiB", "MiB", "GB", "GiB"}},
      {dim::data - dim::time, "a bandwidth", "4.8 TB/s", {"GB/s", "TB/s"}},
      {dim::flop, "a number of operations", "2 TFLOP", {"GFLOP", "TFLOP"}},
      {dim::flop - dim::time,
       "a compute rate",
       "989 TFLOP/s",
       {"GFLOP/s", "TFLOP/s", "PFLOP/s", "TOP/s"}},
      {dim::energy, "an energy", "15 kWh", {"pJ", "J", "kWh"}},
      {power, "a power", "700 W", {"W", "kW", "MW"}},
      {dim::energy - dim::data, "an energy per amount of data", "3.9 pJ/bit", {"pJ/bit", "pJ/B"}},
      {dim::energy - dim::flop, "an energy per operation", "0.5 pJ/FLOP", {"pJ/FLOP", "pJ/OP"}},
      {dim::energy - dim::token, "an energy per token", "0.4 J/token", {"J/token", "kWh/Mtoken"}},
      {dim::money, "an amount of money", "25000 USD", {"USD"}},
      {dim::money - dim::time, "a price per time", "2.5 USD/h", {"USD/h", "USD/month", "USD/year"}},
      {dim::money - dim::energy,
       "a price of energy or of power over time",
       "0.085 USD/kWh",
       {"USD/kWh", "USD/kW/month"}},
      {dim::money - power, "a price of power", "9000 USD/kW", {"USD/W", "USD/kW"}},
      {dim::money - dim::token, "a price per token", "0.5 USD/Mtoken", {"USD/Mtoken"}},
      {dim::money - dim::data, "a price of data", "3 USD/GB", {"USD/GB", "USD/GiB"}},
      {dim::carbon, "a mass of CO2", "150 kg", {"g", "kg", "t"}},
      {dim::carbon - dim::energy, "a carbon intensity", "582 g/kWh", {"g/kWh", "kg/kWh"}},
      {dim::carbon - dim::token, "a mass of CO2 per token", "2 g/Mtoken", {"g/Mtoken"}},
      {dim::token, "a number of tokens", "2 Mtoken", {"token", "Mtoken"}},
      {dim::token - dim::time, "a token rate", "1900 token/s", {"token/s"}},
      {dim::area, "an area", "814 mm2", {"mm2"}},
      {dim::data - dim::token,
       "an amount of data per token",
       "70 kB/token",
       {"B/token", "KiB/token"}},
  };
  return table;
}

const Kind* kind_of(Dim dimension) {
  for (const Kind& kind : kinds()) {
    if (kind.dimension == dimension) return &kind;
  }
  return nullptr;
}

std::string kind_name(Dim dimension) {
  const Kind* kind = kind_of(dimension);
  return kind == nullptr ? "a quantity of another dimension" : std::string(kind->name);
}

/// `a bandwidth such as 4.8 TB/s`.
std::string expectation(Dim dimension) {
  const Kind* kind = kind_of(dimension);
  if (kind == nullptr) return "a quantity";
  return std::string(kind->name) + " such as " + std::string(kind->example);
}

struct Scaled {
  double scale;
  Dim dimension;
};

std::optional<double> scale_of(std::string_view prefix, unsigned allowed) {
  if (prefix.empty()) return 1.0;
  if ((allowed & up) != 0) {
    for (const Prefix& p : decimal) {
      if (p.symbol == prefix) return p.scale;
    }
  }
  if ((allowed & iec) != 0) {
    for (const Prefix& p : binary) {
      if (p.symbol == prefix) return p.scale;
    }
  }
  if ((allowed & down) != 0) {
    for (const Prefix& p : small) {
      if (p.symbol == prefix) return p.scale;
    }
  }
  return std::nullopt;
}

/// A unit without `/`. No text has two readings: no unit ends in another one behind a prefix.
std::optional<Scaled> simple_unit(std::string_view text) {
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.symbol)) continue;
    const auto scale = scale_of(text.substr(0, text.size() - unit.symbol.size()), unit.prefixes);
    if (scale) return Scaled{*scale * unit.scale, unit.dimension};
  }
  return std::nullopt;
}

/// `a`, `a/b` or `a/b/c`.
std::optional<Scaled> compound_unit(std::string_view text) {
  Scaled total{1.0, {}};
  bool first = true;
  // No unit in use has more than three parts; a text of many would overflow the exponents.
  for (int part = 0; part < 3; ++part) {
    const std::size_t slash = text.find('/');
    const auto unit = simple_unit(text.substr(0, slash));
    if (!unit) return std::nullopt;
    total.scale = first ? unit->scale : total.scale / unit->scale;
    total.dimension = first ? unit->dimension : total.dimension - unit->dimension;
    first = false;
    if (slash == std::string_view::npos) return total;
    text.remove_prefix(slash + 1);
  }
  return std::nullopt;
}

std::string one_of(Dim dimension) {
  const std::string usual = usual_units(dimension);
  return usual.empty() ? std::string{} : "write it with one of: " + usual;
}

std::string unknown_unit_hint(std::string_view unit, Dim dimension) {
  for (const std::string_view currency : {"CNY", "RMB", "EUR", "JPY", "GBP"}) {
    if (unit.starts_with(currency)) {
      return "amounts are in USD: convert it, and give the rate and its date in the note";
    }
  }
  const Kind* kind = kind_of(dimension);
  if (kind == nullptr) return {};
  const std::string near = did_you_mean(unit, kind->usual);
  return near.empty() ? one_of(dimension) : near;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

tl::unexpected<UnitFault> fault(std::string message, std::string hint = {}) {
  return tl::unexpected<UnitFault>(UnitFault{std::move(message), std::move(hint)});
}

}  // namespace

std::string usual_units(Dim dimension) {
  const Kind* kind = kind_of(dimension);
  return kind == nullptr ? std::string{} : join(kind->usual);
}

tl::expected<double, UnitFault> parse_quantity(std::string_view text, Dim dimension) {
  text = trim(text);
  double value = 0.0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc::invalid_argument) {
    return fault("expected " + expectation(dimension) + ", found " + quote(text),
                 "a quantity is a decimal number and a unit");
  }
  if (failure == std::errc::result_out_of_range || !std::isfinite(value)) {
    return fault("the number in " + quote(text) + " is not finite or out of range");
  }
  if (std::signbit(value)) return fault("a quantity cannot be negative, found " + quote(text));

  const auto unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  if (unit.empty()) {
    if (dimension == Dim{}) return value;
    return fault("a quantity needs a unit", one_of(dimension));
  }
  const auto scaled = compound_unit(unit);
  if (!scaled) {
    return fault("unknown unit " + quote(unit), unknown_unit_hint(unit, dimension));
  }
  if (scaled->dimension != dimension) {
    return fault("expected " + expectation(dimension) + ", found " + kind_name(scaled->dimension),
                 one_of(dimension));
  }
  const double base = value * scaled->scale;
  if (!std::isfinite(base)) return fault(quote(text) + " is out of range");
  return base;
}

}  // namespace infersim
