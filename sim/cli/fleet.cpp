#include "infersim/explore/fleet.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/scenarios.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/economics/bill.hpp"

namespace infersim::cli {
namespace {

const std::string& footer() {
  static const std::string text =
      "Examples:\n"
      "  infersim fleet --tokens-per-day 4e12 --isl 3000 --osl 1000 \\\n"
      "           --hw ascend910b,h800,gb200 --model dsr1 --supply 17000/month\n"
      "  infersim fleet --stock ascend910b:100000,h20:50000 --model dsr1\n"
      "\n"
      "Each chip runs the engine that `infersim run` finds. The load is spread over the\n"
      "day so that devices are at work --utilization of all hours.\n"
      "\n" +
      std::string(exit_codes);
  return text;
}

/// A number above 0 with nothing behind it but `rest`.
double number_of(const std::string& option, std::string text, std::string_view rest,
                 const char* example) {
  if (!rest.empty() && text.ends_with(rest)) text.erase(text.size() - rest.size());
  double number = -1.0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size() ||
      !(number > 0.0 && number < 1e30)) {
    throw InputError(fmt::format("{} {}: is no number above 0", option, quote(text)), example);
  }
  return number;
}

FleetDemand demand_of(const Options& options) {
  FleetDemand demand;
  if (const auto text = options.value("--tokens-per-day")) {
    demand.tokens_per_day = number_of("--tokens-per-day", *text, "", "for example 4e12");
  }
  if (const auto text = options.value("--output-tokens-per-day")) {
    demand.output_tokens_per_day =
        number_of("--output-tokens-per-day", *text, "", "for example 1e12");
  }
  if (const auto text = options.value("--supply")) {
    demand.per_month = number_of("--supply", *text, "/month", "devices a month: 17000/month");
  }
  if (const auto text = options.value("--spares")) {
    const bool none = *text == "0" || *text == "0%";
    const double share = none ? 0.0 : number_of("--spares", *text, "%", "a share: 5%");
    demand.spares = text->ends_with('%') ? share / 100.0 : share;
    if (demand.spares >= 1.0) {
      throw InputError(fmt::format("--spares {}: is no share below 1", quote(*text)), "5% or 0.05");
    }
  }
  return demand;
}

/// The arguments with `--hw` as the stock names it, where it is not said.
std::vector<std::string> with_hardware(std::vector<std::string> arguments) {
  const auto is = [](std::string_view name) {
    return [name](const std::string& argument) {
      return argument == name || argument.starts_with(std::string(name) + "=");
    };
  };
  const auto stock = std::find_if(arguments.begin(), arguments.end(), is("--stock"));
  const bool named = std::any_of(arguments.begin(), arguments.end(), is("--hw"));
  if (stock == arguments.end() || named) return arguments;
  const std::size_t equals = stock->find('=');
  std::string list;
  if (equals != std::string::npos) {
    list = stock->substr(equals + 1);
  } else if (stock + 1 != arguments.end()) {
    list = *(stock + 1);
  }
  arguments.emplace_back("--hw");
  arguments.push_back(std::move(list));
  return arguments;
}

std::vector<FleetPart> parts_of(const Options& options, bool stock) {
  std::vector<Question> questions;
  for (const Column& column : options.hardware) {
    questions.push_back(options.question);
    questions.back().hw = column.hw;
    questions.back().devices = stock ? std::nullopt : column.devices;
    if (stock && !column.devices) {
      throw InputError(fmt::format("--stock: how many {} there are is not said", column.hw),
                       fmt::format("for example {}:100000", column.hw));
    }
  }
  std::vector<Scenario> scenarios = load_scenarios(options, questions);
  std::vector<const Device*> devices;
  for (const Scenario& scenario : scenarios)
    devices.push_back(&scenario.device);
  const PriceBasis basis = options.question.price_basis.value_or(usual_basis(devices));
  std::vector<FleetPart> parts;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    scenarios[i].price_basis = basis;
    auto answer = find_plan(scenarios[i]);
    FleetPart part{options.hardware[i].hw, std::move(scenarios[i]), std::move(answer), {}};
    if (stock) part.stock = *options.hardware[i].devices;
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

ExitCode fleet(const std::vector<std::string>& arguments) {
  const OptionSet set{
      .verb = "fleet",
      .summary =
          "Engines, devices, nodes, power and money for so many tokens a day, or the\n"
          "tokens a day that a stock of devices serves.",
      .footer = footer(),
      .several = true,
      .own = {{"--tokens-per-day", "N", "inputs and outputs together: 4e12"},
              {"--output-tokens-per-day", "N", "outputs alone"},
              {"--stock", "NAME:N,...", "devices that there are: what they serve"},
              {"--supply", "N/month", "devices that can be had: how long it takes"},
              {"--spares", "SHARE", "devices kept beside those that serve (5%)"},
              {"--format", "NAME", "text, csv, md or json (text)"}}};
  const Options options = parse_options(set, with_hardware(arguments));
  if (!options.help.empty()) {
    print(options.help);
    return done;
  }
  options.faults.throw_if_any();
  const FleetDemand demand = demand_of(options);
  const bool stock = options.value("--stock").has_value();
  const int said =
      (demand.tokens_per_day ? 1 : 0) + (demand.output_tokens_per_day ? 1 : 0) + (stock ? 1 : 0);
  if (said != 1) {
    throw InputError(said == 0 ? "fleet: nothing is asked of it" : "fleet: one thing can be asked",
                     "one of --tokens-per-day, --output-tokens-per-day and --stock");
  }
  if (options.models.size() > 1) {
    throw InputError("--model: a fleet serves one model", "name one");
  }
  const std::string format = options.json ? "json" : options.value("--format").value_or("text");
  if (format != "text" && format != "csv" && format != "md" && format != "json") {
    throw InputError(fmt::format("--format {}: is not known", quote(format)),
                     "text, csv, md or json");
  }
  std::vector<FleetPart> parts = parts_of(options, stock);
  for (FleetPart& part : parts)
    size_fleet(part, demand);
  if (format == "json") {
    print(fleet_json(parts, demand));
  } else if (format == "text") {
    print(fleet_text(parts, demand, output_style()));
  } else {
    print(fleet_rows(parts, format == "md"));
  }
  const bool any = std::any_of(parts.begin(), parts.end(),
                               [](const FleetPart& part) { return part.answer.has_value(); });
  return any ? done : infeasible;
}

}  // namespace infersim::cli
