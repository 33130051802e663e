#include "infersim/scenario/conditions.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace infersim {
namespace {

/// Board power is measured to no better than that, and idle and limit are data-sheet figures.
constexpr double power_tolerance = 0.02;
/// What sums may be off by rounding.
constexpr double rounding = 1e-6;

/// Collects what is wrong with figures.
class Conditions {
 public:
  void positive(const char* what, double value, const char* unit) {
    if (!(std::isfinite(value) && value > 0)) add(what, value, unit);
  }
  void not_negative(const char* what, double value, const char* unit) {
    if (!(std::isfinite(value) && value >= 0)) add(what, value, unit);
  }
  void share(const char* what, double value) {
    if (!(value >= 0 && value <= 1 + rounding)) add(what, value, "");
  }
  /// `value`, where there is one.
  template <class T>
  void not_negative(const char* what, const std::optional<T>& value, double scale,
                    const char* unit) {
    if (value) not_negative(what, value->base() * scale, unit);
  }
  void equal(const char* what, double value, double expected, const char* unit) {
    if (std::abs(value - expected) <= rounding * std::abs(expected)) return;
    broken_.push_back(fmt::format("{}: {:.6g} is not {:.6g} {}", what, value, expected, unit));
  }
  void add(std::string text) { broken_.push_back(std::move(text)); }

  std::vector<std::string> take() { return std::move(broken_); }

 private:
  void add(const char* what, double value, const char* unit) {
    broken_.push_back(
        fmt::format("{} comes out as {:.6g}{}{}", what, value, *unit != 0 ? " " : "", unit));
  }

  std::vector<std::string> broken_;
};

constexpr double in_ms = 1e3;

void check_headline(Conditions& c, const Evaluation& e) {
  if (e.headline.ttft) c.positive("TTFT", e.headline.ttft->base() * in_ms, "ms");
  if (e.headline.tpot) c.positive("TPOT", e.headline.tpot->base() * in_ms, "ms");
  c.positive("the token rate", e.headline.tokens.base(), "tokens/s");
  c.positive("the token rate of a device", e.tokens_per_device.base(), "tokens/s");
  c.not_negative("the room for sequences", e.max_sequences, "");
}

void check_phases(Conditions& c, const Evaluation& e) {
  if (e.prefill) {
    c.positive("prefill", e.prefill->alone.step.base() * in_ms, "ms");
    c.positive("prefill alone", e.prefill->alone.tokens.base(), "tokens/s");
  }
  if (e.decode) {
    c.positive("a decode step", e.decode->alone.step.base() * in_ms, "ms");
    c.positive("decode alone", e.decode->alone.tokens.base(), "tokens/s");
    c.not_negative("decode's MFU", e.decode->mfu, "");
    c.not_negative("decode's MBU", e.decode->mbu, "");
  }
}

void check_service(Conditions& c, const Evaluation& e) {
  if (!e.service) return;
  const ServingResult& s = *e.service;
  c.positive("median TTFT", s.ttft_median.base() * in_ms, "ms");
  c.positive("the cycle of a slot", s.cycle.base() * in_ms, "ms");
  c.not_negative("the wait for a slot", s.terms.queue.base() * in_ms, "ms");
  c.not_negative("the energy of a cycle", s.energy.base(), "J");
  c.positive("the rate of prompts", s.input_tokens.base(), "tokens/s");
  c.share("prefill's share of time", s.prefill_share);
  c.not_negative("sequences that decode", s.running, "");
  if (s.running > s.slots * (1 + rounding)) {
    c.add(fmt::format("{:.6g} sequences of a group decode where {:.6g} run", s.running, s.slots));
  }
}

void check_power(Conditions& c, const Scenario& scenario, const Evaluation& e) {
  const PowerModel& power = scenario.device.power;
  const double board = e.board_power.base();
  const double idle = power.idle.base();
  double limit = power.limit.base();
  // What the host computes counts as the device's own.
  const auto& host = scenario.offload ? scenario.offload->host : std::nullopt;
  if (host && limit > 0) limit += host->power.limit.base();
  c.not_negative("board power", board, "W");
  if (board < (1 - power_tolerance) * idle) {
    c.add(fmt::format("board power comes out as {:.6g} W, under {:.6g} W at idle", board, idle));
  }
  if (limit > 0 && board > (1 + power_tolerance) * limit) {
    c.add(
        fmt::format("board power comes out as {:.6g} W, over the limit of {:.6g} W", board, limit));
  }
  const EnergyBill& energy = e.bill.energy;
  c.not_negative("node power", energy.node.base(), "W");
  c.not_negative("facility power", energy.facility.base(), "W");
  c.not_negative("energy of an output token", energy.per_output_token.base(), "J");
  c.not_negative("carbon of an output token", energy.carbon_per_output_token.base(), "g");
}

/// What a request pays by its tokens is what its share of the system's time costs.
void check_prices(Conditions& c, const Scenario& scenario, const Evaluation& e) {
  const Bill& bill = e.bill;
  const double million = million_tokens.base();
  c.not_negative("the price of input", bill.input, million, "USD/M");
  c.not_negative("the price of cached input", bill.cached_input, million, "USD/M");
  c.not_negative("the price of output", bill.output, million, "USD/M");
  if (!bill.hourly) return;
  const HourlyPrice& hourly = *bill.hourly;
  c.positive("the price of an hour", hourly.rate.base(), "USD/s");
  c.equal("the parts of the price of an hour",
          (hourly.rental + hourly.capital + hourly.energy + hourly.hosting).base(),
          hourly.rate.base(), "USD/s");
  if (!bill.input || !bill.cached_input || !bill.output) return;
  const Traffic& traffic = scenario.traffic;
  const double paid = (traffic.isl - e.cached) * bill.input->base() +
                      e.cached * bill.cached_input->base() + traffic.osl * bill.output->base();
  const double seconds = traffic.osl / e.headline.tokens.base();
  c.equal("what a request's tokens pay", paid, seconds * e.devices() * hourly.rate.base(), "USD");
}

}  // namespace

std::vector<std::string> broken_conditions(const Scenario& scenario, const Evaluation& answer) {
  Conditions conditions;
  check_headline(conditions, answer);
  check_phases(conditions, answer);
  check_service(conditions, answer);
  conditions.share("the prompts' share of memory", answer.prompt_memory_share);
  check_power(conditions, scenario, answer);
  check_prices(conditions, scenario, answer);
  return conditions.take();
}

}  // namespace infersim
