#include "infersim/scenario/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/scenario/engine_choice.hpp"
#include "infersim/scenario/lookup.hpp"
#include "infersim/scenario/parts.hpp"
#include "infersim/scenario/second_device.hpp"
#include "scenario/measured_shapes.hpp"
#include "scenario/pricing.hpp"
#include "scenario/question_checks.hpp"

namespace infersim {
namespace {

/// Lengths of requests when nothing is asked for: a chat turn on a phone, a long prompt on a
/// server.
constexpr Traffic edge_traffic{512, 128};
constexpr Traffic datacenter_traffic{4000, 1000};

/// Drafts looked up in the tokens so far: no model makes them.
constexpr std::string_view ngram_drafts = "ngram";

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

/// The number types of the question on its chip, for its model or the draft model.
PrecisionPlan precision_of(const Question& q, const ScenarioParts& parts, const ModelSpec& model) {
  PrecisionPlan plan = choose_precision(parts.device, model, q.dtype, q.kv_dtype, q.expert_dtype,
                                        parts.framework.head_as_weights);
  if (q.block_scales) plan.block_scales = *q.block_scales && plan.weights == NumberType::fp8;
  return plan;
}

/// What runs on the engines of a device.
struct Software {
  Framework framework;
  Efficiency prefill;  ///< on the engine that runs prefill
  Efficiency decode;
};

/// The software of a question, on the engines of `device` that it is asked for or usual on, which
/// then run the phases. No device: the framework alone is looked up.
Software software_of(const Catalog& catalog, const Question& q, Device* device) {
  const auto called = [&](const std::string& id) {
    return find_framework(catalog, id, device != nullptr ? device->family : "",
                          q.tuning.value_or(Tuning::tuned));
  };
  Software software;
  if (q.framework) software.framework = called(*q.framework);
  if (device == nullptr) return software;
  if (const auto engines =
          choose_engines(*device, q.engine, q.framework ? &software.framework : nullptr)) {
    *device = with_engines(std::move(*device), *engines);
  }
  const std::string asked = q.framework ? software.framework.id : "";
  const EngineKind prefill = device->prefill_engine().kind;
  const EngineKind decode = device->decode_engine().kind;
  software.decode = find_efficiency(catalog, *device, asked, decode);
  software.prefill =
      prefill == decode ? software.decode : find_efficiency(catalog, *device, asked, prefill);
  // Answers are made while decoding: what is usual on that engine serves both phases.
  if (!q.framework) software.framework = called(software.decode.runtime.framework);
  return software;
}

/// What is left to do once everything is loaded; `faults` are those found so far.
Scenario seal(Question question, ScenarioParts parts, Diagnostics faults) {
  const bool in_range = faults.empty();
  auto precision =
      found_or_fault(faults, [&] { return precision_of(question, parts, parts.model); });
  std::optional<DraftModel> draft;
  if (parts.draft) {
    draft = found_or_fault(faults, [&] {
      return DraftModel{*parts.draft, precision_of(question, parts, *parts.draft)};
    });
  }
  // Others make the drafts: its own modules are not loaded.
  if (question.draft) parts.model.mtp.reset();
  const Traffic nominal = lengths_of(question, parts.preset, parts.device, parts.model);
  const double mean = question.lengths.mean();
  const ModelParameters parameters = count_parameters(parts.model);
  Scenario scenario{std::move(question),
                    {},
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
                    std::move(parts.decode_machine)};
  scenario.draft = std::move(draft);
  scenario.offload = std::move(parts.offload);
  const Question& q = scenario.question;
  if (scenario.preset) {
    scenario.slo.ttft = scenario.preset->ttft.value_or(scenario.slo.ttft);
    scenario.slo.tpot = scenario.preset->tpot.value_or(scenario.slo.tpot);
  }
  scenario.slo.ttft = q.ttft.value_or(scenario.slo.ttft);
  scenario.slo.tpot = q.tpot.value_or(scenario.slo.tpot);
  scenario.decode_context = q.context.value_or(scenario.traffic.isl + scenario.traffic.osl / 2.0);
  detail::apply_prices(scenario, faults);
  if (in_range) {
    detail::check_against_parts(scenario, faults);
    detail::check_degrees(scenario, faults);
  }
  faults.throw_if_any();
  if (scenario.offload) scenario.offload->placement = choose_placement(scenario);
  return scenario;
}

}  // namespace

bool Scenario::of_one_user() const {
  return question.requests_per_day &&
         (is_edge(device.device_class) || question.dedicated.value_or(false));
}

std::optional<double> Scenario::pinned_batch() const {
  if (question.batch) return question.batch;
  if (is_edge(device.device_class)) return 1.0;
  return std::nullopt;
}

Workload Scenario::workload() const {
  Workload asked{model,
                 traffic,
                 nominal,
                 decode_context,
                 question.cached ? question.cached->of(traffic.isl) : 0.0,
                 question.phase,
                 question.benchmark};
  if (draft) asked.draft = &*draft;
  if (question.phase == PhaseChoice::prefill) {
    asked.prompts = pinned_batch().value_or(asked.prompts);
  }
  return asked;
}

Pool Scenario::pool(const ParallelPlan& plan, int replicas) const {
  EngineSettings settings = question.settings;
  if (question.phase == PhaseChoice::prefill && question.batch && !settings.scheduler.budget) {
    settings.scheduler.budget = std::max(1.0, *question.batch / replicas / plan.dp) * traffic.isl;
  }
  return {device,    system,   framework, prefill_machine, decode_machine,
          precision, settings, plan,      replicas,        offload ? &*offload : nullptr};
}

Deployment Scenario::pools() const {
  const auto of = [&](const AskedPool& asked) {
    return Pool{device,    system,         framework,  prefill_machine, decode_machine,
                precision, asked.settings, asked.plan, asked.replicas};
  };
  return {of(question.pools->decode), of(question.pools->prefill), question.pools->handover_inside};
}

ClosedLoop Scenario::loop(double in_flight) const {
  return {in_flight, question.waves.value_or(std::numeric_limits<double>::infinity()),
          question.lengths};
}

namespace {

/// What a question names, found; `faults` get what is wrong with it.
LoadedParts load(const Catalog& catalog, const Question& question, Diagnostics& faults) {
  auto hardware =
      found_or_fault(faults, [&] { return find_hardware(catalog, first_device(question.hw)); });
  auto model =
      found_or_fault(faults, [&] { return find_model(catalog, question.model, question.accept); });
  std::optional<ModelSpec> draft;
  if (question.draft && fold_name(*question.draft) != ngram_drafts) {
    draft = found_or_fault(faults,
                           [&] { return find_model(catalog, *question.draft, question.accept); });
  }
  auto preset = found_or_fault(faults, [&] {
    return question.traffic ? std::optional(find_traffic(catalog, *question.traffic))
                            : std::nullopt;
  });
  auto site = found_or_fault(faults, [&] {
    const std::string id = question.site ? *question.site : hardware ? hardware->system.site : "";
    return id.empty() ? Site{} : find_site(catalog, id);
  });
  bool joined = false;
  if (hardware) {
    const int devices = joined_devices(question, hardware->system);
    joined = devices > 1;
    found_or_fault(faults, [&] {
      if (devices > 1) join(hardware->device, hardware->system, devices, question.link);
      return devices;
    });
  }
  auto software = found_or_fault(faults, [&] {
    return software_of(catalog, question, hardware ? &hardware->device : nullptr);
  });
  std::optional<Offload> offload;
  if (hardware && question.offload.any()) {
    offload = found_or_fault(faults, [&] {
      return find_offload(catalog, question.offload, hardware->device, hardware->system);
    });
  }
  if (hardware && software && !second_device(question.hw).empty()) {
    offload = found_or_fault(faults, [&] {
      return find_second(catalog, second_device(question.hw), hardware->device, hardware->system,
                         software->framework);
    });
  }
  if (!hardware || !model || !preset || !site || !software) faults.throw_if_any();
  if (joined) {
    software->prefill = without_measured_links(std::move(software->prefill));
    software->decode = without_measured_links(std::move(software->decode));
  }
  const Device& device = hardware->device;
  detail::count_equal_shapes(catalog, *model, software->framework.points);
  const auto machine = [&](const Engine& engine, const Efficiency& efficiency) {
    return within_steps(make_machine(device, engine, hardware->system, efficiency),
                        software->framework.steps);
  };
  Machine prefill_machine = machine(device.prefill_engine(), software->prefill);
  Machine decode_machine = machine(device.decode_engine(), software->decode);
  if (offload && offload->second_device()) add_second(hardware->device, *offload->host);
  std::vector<std::string> names = model->aliases;
  names.push_back(model->id);
  std::vector<ApiPrice> api_prices = newest(prices_of(find_price_lists(catalog), names));
  return {
      {std::move(hardware->device), std::move(hardware->system), *std::move(site),
       std::move(software->framework), *std::move(model), *std::move(preset),
       std::move(prefill_machine), std::move(decode_machine), std::move(draft), std::move(offload)},
      std::move(api_prices),
      {}};
}

Scenario seal(Question question, LoadedParts loaded, Diagnostics faults) {
  Scenario scenario = seal(std::move(question), std::move(loaded.parts), std::move(faults));
  scenario.api_prices = std::move(loaded.api_prices);
  scenario.set = std::move(loaded.set);
  return scenario;
}

}  // namespace

Scenario load_scenario(const Catalog& catalog, Question question) {
  if (!question.set.empty()) {
    LoadedParts loaded = load_parts(catalog, question);
    return seal(std::move(question), std::move(loaded));
  }
  Diagnostics faults;
  detail::check_question(question, faults);
  LoadedParts loaded = load(catalog, question, faults);
  return seal(std::move(question), std::move(loaded), std::move(faults));
}

bool chooses_parts(std::string_view option) {
  // Of devices that one user joins how many there are is a figure of their system.
  constexpr std::array<std::string_view, 17> all = {
      "--hw",      "--model",      "--site",        "--framework",    "--engine", "--tuning",
      "--traffic", "--draft",      "--devices",     "--tp",           "--pp",     "--link",
      "--offload", "--gpu-layers", "--cpu-experts", "--flash-layers", "--host"};
  return std::find(all.begin(), all.end(), option) != all.end();
}

LoadedParts load_parts(const Catalog& catalog, const Question& question) {
  Diagnostics faults;
  BentCatalog bent = bend(catalog, question);
  LoadedParts loaded = load(bent.catalog, question, faults);
  faults.throw_if_any();
  loaded.set = std::move(bent.applied);
  return loaded;
}

Scenario seal(Question question, LoadedParts loaded) {
  Diagnostics faults;
  detail::check_question(question, faults);
  return seal(std::move(question), std::move(loaded), std::move(faults));
}

Scenario seal(Question question, ScenarioParts parts) {
  Diagnostics faults;
  detail::check_question(question, faults);
  return seal(std::move(question), std::move(parts), std::move(faults));
}

}  // namespace infersim
