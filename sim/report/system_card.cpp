#include "infersim/report/system_card.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"
#include "report/entries.hpp"
#include "report/figures.hpp"
#include "report/system_sections.hpp"

namespace infersim {

namespace {

using detail::exact;
using detail::figure;
using detail::from;
using Json = nlohmann::ordered_json;

/// Title and further names.
template <class Thing>
Card titled(const Thing& thing) {
  Card card;
  card.title = fmt::format("{} ({})", thing.name, thing.id);
  if (!thing.aliases.empty()) card.facts.push_back("also: " + join(thing.aliases));
  return card;
}

/// A figure in a unit of its own.
Figure in_unit(std::string key, std::string label, double value, const std::string& unit) {
  return {std::move(key), std::move(label), exact(value) + " " + unit, value, unit, std::nullopt};
}

std::string document(std::string_view kind, const Json& entry, const Card& card) {
  Json whole = {{"kind", kind}};
  whole.update(entry);
  whole["figures"] = detail::figures_json(card);
  return detail::dumped(whole);
}

}  // namespace

Card system_card(const System& system) {
  Card card = titled(system);
  card.facts.push_back(fmt::format("holds {}; assumed to stand at {}", system.device, system.site));
  card.sections = detail::system_sections(system);
  // Its name is the title of the card.
  card.sections.front().title = "Product";
  return card;
}

Card site_card(const Site& site) {
  Card card = titled(site);
  constexpr double seconds_per_year = 365.25 * 86400;
  card.sections = {
      {"Energy",
       {from(in_unit("electricity.price", "electricity", detail::usd_per_kwh(site), "USD/kWh"),
             site.electricity_provenance),
        from(in_unit("carbon.intensity", "carbon", detail::grams_per_kwh(site), "gCO2/kWh"),
             site.carbon_provenance),
        from(figure("pue.value", "PUE", site.pue), site.pue_provenance)},
       {}},
      {"Money",
       {from(in_unit("hosting.rate", "hosting", detail::usd_per_kw_month(site), "USD/kW/month"),
             site.hosting_provenance),
        from(in_unit("depreciation.life", "life", site.depreciation.base() / seconds_per_year,
                     "years"),
             site.depreciation_provenance),
        from(figure("depreciation.utilisation", "share of it at work", site.utilisation),
             site.depreciation_provenance),
        from(figure("capital.cost", "cost of capital a year", site.cost_of_capital),
             site.capital_provenance),
        from(figure("capital.residual", "share of the price left after life", site.residual),
             site.capital_provenance),
        from(in_unit("rates.cny", "a dollar", site.rates.cny, "CNY"), site.rates.provenance),
        from(in_unit("rates.eur", "a dollar", site.rates.eur, "EUR"), site.rates.provenance)},
       {}}};
  return card;
}

Card traffic_card(const TrafficPreset& traffic) {
  Card card = titled(traffic);
  CardSection section;
  section.title = "Requests";
  const auto add = [&](Figure each) {
    section.figures.push_back(from(std::move(each), traffic.provenance));
  };
  add(in_unit("isl", "prompt", traffic.lengths.isl, "tokens"));
  add(in_unit("osl", "answer", traffic.lengths.osl, "tokens"));
  if (traffic.ttft) {
    add(in_unit("objectives.ttft", "TTFT, objective", *traffic.ttft / millisecond, "ms"));
  }
  if (traffic.tpot) {
    add(in_unit("objectives.tpot", "TPOT, objective", *traffic.tpot / millisecond, "ms"));
  }
  card.sections.push_back(std::move(section));
  return card;
}

std::string system_json(const System& system) {
  Json whole = {{"kind", "system"}};
  whole.update(detail::system_document(system));
  return detail::dumped(whole);
}

std::string site_json(const Site& site) {
  return document("site", detail::entry(site), site_card(site));
}

std::string traffic_json(const TrafficPreset& traffic) {
  return document("traffic", detail::entry(traffic), traffic_card(traffic));
}

}  // namespace infersim
