#include "infersim/serving/framework_memory.hpp"

#include <algorithm>
#include <charconv>

#include "infersim/core/text.hpp"
#include "infersim/core/toml_reader.hpp"
#include "serving/named.hpp"

namespace infersim {
namespace {

struct NumberKey {
  std::string_view key;
  std::optional<double> MemorySettings::*member;
  double least;
  double most;
};

struct BytesKey {
  std::string_view key;
  std::optional<Bytes> MemorySettings::*member;
};

constexpr NumberKey number_keys[] = {
    {"share", &MemorySettings::share, 0.05, 1},
    {"tokens", &MemorySettings::tokens, 1, 1e9},
    {"sequences", &MemorySettings::sequences, 1, 1e7},
    {"logit_copies", &MemorySettings::logit_copies, 0, 100},
    {"expert_tokens", &MemorySettings::expert_tokens, 0, 1e9},
    {"states", &MemorySettings::states, 0, 1e6},
    {"state_pool", &MemorySettings::state_pool, 0, 0.95},
    {"state_slots", &MemorySettings::state_slots, 1, 100},
};

constexpr BytesKey bytes_keys[] = {
    {"driver", &MemorySettings::driver},
    {"context", &MemorySettings::context},
    {"links", &MemorySettings::links},
    {"graphs", &MemorySettings::graphs},
    {"spare", &MemorySettings::spare},
    {"spare_per_token", &MemorySettings::spare_per_token},
    {"spare_per_sequence", &MemorySettings::spare_per_sequence},
    {"spare_per_rank", &MemorySettings::spare_per_rank},
    {"spare_least", &MemorySettings::spare_least},
};

MemorySettings read_settings(TableReader& table) {
  MemorySettings settings;
  for (const NumberKey& number : number_keys) {
    settings.*number.member = table.optional_number(number.key, number.least, number.most);
  }
  for (const BytesKey& bytes : bytes_keys) {
    settings.*bytes.member = table.optional_quantity<Bytes>(bytes.key);
  }
  return settings;
}

MemoryRule read_rule(TableReader& table, const Provenance& inherited) {
  MemoryRule rule;
  rule.families = table.optional_texts("families");
  rule.model = table.optional_text("model").value_or("");
  if (const auto tp = table.optional_integer("tp_below", {.least = 2})) {
    rule.tp_below = static_cast<int>(*tp);
  }
  rule.capacity_least = table.optional_quantity<Bytes>("capacity_least");
  rule.benchmark = table.optional_text("benchmark").value_or("");
  rule.version_below = table.optional_text("version_below").value_or("");
  rule.settings = read_settings(table);
  rule.provenance = table.provenance(&inherited);
  table.finish();
  return rule;
}

/// Numbers between dots up to the first that is none: of `v0.5.9-cu130` 0, 5, 9.
std::vector<int> numbers_of(std::string_view version) {
  if (version.starts_with('v')) version.remove_prefix(1);
  std::vector<int> numbers;
  while (!version.empty()) {
    int number = 0;
    const auto [end, fault] =
        std::from_chars(version.data(), version.data() + version.size(), number);
    if (fault != std::errc{}) break;
    numbers.push_back(number);
    version.remove_prefix(static_cast<std::size_t>(end - version.data()));
    if (!version.starts_with('.')) break;
    version.remove_prefix(1);
  }
  return numbers;
}

}  // namespace

bool earlier_version(std::string_view version, std::string_view other) {
  const std::vector<int> one = numbers_of(version);
  const std::vector<int> two = numbers_of(other);
  const std::size_t both = std::min(one.size(), two.size());
  return std::lexicographical_compare(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(both),
                                      two.begin(), two.begin() + static_cast<std::ptrdiff_t>(both));
}

void MemorySettings::override_with(const MemorySettings& later) {
  for (const NumberKey& number : number_keys) {
    if (later.*number.member) this->*number.member = later.*number.member;
  }
  for (const BytesKey& bytes : bytes_keys) {
    if (later.*bytes.member) this->*bytes.member = later.*bytes.member;
  }
}

bool MemoryRule::holds(const MemorySituation& situation) const {
  return (families.empty() || detail::contains(families, situation.family)) &&
         fold_name(situation.model).find(fold_name(model)) != std::string::npos &&
         (!tp_below || situation.tp < *tp_below) &&
         (!capacity_least || situation.capacity >= *capacity_least) &&
         (benchmark.empty() || fold_name(benchmark) == fold_name(situation.benchmark)) &&
         (version_below.empty() || earlier_version(situation.version, version_below));
}

MemoryPolicy FrameworkMemory::policy(const MemorySituation& situation) const {
  MemorySettings now = settings;
  for (const MemoryRule& rule : rules) {
    if (rule.holds(situation)) now.override_with(rule.settings);
  }
  const auto bytes = [](const std::optional<Bytes>& given) { return given.value_or(Bytes{}); };
  MemoryPolicy policy;
  policy.pool = pool;
  policy.share = now.share;
  policy.driver = bytes(now.driver);
  policy.context = now.context;
  policy.links = bytes(now.links);
  policy.graphs = bytes(now.graphs);
  policy.states = now.states.value_or(0);
  policy.state_pool = now.state_pool.value_or(0);
  policy.state_slots = now.state_slots.value_or(1);
  policy.trial = TrialStep{.tokens = now.tokens.value_or(0),
                           .sequences = now.sequences.value_or(0),
                           .logit_copies = now.logit_copies.value_or(0),
                           .expert_tokens = now.expert_tokens.value_or(0)};
  policy.spare = max(bytes(now.spare) + policy.trial->tokens * bytes(now.spare_per_token) +
                         policy.trial->sequences * bytes(now.spare_per_sequence) +
                         static_cast<double>(situation.ranks) * bytes(now.spare_per_rank),
                     bytes(now.spare_least));
  return policy;
}

FrameworkMemory read_memory(TableReader& table) {
  FrameworkMemory memory;
  const std::string pool = table.one_of("pool", {"rest", "all", "fixed"});
  if (pool == "all") memory.pool = PoolShare::all;
  if (pool == "fixed") memory.pool = PoolShare::fixed;
  memory.settings = read_settings(table);
  const bool sized = memory.settings.share || memory.pool == PoolShare::rest ||
                     (memory.pool == PoolShare::fixed && memory.settings.spare);
  if (!sized) {
    table.fault("pool", "needs a share",
                memory.pool == PoolShare::fixed ? "give share or spare" : "give share");
  }
  if (!memory.settings.tokens) {
    table.fault("pool", "needs the size of the trial step", "give tokens");
  }
  memory.provenance = table.provenance();
  for (TableReader& rule : table.tables("when")) {
    memory.rules.push_back(read_rule(rule, memory.provenance));
  }
  table.finish();
  return memory;
}

}  // namespace infersim
