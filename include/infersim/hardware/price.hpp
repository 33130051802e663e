#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"

namespace infersim {

/// How one comes by a device: on which terms it is rented, or bought.
enum class PriceBasis { on_demand, spot, one_year, three_years, own };

inline constexpr std::array all_price_bases = {PriceBasis::on_demand, PriceBasis::spot,
                                               PriceBasis::one_year, PriceBasis::three_years,
                                               PriceBasis::own};

/// `on demand`, `spot`, `1 year`, `3 years`, `own`.
std::string_view name(PriceBasis basis);
/// The same in any case and with any punctuation: `on-demand`, `3-years`.
std::optional<PriceBasis> parse_price_basis(std::string_view text);

/// A price with its place in time. Without a published figure it is absent, never zero.
struct Price {
  Dollars capital;     ///< one device, bought
  std::string covers;  ///< what that buys: the SoC alone, say, or the whole machine
  Provenance provenance;
};

struct Rental {
  PriceBasis term = PriceBasis::on_demand;  ///< never `own`
  DollarRate rate;                          ///< one device, whether it works or not
  Provenance provenance;
};

}  // namespace infersim
