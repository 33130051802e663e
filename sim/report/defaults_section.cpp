#include "report/defaults_section.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "report/summary_words.hpp"

namespace infersim::detail {

namespace {

/// Default lengths that fill the model's context were longer: each is rounded down by itself.
bool lengths_were_cut(const Scenario& s) {
  const bool any_default = !s.preset && (!s.question.isl || !s.question.osl);
  return any_default &&
         s.nominal.isl + s.nominal.osl > static_cast<double>(s.model.max_context) - 2.0;
}

/// `--traffic chat (Chat, 1k in and 1k out): --isl 1024 --osl 1024`, what it set in this question.
std::string preset_text(const Answer& a) {
  const Question& q = a.scenario.question;
  const TrafficPreset& preset = *a.scenario.preset;
  std::vector<std::string> set;
  if (!q.isl) set.push_back(fmt::format("--isl {}", preset.lengths.isl));
  if (!q.osl) set.push_back(fmt::format("--osl {}", preset.lengths.osl));
  if (preset.ttft && !q.ttft) set.push_back(fmt::format("--ttft {}", *preset.ttft / millisecond));
  if (preset.tpot && !q.tpot) set.push_back(fmt::format("--tpot {}", *preset.tpot / millisecond));
  return fmt::format("--traffic {} ({}) sets {}", preset.id, preset.name,
                     set.empty() ? "nothing that was not given" : join(set, " "));
}

/// Options that were not given, with the values that stand for them.
class Unpinned {
 public:
  template <class Value>
  void add(bool pinned, std::string_view option, const Value& value) {
    if (!pinned) options_.push_back(fmt::format("{} {}", option, value));
  }
  [[nodiscard]] const std::vector<std::string>& options() const { return options_; }

 private:
  std::vector<std::string> options_;
};

/// `on-demand`, as it is typed.
std::string option_text(PriceBasis basis) {
  std::string text(name(basis));
  std::ranges::replace(text, ' ', '-');
  return text;
}

void add_load(Unpinned& used, const Answer& a) {
  const Scenario& s = a.scenario;
  const Question& q = s.question;
  const auto& preset = s.preset;
  used.add(q.isl || preset, "--isl", s.nominal.isl);
  if (a.best().decode) used.add(q.osl || preset, "--osl", s.nominal.osl);
  if (a.best().headline.ttft) {
    used.add(q.ttft || (preset && preset->ttft), "--ttft", s.slo.ttft / millisecond);
  }
  if (a.best().headline.tpot) {
    used.add(q.tpot || (preset && preset->tpot), "--tpot", s.slo.tpot / millisecond);
  }
  if (a.best().service) used.add(q.lengths != LengthRange{}, "--lengths", "exact");
  if (a.best().prefill) used.add(q.cached.has_value(), "--cached", 0);
}

/// Settings of the scheduler, where there is more than one request for it to order.
void add_engine(Unpinned& used, const Answer& a) {
  if (!a.best().service || a.best().batch <= 1) return;
  const SchedulerSettings& set = a.scenario.question.settings.scheduler;
  const Scheduler scheduler = a.scheduler();
  used.add(set.budget.has_value(), "--step-tokens", scheduler.budget);
  used.add(set.split.has_value(), "--chunked-prefill", scheduler.split ? "yes" : "no");
  used.add(set.recv_interval.has_value(), "--recv-interval", scheduler.recv_interval);
}

std::string settings_text(const Scenario& scenario, const TextStyle& style) {
  if (scenario.set.empty()) return {};
  std::string text = heading("Figures set by the user", style);
  for (const AppliedSetting& setting : scenario.set) {
    const std::string was = setting.was.empty() ? "not given" : setting.was;
    text += paragraph(fmt::format("{} = {} (was {})", setting.key, setting.value, was), style);
  }
  return text;
}

}  // namespace

std::string defaults_section(const Answer& a, const TextStyle& style) {
  const Scenario& s = a.scenario;
  const Question& q = s.question;
  Unpinned used;
  add_load(used, a);
  const PrecisionPlan& types = s.precision;
  used.add(q.dtype.has_value(), "--dtype",
           types.format.empty() ? name(types.weights) : std::string_view(types.format));
  used.add(q.kv_dtype.has_value(), "--kv-dtype", name(s.precision.kv));
  used.add(q.site.has_value(), "--site", s.site.id);
  if (a.best().bill.hourly) {
    used.add(q.price_basis.has_value(), "--price-basis", option_text(s.price_basis));
    used.add(q.utilization.has_value() || s.of_one_user(), "--utilization", s.site.utilisation);
  }
  used.add(q.framework.has_value(), "--framework", s.framework.id);
  if (s.device.engines.size() > 1)
    used.add(q.engine.has_value(), "--engine", name(s.device.running()));
  if (s.device.device_class == DeviceClass::pc && a.devices() > 1) {
    used.add(q.link.has_value(), "--link", name(usual_join(s.device)));
  }
  if (s.offload && s.offload->host && !s.offload->second_device() && s.offload->placement.any()) {
    used.add(q.offload.host.has_value(), "--host", s.offload->host->id);
  }
  used.add(q.tuning.has_value(), "--tuning", name(s.framework.tuning));
  add_engine(used, a);
  const bool steady = a.best().service.has_value() && !q.waves;
  std::string text = settings_text(s, style);
  if (used.options().empty() && !s.preset && !steady) return text;
  text += heading("Defaults used", style);
  if (s.preset) text += paragraph(preset_text(a), style);
  if (!used.options().empty()) text += paragraph(join(used.options(), " "), style);
  if (steady) text += paragraph("without --waves: a service that runs steadily", style);
  if (lengths_were_cut(s)) {
    text += paragraph(fmt::format("{} cut to the model's context of {}",
                                  q.isl   ? "--osl"
                                  : q.osl ? "--isl"
                                          : "--isl and --osl",
                                  digits(static_cast<double>(s.model.max_context), 1)),
                      style);
  }
  return text;
}

}  // namespace infersim::detail
