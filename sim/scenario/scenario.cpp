#include "infersim/scenario/scenario.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/workload/hf_config.hpp"

namespace infersim {
namespace {

/// Lengths of requests when nothing is asked for: a chat turn on a phone, a long prompt on a server.
constexpr Traffic edge_traffic{512, 128};
constexpr Traffic datacenter_traffic{4000, 1000};

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw InputError(fmt::format("{}: cannot be read", path), "check the path of the model");
  return std::move(text).str();
}

struct Hardware {
  Device device;
  System system;
};

/// A device with the system it ships in, or a system with its device.
Hardware find_hardware(const Catalog& catalog, const std::string& name) {
  if (auto found = catalog.find(DescriptionKind::device, name)) {
    Device device = load_device(found->text, found->path);
    const Description system = catalog.get(DescriptionKind::system, device.system);
    return {std::move(device), load_system(system.text, system.path)};
  }
  if (auto found = catalog.find(DescriptionKind::system, name)) {
    System system = load_system(found->text, found->path);
    const Description device = catalog.get(DescriptionKind::device, system.device);
    return {load_device(device.text, device.path), std::move(system)};
  }
  std::vector<std::string> names = catalog.ids(DescriptionKind::device);
  const std::vector<std::string> systems = catalog.ids(DescriptionKind::system);
  names.insert(names.end(), systems.begin(), systems.end());
  const std::string near = did_you_mean(name, names);
  throw InputError(fmt::format("--hw: no device or system is called '{}'", name),
                   near.empty() ? "known: " + join(names) : near);
}

EfficiencyText as_text(const Description& description) {
  return {description.text, description.path};
}

Efficiency find_efficiency(const Catalog& catalog, const Device& device) {
  const Description base =
      catalog.get(DescriptionKind::efficiency, name(device.device_class));
  const auto family = catalog.find(DescriptionKind::efficiency, device.family);
  return load_efficiency(as_text(base), family ? as_text(*family) : EfficiencyText{});
}

/// Everything about the question that can be wrong without knowing what it names.
void check_question(const Question& q, Diagnostics& faults) {
  const auto at_least_one = [&](const char* option, const auto& value) {
    if (value && *value < 1) {
      faults.error({}, fmt::format("{}: {} is too small", option, *value), "give 1 or more");
    }
  };
  at_least_one("--devices", q.devices);
  at_least_one("--tp", q.tp);
  at_least_one("--pp", q.pp);
  at_least_one("--dp", q.dp);
  at_least_one("--ep", q.ep);
  at_least_one("--batch", q.batch);
  at_least_one("--isl", q.isl);
  at_least_one("--osl", q.osl);
  at_least_one("--context", q.context);
  if (q.microbatches && (*q.microbatches < 1 || *q.microbatches > 2)) {
    faults.error({}, fmt::format("--microbatches: {} is not possible", *q.microbatches),
                 "give 1 or 2");
  }
  if (q.acceptance && (*q.acceptance < 0.0 || *q.acceptance > 1.0)) {
    faults.error({}, fmt::format("--acceptance: {} is no probability", *q.acceptance),
                 "give a number from 0 to 1");
  }
  if (q.acceptance && q.mtp.value_or(0) == 0) {
    faults.error({}, "--acceptance: there are no draft tokens to accept", "add --mtp 1");
  }
  if (q.mtp.value_or(0) > 0 && !q.acceptance) {
    faults.error({}, "--mtp: how many draft tokens are accepted is not known",
                 "add --acceptance P, for example 0.8 (DeepSeek reports 0.8 to 0.9 for the first)");
  }
}

void check_against_model(const Scenario& s, Diagnostics& faults) {
  const Question& q = s.question;
  const auto most = static_cast<double>(s.model.max_context);
  if (s.traffic.isl + s.traffic.osl > most) {
    faults.error({}, fmt::format("--isl {} and --osl {} exceed the {} tokens of context of {}",
                                 s.traffic.isl, s.traffic.osl, s.model.max_context, s.model.name),
                 fmt::format("keep isl + osl at or under {}", s.model.max_context));
  }
  if (q.context && *q.context > most) {
    faults.error({}, fmt::format("--context {} exceeds the {} tokens of context of {}", *q.context,
                                 s.model.max_context, s.model.name));
  }
  bool moe = false;
  for (const LayerGroup& group : s.model.layers) {
    moe = moe || std::holds_alternative<MoeFfn>(group.ffn);
  }
  if (!moe && q.ep.value_or(1) > 1) {
    faults.error({}, fmt::format("--ep {}: {} has no experts", *q.ep, s.model.name), "leave out --ep");
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
  if (q.devices) {
    long product = 1;
    for (const auto& degree : {q.tp, q.pp, q.dp}) product *= degree.value_or(1);
    const bool all = q.tp && q.pp && q.dp;
    if ((all && product != *q.devices) || *q.devices % product != 0) {
      faults.error({}, fmt::format("--tp {} x --pp {} x --dp {} does not make --devices {}",
                                   q.tp.value_or(1), q.pp.value_or(1), q.dp.value_or(1),
                                   *q.devices),
                   "devices = tp x pp x dp");
    }
  }
  if (s.system.max_nodes == 1 && s.system.devices_per_node == 1 &&
      (q.devices.value_or(1) > 1 || q.tp.value_or(1) * q.pp.value_or(1) * q.dp.value_or(1) > 1)) {
    faults.error({}, fmt::format("{} is a single device", s.system.name), "leave out --devices");
  }
}

}  // namespace

ModelSpec find_model(const Catalog& catalog, const std::string& name_or_path) {
  const bool json = ends_with(name_or_path, ".json");
  if (json || ends_with(name_or_path, ".toml")) {
    const std::string text = read_file(name_or_path);
    return json ? load_hf_config(text, name_or_path) : load_model(text, name_or_path);
  }
  const Description found = catalog.get(DescriptionKind::model, name_or_path);
  return ends_with(found.path, ".json") ? load_hf_config(found.text, found.path)
                                        : load_model(found.text, found.path);
}

Scenario load_scenario(const Catalog& catalog, Question question) {
  Diagnostics faults;
  check_question(question, faults);
  faults.throw_if_any();

  Hardware hardware = find_hardware(catalog, question.hw);
  ModelSpec model = find_model(catalog, question.model);
  const Description site =
      catalog.get(DescriptionKind::site, question.site.value_or(hardware.system.site));
  const Efficiency efficiency = find_efficiency(catalog, hardware.device);
  PrecisionPlan precision =
      choose_precision(hardware.device, model, question.dtype, question.kv_dtype);
  const Traffic lengths =
      is_edge(hardware.device.device_class) ? edge_traffic : datacenter_traffic;

  const Device& device = hardware.device;
  const ModelParameters parameters = count_parameters(model);
  Machine prefill_machine =
      make_machine(device, device.prefill_engine(), hardware.system, efficiency);
  Machine decode_machine =
      make_machine(device, device.decode_engine(), hardware.system, efficiency);
  Scenario scenario{std::move(question),
                    std::move(hardware.device),
                    std::move(hardware.system),
                    load_site(site.text, site.path),
                    std::move(model),
                    parameters,
                    std::move(precision),
                    lengths,
                    {},
                    std::move(prefill_machine),
                    std::move(decode_machine),
                    0.0};
  const Question& q = scenario.question;
  scenario.traffic.isl = q.isl.value_or(lengths.isl);
  scenario.traffic.osl = q.osl.value_or(lengths.osl);
  scenario.slo.ttft = q.ttft.value_or(scenario.slo.ttft);
  scenario.slo.tpot = q.tpot.value_or(scenario.slo.tpot);
  scenario.decode_context =
      q.context.value_or(scenario.traffic.isl + scenario.traffic.osl / 2.0);
  check_against_model(scenario, faults);
  check_degrees(scenario, faults);
  faults.throw_if_any();
  return scenario;
}

}  // namespace infersim
