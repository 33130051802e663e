#include "scenario/question_checks.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "infersim/scenario/second_device.hpp"

namespace infersim::detail {
namespace {

/// Bounds of what can be asked: no system has more ranks, and no module drafts further.
constexpr int most_ranks = 100'000;
constexpr int most_drafts = 16;
constexpr double most_sequences = 1e7;
constexpr double most_step_tokens = 1e7;
constexpr double most_waves = 1e6;
constexpr double longest_share = 2;

void check_times(const Question& q, Diagnostics& faults) {
  const auto above_zero = [&](const char* option, const std::optional<Seconds>& value) {
    if (value && !(*value > Seconds{})) {
      faults.error({}, fmt::format("{}: {} ms is not possible", option, *value / millisecond),
                   "give a time above 0");
    }
  };
  above_zero("--ttft", q.ttft);
  above_zero("--tpot", q.tpot);
}

void check_confidence(const Question& q, Diagnostics& faults) {
  if (q.confidence && !(*q.confidence >= 0.5 && *q.confidence <= 0.99)) {
    faults.error({}, fmt::format("--confidence: {} is not possible", *q.confidence),
                 "give 0.5 to 0.99: intervals are of eight measurements in ten");
  }
}

void check_drafts(const Question& q, Diagnostics& faults) {
  if (q.acceptance && q.mtp.value_or(0) == 0) {
    faults.error({}, "--acceptance: there are no draft tokens to accept",
                 "add --mtp 1, or --draft MODEL --draft-tokens 4");
  }
  if (q.draft && q.mtp.value_or(0) == 0) {
    faults.error({}, "--draft: how many tokens it drafts is not known", "add --draft-tokens 4");
  }
  if (q.mtp.value_or(0) > 0 && !q.acceptance) {
    faults.error({},
                 std::string(q.draft ? "--draft-tokens" : "--mtp") +
                     ": how many draft tokens are accepted is not known",
                 "add --acceptance P, for example 0.8 (DeepSeek reports 0.8 to 0.9 for the first)");
  }
}

void check_lengths(const Question& q, Diagnostics& faults) {
  const auto [least, most] = q.lengths;
  if (!(least >= 0 && least <= most && most > 0 && most <= longest_share)) {
    faults.error(
        {}, fmt::format("--lengths: {}-{} is not possible", least, most),
        fmt::format("give LO-HI with 0 <= LO <= HI, HI above 0 and at most {}", longest_share));
  }
}

void check_cached(const Question& q, Diagnostics& faults) {
  if (!q.cached) return;
  if (!(q.cached->tokens >= 0 && q.cached->tokens <= most_step_tokens)) {
    faults.error({}, fmt::format("--cached: {} is not possible", q.cached->tokens),
                 "give fewer tokens than a prompt has");
  }
  if (!(q.cached->share >= 0 && q.cached->share < 1)) {
    faults.error({}, fmt::format("--cached: {}% is not possible", 100.0 * q.cached->share),
                 "give 0% to less than 100%: the last token of a prompt is always computed");
  }
}

/// One device's memory is what weights leave.
void check_offload(const Question& q, Diagnostics& faults) {
  const AskedOffload& offload = q.offload;
  const bool two = !second_device(q.hw).empty();
  if (two && (offload.automatic || offload.cpu_experts || offload.flash_layers ||
              offload.flash_automatic || offload.host)) {
    faults.error({}, "--hw: of two devices that differ no weights leave both",
                 "leave out --offload; --gpu-layers says how many layers the first has");
  }
  if (two && q.devices.value_or(1) > 1) {
    faults.error({}, fmt::format("--devices {}: {} are two already", *q.devices, q.hw),
                 "leave out --devices");
  }
  if (offload.host && !offload.any()) {
    faults.error({}, "--host: nothing is on it",
                 "add --offload auto, or --gpu-layers or --cpu-experts");
  }
  if (!offload.any() && !two) return;
  const bool spread = q.tp.value_or(1) > 1 || q.pp.value_or(1) > 1 || q.dp.value_or(1) > 1 ||
                      q.ep.value_or(1) > 1 || q.replicas.value_or(1) > 1 ||
                      q.microbatches.value_or(1) > 1 || q.pools || q.plan;
  if (spread) {
    faults.error({},
                 "--offload: weights that leave a device's memory are those of one device alone",
                 "leave out --tp, --pp, --dp, --ep, --replicas and --microbatches");
  }
}

void check_waves(const Question& q, Diagnostics& faults) {
  if (q.waves && q.phase != PhaseChoice::both) {
    faults.error({}, "--waves: a phase alone has no benchmark that starts and ends",
                 "leave out --waves or --phase");
  }
}

/// The lengths that were given, as they were given.
std::string asked_lengths(const Scenario& s) {
  if (s.preset) {
    return fmt::format("the {} and {} tokens of --traffic {}", s.nominal.isl, s.nominal.osl,
                       s.preset->id);
  }
  if (!s.question.osl) return fmt::format("--isl {} and an answer", s.nominal.isl);
  if (!s.question.isl) return fmt::format("a prompt and --osl {}", s.nominal.osl);
  return fmt::format("--isl {} and --osl {}", s.nominal.isl, s.nominal.osl);
}

void check_context(const Scenario& s, Diagnostics& faults) {
  const Question& q = s.question;
  const auto most = static_cast<double>(s.model.max_context);
  const double longest = q.lengths.most;
  if (longest * (s.nominal.isl + s.nominal.osl) > most) {
    const std::string drawn = longest == 1 ? "" : fmt::format(" at {} times their length", longest);
    faults.error({},
                 fmt::format("{}{} exceed the {} tokens of context of {}", asked_lengths(s), drawn,
                             s.model.max_context, s.model.name),
                 fmt::format("keep isl + osl at or under {}", s.model.max_context));
  }
  if (q.context && *q.context > most) {
    faults.error({}, fmt::format("--context {} exceeds the {} tokens of context of {}", *q.context,
                                 s.model.max_context, s.model.name));
  }
  if (q.cached && q.cached->of(s.traffic.isl) >= s.traffic.isl) {
    faults.error({},
                 fmt::format("--cached {}: a prompt has {} tokens", q.cached->of(s.traffic.isl),
                             s.traffic.isl),
                 "keep it under the prompt: its last token is always computed");
  }
}

void check_experts(const Scenario& s, Diagnostics& faults) {
  const Question& q = s.question;
  if (experts_of(s.model) != nullptr) return;
  const auto refuse = [&](bool asked, const std::string& option) {
    if (!asked) return;
    const std::string bare = option.substr(0, option.find(' '));
    faults.error({}, fmt::format("{}: {} has no experts", option, s.model.name),
                 fmt::format("leave out {}", bare));
  };
  refuse(q.ep.value_or(1) > 1, fmt::format("--ep {}", q.ep.value_or(1)));
  refuse(q.moe_tp.value_or(1) > 1, fmt::format("--moe-tp {}", q.moe_tp.value_or(1)));
  refuse(q.redundant_experts.value_or(0) > 0, "--redundant-experts");
  refuse(q.expert_dtype.has_value(), "--expert-dtype");
}

}  // namespace

void check_question(const Question& q, Diagnostics& faults) {
  // Written so that what is no number (NaN) is out of every range.
  const auto between = [&](const char* option, const auto& value, double least, double most) {
    if (value && !(*value >= least && *value <= most)) {
      faults.error({}, fmt::format("{}: {} is not possible", option, *value),
                   fmt::format("give {} to {}", least, most));
    }
  };
  between("--devices", q.devices, 1, most_ranks);
  between("--replicas", q.replicas, 1, most_ranks);
  between("--tp", q.tp, 1, most_ranks);
  between("--pp", q.pp, 1, most_ranks);
  between("--dp", q.dp, 1, most_ranks);
  between("--ep", q.ep, 1, most_ranks);
  between("--moe-tp", q.moe_tp, 1, most_ranks);
  between("--batch", q.batch, 1, most_sequences);
  between("--waves", q.waves, 1, most_waves);
  between("--redundant-experts", q.redundant_experts, 0, most_ranks);
  between("--microbatches", q.microbatches, 1, 2);
  between("--mtp", q.mtp, 0, most_drafts);
  between("--acceptance", q.acceptance, 0, 1);
  between("--utilization", q.utilization, 0.01, 1);
  between("--requests-per-day", q.requests_per_day, 0.01, most_sequences);
  if (q.dedicated && !q.requests_per_day) {
    faults.error({}, "--dedicated: how much its user asks is not known",
                 "add --requests-per-day N");
  }
  const SchedulerSettings& scheduler = q.settings.scheduler;
  between("--max-seqs", scheduler.max_seqs, 1, most_sequences);
  between("--step-tokens", scheduler.budget, 1, most_step_tokens);
  between("--recv-interval", scheduler.recv_interval, 1, most_sequences);
  if (q.settings.memory_share && !(*q.settings.memory_share > 0 && *q.settings.memory_share <= 1)) {
    faults.error({}, fmt::format("--memory-share: {} is not possible", *q.settings.memory_share),
                 "give a share above 0, at most 1");
  }
  const auto at_least_one = [&](const char* option, const std::optional<double>& value) {
    if (value && !(*value >= 1)) {
      faults.error({}, fmt::format("{}: {} is too small", option, *value), "give 1 or more");
    }
  };
  at_least_one("--isl", q.isl);
  at_least_one("--osl", q.osl);
  at_least_one("--context", q.context);
  check_times(q, faults);
  check_drafts(q, faults);
  check_confidence(q, faults);
  check_lengths(q, faults);
  check_cached(q, faults);
  check_waves(q, faults);
  check_offload(q, faults);
}

void check_against_parts(const Scenario& s, Diagnostics& faults) {
  const Question& q = s.question;
  check_context(s, faults);
  check_experts(s, faults);
  if (s.draft && std::abs(static_cast<double>(s.draft->model.vocab - s.model.vocab)) >
                     0.01 * static_cast<double>(s.model.vocab)) {
    faults.error(
        {},
        fmt::format("--draft: {} has {} tokens in its vocabulary, {} {}", s.draft->model.name,
                    s.draft->model.vocab, s.model.name, s.model.vocab),
        "draft with a model of the same family");
  }
  if (q.mtp.value_or(0) > 0 && !s.model.mtp && !q.draft) {
    faults.error({}, fmt::format("--mtp: {} has no multi-token-prediction layers", s.model.name),
                 "leave out --mtp, or draft with --draft MODEL --draft-tokens N");
  }
  if (q.waves && !q.batch && !is_edge(s.device.device_class)) {
    faults.error({}, "--waves: how many requests start together is not known", "add --batch N");
  }
}

void check_degrees(const Scenario& s, Diagnostics& faults) {
  const Question& q = s.question;
  // As a real number: so many devices as may be named would not fit into a whole one.
  double product = 1;
  for (const auto& degree : {q.replicas, q.tp, q.pp, q.dp})
    product *= degree.value_or(1);
  if (product > most_ranks) {
    faults.error({},
                 fmt::format("{}--tp, --pp and --dp make {:.0f} devices",
                             q.replicas ? "--replicas, " : "", product),
                 fmt::format("keep their product at or under {}", most_ranks));
  }
  if (q.devices) {
    const bool all = q.replicas.has_value() && q.tp && q.pp && q.dp;
    const double engines = *q.devices / product;
    if ((all && engines != 1) || engines != std::floor(engines)) {
      const std::string copies = q.replicas ? fmt::format("--replicas {} x ", *q.replicas) : "";
      faults.error({},
                   fmt::format("{}--tp {} x --pp {} x --dp {} does not make --devices {}", copies,
                               q.tp.value_or(1), q.pp.value_or(1), q.dp.value_or(1), *q.devices),
                   "devices = replicas x tp x pp x dp");
    }
  }
  if (q.moe_tp && q.ep && q.tp && q.dp &&
      1L * *q.moe_tp * *q.ep != 1L * *q.tp * *q.dp * s.device.ranks) {
    const std::string ranks =
        s.device.ranks > 1 ? fmt::format(" x {} ranks", s.device.ranks) : std::string();
    faults.error({},
                 fmt::format("--moe-tp {} x --ep {} is not --tp {} x --dp {}{}", *q.moe_tp, *q.ep,
                             *q.tp, *q.dp, ranks),
                 "ep = tp x dp / moe-tp, counted in ranks: leave out one of them");
  }
  if (q.link && (s.device.device_class != DeviceClass::pc ||
                 std::max<double>(q.devices.value_or(1), product) <= 1)) {
    faults.error({}, "--link: there are no PCs of which several are joined",
                 "add --devices 2, or leave it out");
  }
}

}  // namespace infersim::detail
