#pragma once

#include <optional>

#include "infersim/economics/api_price.hpp"
#include "infersim/economics/bill.hpp"

namespace infersim {

/// Tokens of a request.
struct RequestTokens {
  double input = 0;   ///< that are computed
  double cached = 0;  ///< that a prefix cache holds
  double output = 0;
};

/// What one's own tokens cost beside what a provider asks for the same.
struct ApiMargin {
  ApiPrice price;
  DollarPrice dollars;
  /// Price over own cost; the margin is 1 - 1/multiple.
  double input = 0;
  double cached = 0;
  double output = 0;
  double request = 0;  ///< of all tokens of a request together
  /// Share of all hours at work at which a request costs what the provider asks; above 1: never.
  double break_even = 0;
};

double margin(double multiple);

/// Own cost is that of the bill:
///
///     request = (i p_i + c p_c + o p_o) / (i k_i + c k_c + o k_o),   p the prices, k the costs
///
/// and the use at break-even is that of an hour of work at `request` times its rate
/// (break_even_utilisation). Empty where one of the three costs is not known, or the site says no
/// rate of the price's currency.
std::optional<ApiMargin> api_margin(const ApiPrice& price, const Bill& bill,
                                    const RequestTokens& tokens, const Device& device,
                                    const System& system, const Site& site);

}  // namespace infersim
