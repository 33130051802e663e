#include "infersim/scenario/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "infersim/core/diagnostic.hpp"
#include "infersim/scenario/lookup.hpp"

namespace infersim {
namespace {

/// Lengths of requests when nothing is asked for: a chat turn on a phone, a long prompt on a
/// server.
constexpr Traffic edge_traffic{512, 128};
constexpr Traffic datacenter_traffic{4000, 1000};

/// Bounds of what can be asked: no system has more ranks, and no module drafts further.
constexpr int most_ranks = 100'000;
constexpr int most_drafts = 16;
constexpr double most_sequences = 1e7;

/// What `find` finds; its faults join the others, so that all are told together.
template <class Find>
auto found_or_fault(Diagnostics& faults, Find find) -> std::optional<decltype(find())> {
  try {
    return find();
  } catch (const InputError& error) {
    for (const Diagnostic& f : error.faults())
      faults.error(f.location, f.message, f.hint);
    return std::nullopt;
  }
}

/// The lengths asked for; those that were not are the named traffic's, or else the class's, cut to
/// what the model's context holds.
Traffic lengths_of(const Question& q, const std::optional<TrafficPreset>& preset,
                   const Device& device, const ModelSpec& model) {
  if (preset) return {q.isl.value_or(preset->lengths.isl), q.osl.value_or(preset->lengths.osl)};
  const Traffic usual = is_edge(device.device_class) ? edge_traffic : datacenter_traffic;
  const auto most = static_cast<double>(model.max_context);
  const auto rest = [&](double pinned) { return std::max(1.0, most - pinned); };
  if (q.isl && q.osl) return {*q.isl, *q.osl};
  if (q.isl) return {*q.isl, std::min(usual.osl, rest(*q.isl))};
  if (q.osl) return {std::min(usual.isl, rest(*q.osl)), *q.osl};
  const double share = std::min(1.0, most / (usual.isl + usual.osl));
  return {std::max(1.0, std::floor(usual.isl * share)),
          std::max(1.0, std::floor(usual.osl * share))};
}

/// Everything about the question that can be wrong without knowing what it names.
void check_question(const Question& q, Diagnostics& faults) {
  // Written so that what is no number (NaN) is out of every range.
  const auto between = [&](const char* option, const auto& value, double least, double most) {
    if (value && !(*value >= least && *value <= most)) {
      faults.error({}, fmt::format("{}: {} is not possible", option, *value),
                   fmt::format("give {} to {}", least, most));
    }
  };
  between("--devices", q.devices, 1, most_ranks);
  between("--tp", q.tp, 1, most_ranks);
  between("--pp", q.pp, 1, most_ranks);
  between("--dp", q.dp, 1, most_ranks);
  between("--ep", q.ep, 1, most_ranks);
  between("--moe-tp", q.moe_tp, 1, most_ranks);
  between("--replicas", q.replicas, 1, most_ranks);
  between("--batch", q.batch, 1, most_sequences);
  between("--redundant-experts", q.redundant_experts, 0, most_ranks);
  between("--microbatches", q.microbatches, 1, 2);
  between("--mtp", q.mtp, 0, most_drafts);
  between("--acceptance", q.acceptance, 0, 1);
  const auto at_least_one = [&](const char* option, const std::optional<double>& value) {
    if (value && !(*value >= 1)) {
      faults.error({}, fmt::format("{}: {} is too small", option, *value), "give 1 or more");
    }
  };
  at_least_one("--isl", q.isl);
  at_least_one("--osl", q.osl);
  at_least_one("--context", q.context);
  const auto above_zero = [&](const char* option, const std::optional<Seconds>& value) {
    if (value && !(*value > Seconds{})) {
      faults.error({}, fmt::format("{}: {} ms is not possible", option, *value / millisecond),
                   "give a time above 0");
    }
  };
  above_zero("--ttft", q.ttft);
  above_zero("--tpot", q.tpot);
  if (q.acceptance && q.mtp.value_or(0) == 0) {
    faults.error({}, "--acceptance: there are no draft tokens to accept", "add --mtp 1");
  }
  if (q.mtp.value_or(0) > 0 && !q.acceptance) {
    faults.error({}, "--mtp: how many draft tokens are accepted is not known",
                 "add --acceptance P, for example 0.8 (DeepSeek reports 0.8 to 0.9 for the first)");
  }
}

/// The lengths that were given, as they were given.
std::string asked_lengths(const Scenario& s) {
  if (s.preset) {
    return fmt::format("the {} and {} tokens of --traffic {}", s.traffic.isl, s.traffic.osl,
                       s.preset->id);
  }
  if (!s.question.osl) return fmt::format("--isl {} and an answer", s.traffic.isl);
  if (!s.question.isl) return fmt::format("a prompt and --osl {}", s.traffic.osl);
  return fmt::format("--isl {} and --osl {}", s.traffic.isl, s.traffic.osl);
}

void check_against_model(const Scenario& s, Diagnostics& faults) {
  const Question& q = s.question;
  const auto most = static_cast<double>(s.model.max_context);
  if (s.traffic.isl + s.traffic.osl > most) {
    faults.error({},
                 fmt::format("{} exceed the {} tokens of context of {}", asked_lengths(s),
                             s.model.max_context, s.model.name),
                 fmt::format("keep isl + osl at or under {}", s.model.max_context));
  }
  if (q.context && *q.context > most) {
    faults.error({}, fmt::format("--context {} exceeds the {} tokens of context of {}", *q.context,
                                 s.model.max_context, s.model.name));
  }
  const bool moe = experts_of(s.model) != nullptr;
  if (!moe && q.ep.value_or(1) > 1) {
    faults.error({}, fmt::format("--ep {}: {} has no experts", *q.ep, s.model.name),
                 "leave out --ep");
  }
  if (!moe && q.moe_tp.value_or(1) > 1) {
    faults.error({}, fmt::format("--moe-tp {}: {} has no experts", *q.moe_tp, s.model.name),
                 "leave out --moe-tp");
  }
  if (!moe && q.redundant_experts.value_or(0) > 0) {
    faults.error({}, fmt::format("--redundant-experts: {} has no experts", s.model.name));
  }
  if (q.mtp.value_or(0) > 0 && !s.model.mtp) {
    faults.error({}, fmt::format("--mtp: {} has no multi-token-prediction layers", s.model.name),
                 "leave out --mtp");
  }
}

void check_degrees(const Scenario& s, Diagnostics& faults) {
  const Question& q = s.question;
  long product = 1;
  for (const auto& degree : {q.replicas, q.tp, q.pp, q.dp}) {
    // Beyond that there are too many whatever follows, and a long would not hold it.
    if (product < 1'000'000'000'000L) product *= degree.value_or(1);
  }
  const std::string replicas =
      q.replicas ? fmt::format("--replicas {} x ", *q.replicas) : std::string();
  if (product > most_ranks) {
    faults.error({}, fmt::format("{}--tp, --pp and --dp make {} devices", replicas, product),
                 fmt::format("keep their product at or under {}", most_ranks));
  }
  if (q.devices) {
    const bool all = q.replicas && q.tp && q.pp && q.dp;
    if ((all && product != *q.devices) || *q.devices % product != 0) {
      faults.error({},
                   fmt::format("{}--tp {} x --pp {} x --dp {} does not make --devices {}", replicas,
                               q.tp.value_or(1), q.pp.value_or(1), q.dp.value_or(1), *q.devices),
                   "devices = replicas x tp x pp x dp");
    }
  }
  if (q.moe_tp && q.ep && q.tp && q.dp &&
      1L * *q.moe_tp * *q.ep != 1L * *q.tp * *q.dp * s.device.ranks) {
    faults.error({},
                 fmt::format("--moe-tp {} x --ep {} is not --tp {} x --dp {}{}", *q.moe_tp, *q.ep,
                             *q.tp, *q.dp,
                             s.device.ranks > 1 ? fmt::format(" x {} ranks", s.device.ranks) : ""),
                 "ep = tp x dp / moe_tp, counted in ranks: leave out one of them");
  }
  if (s.system.max_nodes == 1 && s.system.devices_per_node == 1 &&
      (q.devices.value_or(1) > 1 || product > 1)) {
    faults.error({}, fmt::format("{} is a single device", s.system.name), "leave out --devices");
  }
}

/// The number types of the question on its chip.
PrecisionPlan precision_of(const Question& q, const ScenarioParts& parts) {
  PrecisionPlan plan = choose_precision(parts.device, parts.model, q.dtype, q.kv_dtype);
  if (q.block_scales) plan.block_scales = *q.block_scales && plan.weights == NumberType::fp8;
  return plan;
}

/// What is left to do once everything is loaded; `faults` are those found so far.
Scenario seal(Question question, ScenarioParts parts, Diagnostics faults) {
  const bool in_range = faults.empty();
  auto precision = found_or_fault(faults, [&] { return precision_of(question, parts); });
  const Traffic nominal = lengths_of(question, parts.preset, parts.device, parts.model);
  const double mean = question.lengths.mean();
  const ModelParameters parameters = count_parameters(parts.model);
  Scenario scenario{std::move(question),
                    std::move(parts.device),
                    std::move(parts.system),
                    std::move(parts.site),
                    std::move(parts.framework),
                    std::move(parts.model),
                    parameters,
                    std::move(precision).value_or(PrecisionPlan{}),
                    std::move(parts.preset),
                    {nominal.isl * mean, nominal.osl * mean},
                    nominal,
                    {},
                    std::move(parts.prefill_machine),
                    std::move(parts.decode_machine),
                    0.0};
  const Question& q = scenario.question;
  if (scenario.preset) {
    scenario.slo.ttft = scenario.preset->ttft.value_or(scenario.slo.ttft);
    scenario.slo.tpot = scenario.preset->tpot.value_or(scenario.slo.tpot);
  }
  scenario.slo.ttft = q.ttft.value_or(scenario.slo.ttft);
  scenario.slo.tpot = q.tpot.value_or(scenario.slo.tpot);
  scenario.decode_context = q.context.value_or(scenario.traffic.isl + scenario.traffic.osl / 2.0);
  if (in_range) {
    check_against_model(scenario, faults);
    check_degrees(scenario, faults);
  }
  faults.throw_if_any();
  return scenario;
}


}  // namespace

Workload Scenario::workload() const {
  return {model,          traffic,         nominal,           decode_context,
          question.cached ? question.cached->of(traffic.isl) : 0.0,
          question.phase, question.benchmark};
}

Pool Scenario::pool(const ParallelPlan& plan, int replicas) const {
  EngineSettings settings = question.settings;
  if (question.phase == PhaseChoice::prefill && question.batch && !settings.scheduler.budget) {
    settings.scheduler.budget =
        std::max(1.0, *question.batch / replicas / plan.dp) * traffic.isl;
  }
  return {device,    system,   framework, prefill_machine, decode_machine,
          precision, settings, plan,      replicas};
}

Deployment Scenario::pools() const {
  const auto of = [&](const AskedPool& asked) {
    return Pool{device,    system,         framework,  prefill_machine, decode_machine,
                precision, asked.settings, asked.plan, asked.replicas};
  };
  return {of(question.pools->decode), of(question.pools->prefill),
          question.pools->handover_inside};
}

ClosedLoop Scenario::loop(double in_flight) const {
  return {in_flight, question.waves.value_or(std::numeric_limits<double>::infinity()),
          question.lengths};
}

Scenario load_scenario(const Catalog& catalog, Question question) {
  Diagnostics faults;
  check_question(question, faults);
  auto hardware = found_or_fault(faults, [&] { return find_hardware(catalog, question.hw); });
  auto model =
      found_or_fault(faults, [&] { return find_model(catalog, question.model, question.accept); });
  auto preset = found_or_fault(faults, [&] {
    return question.traffic ? std::optional(find_traffic(catalog, *question.traffic))
                            : std::nullopt;
  });
  auto site = found_or_fault(faults, [&] {
    const std::string id = question.site ? *question.site : hardware ? hardware->system.site : "";
    return id.empty() ? Site{} : find_site(catalog, id);
  });
  auto efficiency = found_or_fault(faults, [&] {
    return hardware ? find_efficiency(catalog, hardware->device, question.framework.value_or(""))
                    : Efficiency{};
  });
  auto framework = found_or_fault(faults, [&] {
    const std::string usual = efficiency ? efficiency->runtime.framework : "";
    const std::string id = question.framework.value_or(usual);
    if (id.empty()) return Framework{};
    return find_framework(catalog, id, hardware ? hardware->device.family : "");
  });
  if (!hardware || !model || !preset || !site || !efficiency || !framework) faults.throw_if_any();
  const Device& device = hardware->device;
  Machine prefill_machine =
      within_steps(make_machine(device, device.prefill_engine(), hardware->system, *efficiency),
                   framework->steps);
  Machine decode_machine =
      within_steps(make_machine(device, device.decode_engine(), hardware->system, *efficiency),
                   framework->steps);
  return seal(std::move(question),
              {std::move(hardware->device), std::move(hardware->system), *std::move(site),
               *std::move(framework), *std::move(model), *std::move(preset),
               std::move(prefill_machine), std::move(decode_machine)},
              std::move(faults));
}

Scenario seal(Question question, ScenarioParts parts) {
  Diagnostics faults;
  check_question(question, faults);
  return seal(std::move(question), std::move(parts), std::move(faults));
}

}  // namespace infersim
