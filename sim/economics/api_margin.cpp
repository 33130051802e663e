#include "infersim/economics/api_margin.hpp"

#include <limits>

namespace infersim {

double margin(double multiple) { return 1.0 - 1.0 / multiple; }

std::optional<ApiMargin> api_margin(const ApiPrice& price, const Bill& bill,
                                    const RequestTokens& tokens, const Device& device,
                                    const System& system, const Site& site) {
  const auto dollars = in_dollars(price, site.rates);
  if (!dollars || !bill.hourly || !bill.input || !bill.cached_input || !bill.output) {
    return std::nullopt;
  }
  const DollarsPerToken asked = tokens.input * dollars->input + tokens.cached * dollars->cached +
                                tokens.output * dollars->output;
  const DollarsPerToken own = tokens.input * *bill.input + tokens.cached * *bill.cached_input +
                              tokens.output * *bill.output;
  const double request = asked / own;
  const auto use = break_even_utilisation(device, system, site, bill.energy, bill.hourly->basis,
                                          request * bill.hourly->rate);
  return ApiMargin{price,
                   *dollars,
                   dollars->input / *bill.input,
                   dollars->cached / *bill.cached_input,
                   dollars->output / *bill.output,
                   request,
                   use.value_or(std::numeric_limits<double>::infinity())};
}

}  // namespace infersim
