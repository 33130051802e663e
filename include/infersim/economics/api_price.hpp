#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/currency.hpp"
#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/hardware/site.hpp"

namespace infersim {

/// What a provider asks for a million tokens of a model, from a date on.
struct ApiPrice {
  std::string model;  ///< id or alias of a model, whether it is described or not
  std::string provider;
  Currency currency = Currency::usd;
  double input = 0;              ///< a million prompt tokens
  std::optional<double> cached;  ///< of those in its cache; empty: as input
  double output = 0;
  std::string date;       ///< `2025-01-20`
  bool off_peak = false;  ///< at certain hours only
  Provenance provenance;
};

/// What one provider asks and asked.
struct PriceList {
  std::string id;
  std::vector<std::string> aliases;
  std::string name;
  std::vector<ApiPrice> prices;
  std::string path;
};

/// Reads a price list (its keys: workloads/README.md). Throws InputError with every fault: keys
/// that are missing or unknown, a price without currency, a date that is none.
PriceList load_price_list(std::string_view toml, const std::string& path);

/// The prices of a model by any of its names, newest first.
std::vector<ApiPrice> prices_of(const std::vector<PriceList>& lists,
                                const std::vector<std::string>& names);

/// Of prices newest first, the first of each provider, that of off-peak hours beside it.
std::vector<ApiPrice> newest(const std::vector<ApiPrice>& prices);

/// A price in dollars a token, by the rate of a site.
struct DollarPrice {
  DollarsPerToken input;
  DollarsPerToken cached;
  DollarsPerToken output;
};

/// Empty if the site says no rate of that currency.
std::optional<DollarPrice> in_dollars(const ApiPrice& price, const ExchangeRates& rates);

}  // namespace infersim
