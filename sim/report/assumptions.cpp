#include "infersim/report/assumptions.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "infersim/report/framework_card.hpp"
#include "infersim/report/operators.hpp"
#include "infersim/report/text.hpp"
#include "infersim/workload/parameters.hpp"
#include "report/efficiency_lines.hpp"

namespace infersim {

namespace {

/// Shares of the time of both phases, weighted by how long each runs.
struct Weights {
  double compute = 0;
  double memory = 0;
  double link = 0;
  double host = 0;
  std::vector<OperatorTime> ops;  ///< shares of both phases, scaled to add up to 1

  [[nodiscard]] double of(std::string_view kernel) const;
  [[nodiscard]] double of_class(std::string_view op_class) const;
};

bool runs_in(const OperatorTime& op, std::string_view kernel) {
  if (kernel.starts_with("scan_")) return op.op == kernel;
  if (kernel.starts_with("conv_")) return false;  // an element-wise pass in graphs
  if (kernel.ends_with("_prefill")) return op.op == "attention_prefill";
  if (kernel.ends_with("_decode")) return op.op == "attention_decode";
  if (kernel == "batched_gemm") return op.op.starts_with("absorb");
  if (kernel == "grouped_gemm") return op.op_class == "experts";
  if (kernel == "gemm") {
    return (op.op_class == "linear" || op.op_class == "head") && !op.op.starts_with("absorb");
  }
  return op.op_class == kernel;
}

double Weights::of(std::string_view kernel) const {
  double sum = 0;
  for (const OperatorTime& op : ops)
    sum += runs_in(op, kernel) ? op.share : 0;
  return sum;
}

double Weights::of_class(std::string_view op_class) const {
  double sum = 0;
  for (const OperatorTime& op : ops)
    sum += op.op_class == op_class ? op.share : 0;
  return sum;
}

Weights weights_of(const Scenario& scenario, const Evaluation& answer) {
  Weights weights;
  const double prefill = answer.service   ? answer.service->prefill_share
                         : answer.prefill ? 1.0
                                          : 0.0;
  const auto add = [&](const StepBreakdown& step, const Machine& machine, double weight) {
    for (OperatorTime op : operator_times(step, machine, Grouping::by_operator)) {
      op.share *= weight;
      if (op.op == "host") weights.host += op.share;
      if (op.bound == Bound::compute || op.bound == Bound::padding) weights.compute += op.share;
      if (op.bound == Bound::memory) weights.memory += op.share;
      if (op.bound == Bound::link) weights.link += op.share;
      weights.ops.push_back(std::move(op));
    }
  };
  if (answer.prefill) add(answer.prefill->steps, scenario.prefill_machine, prefill);
  if (answer.decode) add(answer.decode->steps, scenario.decode_machine, 1.0 - prefill);
  return weights;
}

/// Of what runs for no time that could be told.
constexpr double least_weight = 1e-9;

struct Weighed {
  Assumption assumption;
  double weight = 0;
};

/// Figures after those that move the time, in this order.
enum : int { price_rank = 1, power_rank, site_rank, server_rank };
constexpr double after_time(int rank) { return -rank; }

/// `Title (2026); note`, as far as there are a title, a date and a note.
std::string source_of(const Provenance& provenance) {
  std::string text = provenance.source;
  if (!provenance.date.empty()) {
    text += text.empty() ? provenance.date : fmt::format(" ({})", provenance.date);
  }
  if (!provenance.note.empty()) text += (text.empty() ? "" : "; ") + provenance.note;
  return text;
}

class Ledger {
 public:
  void add(double weight, std::string key, std::string value, const Provenance& provenance) {
    if (provenance.basis == Basis::datasheet || provenance.basis == Basis::measured) return;
    lines_.push_back(
        {{std::move(key), std::move(value), provenance.basis, source_of(provenance)}, weight});
  }

  std::vector<Assumption> take() {
    std::stable_sort(lines_.begin(), lines_.end(), [](const Weighed& a, const Weighed& b) {
      const bool a_published = a.assumption.basis == Basis::press;
      const bool b_published = b.assumption.basis == Basis::press;
      if (a_published != b_published) return b_published;
      return a.weight > b.weight;
    });
    std::vector<Assumption> taken;
    for (Weighed& line : lines_)
      taken.push_back(std::move(line.assumption));
    return taken;
  }

 private:
  std::vector<Weighed> lines_;
};

std::string per_kilowatt_hour(double base, std::string_view unit) {
  return fmt::format("{} {}/kWh", digits(base * kilowatt_hour.base()), unit);
}

/// What an engine without a count of its units is taken for.
Provenance uncounted(const Engine& engine) {
  Provenance from = engine.provenance;
  from.basis = Basis::assumed;
  from.note = "no count is described: work divides evenly, without tiles that could be padded";
  return from;
}

/// What was taken for granted of a model, and files that hold more or less than its description.
void add_model(Ledger& ledger, const ModelSpec& model) {
  const std::string& note = model.provenance.note;
  ledger.add(1.0, "model", note.empty() ? model.name : fmt::format("{}: {}", model.name, note),
             model.provenance);
  if (!files_differ(model)) return;
  const Bytes files{static_cast<double>(model.checkpoint.bytes)};
  ledger.add(0.5, "model.checkpoint_bytes",
             fmt::format("{} counted, its files hold {}", show(counted_files(model)), show(files)),
             {Basis::estimate, "", "", ""});
}

void add_device(Ledger& ledger, const Scenario& scenario, const Weights& weights) {
  const Device& device = scenario.device;
  const NumberType type = scenario.precision.compute;
  for (const Engine* engine : {&device.prefill_engine(), &device.decode_engine()}) {
    ledger.add(weights.compute, fmt::format("device.{}.{}", engine->name, name(type)),
               show(engine->dense_peak[index(type)]), engine->peak_provenance(type));
    ledger.add(
        0.1 * weights.compute, fmt::format("device.{}.units", engine->name),
        fmt::format("{}, vector peak {}",
                    engine->units ? fmt::format("{} units", *engine->units) : "units not counted",
                    engine->vector_peak > FlopRate{} ? show(engine->vector_peak) : "unpublished"),
        engine->units ? engine->provenance : uncounted(*engine));
    if (&device.prefill_engine() == &device.decode_engine()) break;
  }
  bool main = true;
  for (const MemoryLevel& level : device.memory) {
    std::string value = show(level.capacity);
    if (level.bandwidth > Bandwidth{}) value += " at " + show(level.bandwidth);
    if (level.reserved > Bytes{}) value += ", " + show(level.reserved) + " reserved";
    ledger.add(main ? weights.memory : 0.1 * weights.memory, "device.memory." + level.name,
               std::move(value), level.provenance);
    main = false;
  }
  ledger.add(after_time(power_rank), "device.power",
             fmt::format("idle {}, limit {}", show(device.power.idle), show(device.power.limit)),
             device.power.provenance);
  ledger.add(after_time(power_rank), "device.flop_energy",
             fmt::format("{} pJ per flop in {}",
                         digits(scenario.decode_machine.energy.flop[index(type)].base() * 1e12),
                         name(type)),
             device.power.flop_energy_provenance);
  if (const Rental* rental = device.rental(scenario.price_basis)) {
    ledger.add(after_time(price_rank), "device.rental",
               fmt::format("{} USD/h {}", digits((rental->rate * hour).base()), name(rental->term)),
               rental->provenance);
  } else if (scenario.price_basis == PriceBasis::own && device.price) {
    ledger.add(after_time(price_rank), "device.price",
               fmt::format("{} USD{}", digits(device.price->capital.base()),
                           device.price->covers.empty() ? "" : " for " + device.price->covers),
               device.price->provenance);
  }
}

void add_system(Ledger& ledger, const Scenario& scenario, const Evaluation& answer,
                const Weights& weights) {
  const System& system = scenario.system;
  if (system.device_provenance) {
    ledger.add(1.0, "system.device", scenario.device.name + " in " + system.name,
               *system.device_provenance);
  }
  const int devices = answer.plan.devices();
  if (devices > 1 && scenario.device.scale_up) {
    const Link& link = *scenario.device.scale_up;
    ledger.add(weights.link, "device.scale_up", show(link.per_direction) + " each way",
               link.provenance);
    ledger.add(0.5 * weights.link, "system.scale_up",
               fmt::format("{} of {}, {} a hop", name(system.scale_up.topology),
                           system.scale_up.domain, show(system.scale_up.latency)),
               system.scale_up.provenance);
  }
  if (devices > system.devices_per_node) {
    ledger.add(weights.link, "system.scale_out",
               fmt::format("{} each way, {}", show(system.scale_out.per_direction),
                           show(system.scale_out.latency)),
               system.scale_out.provenance);
  }
  if (!is_edge(scenario.device.device_class)) {
    ledger.add(after_time(server_rank), "system.server",
               fmt::format("{} beside devices, {} USD a device", show(system.server.fixed),
                           digits(system.server.capital_per_device.base())),
               system.server.provenance);
  }
}

void add_site(Ledger& ledger, const Scenario& scenario) {
  const Site& site = scenario.site;
  const bool edge = is_edge(scenario.device.device_class);
  const bool bought = scenario.price_basis == PriceBasis::own && scenario.device.price;
  const bool priced = scenario.device.has_price(scenario.price_basis);
  if (priced && !scenario.question.utilization && !scenario.of_one_user()) {
    ledger.add(after_time(price_rank), "site.utilisation", show_percent(site.utilisation),
               site.depreciation_provenance);
  }
  if (bought) {
    ledger.add(after_time(price_rank), "site.depreciation",
               fmt::format("{} years", show_count(site.depreciation.base() / (365.25 * 86400))),
               site.depreciation_provenance);
    if (site.cost_of_capital > 0 || site.residual > 0) {
      ledger.add(after_time(price_rank), "site.capital",
                 fmt::format("{} a year, {} left at the end", show_percent(site.cost_of_capital),
                             show_percent(site.residual)),
                 site.capital_provenance);
    }
    ledger.add(after_time(site_rank), "site.electricity",
               per_kilowatt_hour(site.electricity.base(), "USD"), site.electricity_provenance);
    if (!edge) {
      ledger.add(after_time(site_rank), "site.hosting",
                 fmt::format("{} USD/kW/month", digits(site.hosting.base() * 1e3 * 365.25 * 7200)),
                 site.hosting_provenance);
    }
  }
  const Server& server = scenario.system.server;
  if (!edge && server.pue > 0) {
    ledger.add(after_time(site_rank), "system.server.pue", digits(server.pue), server.provenance);
  } else if (!edge) {
    ledger.add(after_time(site_rank), "site.pue", digits(site.pue), site.pue_provenance);
  }
  ledger.add(after_time(site_rank), "site.carbon", per_kilowatt_hour(site.grid_carbon.base(), "g"),
             site.carbon_provenance);
}

std::string show(const KernelEfficiency& kernel) {
  return fmt::format("{} of peak, {} of bandwidth, {}", show_percent(kernel.compute),
                     show_percent(kernel.bandwidth), show(kernel.latency));
}

/// Parameters of the kernels that run, if `scope` (`kernel.gemm` or `kernel.gemm.fp8`) is where
/// they come from. What runs is told even where its time is none of the breakdown's.
void add_kernels(Ledger& ledger, const Weights& weights, const EfficiencyScope& scope,
                 const Efficiency& efficiency, const std::vector<KernelId>& running) {
  for (const KernelId id : running) {
    const KernelScope& origin = efficiency.origin(id);
    const std::string table =
        fmt::format("kernel.{}{}", name(id.kernel),
                    origin.format ? fmt::format(".{}", name(*origin.format)) : std::string{});
    if (origin.file != scope.file_id || table != scope.parameter) continue;
    ledger.add(std::max(weights.of(name(id.kernel)), least_weight),
               fmt::format("efficiency.{}.{}", scope.file_id, scope.parameter),
               show(efficiency.kernel(id.kernel, id.format)), scope.provenance);
    return;
  }
}

/// The serving software: why this one, its host and its scheduler with the rules that hold.
std::string pool_text(PoolShare pool, const MemoryLedger& memory) {
  const std::string share = digits(memory.share);
  switch (pool) {
    case PoolShare::all: return share + " of all memory for weights, steps and KV cache";
    case PoolShare::fixed: return share + " of all memory for weights and KV cache";
    case PoolShare::rest: break;
  }
  return share + " of what weights and steps leave for the KV cache";
}

void add_framework(Ledger& ledger, const Scenario& scenario, const Evaluation& answer,
                   const Weights& weights) {
  const Framework& framework = scenario.framework;
  const std::string key = "framework." + framework.id;
  if (framework.per_layer_launch > Seconds{} || framework.step) {
    const HostOverhead host =
        framework.host(scenario.decode_machine.efficiency.runtime.step_overhead);
    std::string text =
        fmt::format("{} a step and {} a sequence of it, {} a layer launched in prefill",
                    show(host.step), show(host.per_sequence), show(host.per_layer_launch));
    if (host.per_layer_replay > Seconds{}) {
      text += fmt::format(", {} a layer at least", show(host.per_layer_replay));
    }
    ledger.add(weights.host, key + ".host", std::move(text), framework.host_provenance);
  }
  if (framework.memory && answer.max_sequences > 0) {
    // As far as the pool is in use: a batch that is far from its end does not feel it.
    ledger.add(0.2 * std::min(1.0, answer.batch / answer.max_sequences), key + ".memory",
               pool_text(framework.memory->pool, answer.memory), framework.memory->provenance);
  }
  if (answer.service) {
    const Pool pool = scenario.pool(answer.plan, answer.replicas);
    ledger.add(answer.service->prefill_share, key + ".scheduler",
               scheduler_text(scheduler_of(scenario.workload(), pool, ServingRole::engine)),
               framework.provenance);
  }
}

/// What weights outside the device's memory pass through.
void add_other_memories(Ledger& ledger, const Scenario& scenario) {
  if (!scenario.offload || !scenario.offload->placement.any()) return;
  const Offload& offload = *scenario.offload;
  if (offload.host) {
    const MemoryLevel& memory = offload.host->main_memory();
    ledger.add(1.0, "host.memory", fmt::format("{} at {}", memory.name, show(memory.bandwidth)),
               memory.provenance);
    ledger.add(0.5, "system.host",
               fmt::format("{} each way, {} a hand-over", show(offload.joined->link),
                           show(offload.joined->latency)),
               offload.joined->provenance);
  }
  if (offload.placement.flash_layers > 0) {
    ledger.add(1.0, "system.flash", show(offload.flash.bandwidth), offload.flash.provenance);
  }
}

void add_efficiency(Ledger& ledger, const Scenario& scenario, const Evaluation& answer,
                    const Weights& weights) {
  const Efficiency& efficiency = scenario.decode_machine.efficiency;
  for (const EfficiencyScope& scope : efficiency.scopes) {
    const std::string key = fmt::format("efficiency.{}.{}", scope.file_id, scope.parameter);
    if (scope.parameter == "links" && answer.plan.ranks() > 1) {
      ledger.add(weights.of_class("collective"), key,
                 fmt::format("{} of scale-up, {} of scale-out bandwidth",
                             show_percent(efficiency.links.scale_up),
                             show_percent(efficiency.links.scale_out)),
                 scope.provenance);
    } else if (scope.parameter.starts_with("links.") && answer.plan.ranks() > 1) {
      ledger.add(weights.of_class("collective"), key,
                 detail::link_text(efficiency.links, scope.parameter), scope.provenance);
    } else if (scope.parameter == "runtime") {
      const RuntimeEfficiency& runtime = efficiency.runtime;
      const std::string kept =
          scenario.framework.memory
              ? std::string()
              : fmt::format("{} of free memory kept, ", show_percent(runtime.memory_reserve));
      ledger.add(std::max(weights.host, 0.2 * weights.of_class("experts")), key,
                 fmt::format("{} a step, {}expert skew {}, {} tokens a prefill step",
                             show(runtime.step_overhead), kept, digits(runtime.expert_skew),
                             runtime.prefill_tokens),
                 scope.provenance);
    } else if (scope.parameter == "framework" && !scenario.question.framework) {
      ledger.add(weights.host, key, scenario.framework.name, scope.provenance);
    }
    add_kernels(ledger, weights, scope, efficiency, answer.accuracy.scope.kernels);
  }
}

}  // namespace

std::vector<Assumption> assumptions(const Scenario& scenario, const Evaluation& answer) {
  const Weights weights = weights_of(scenario, answer);
  Ledger ledger;
  if (answer.plan.mtp > 0) {
    ledger.add(1.0, "question.acceptance", digits(answer.plan.acceptance),
               {Basis::assumed, "as asked for", "", ""});
  }
  add_model(ledger, scenario.model);
  add_other_memories(ledger, scenario);
  add_efficiency(ledger, scenario, answer, weights);
  add_framework(ledger, scenario, answer, weights);
  add_device(ledger, scenario, weights);
  add_system(ledger, scenario, answer, weights);
  add_site(ledger, scenario);
  return ledger.take();
}

}  // namespace infersim
