#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/phase/memory_policy.hpp"

namespace infersim {

class TableReader;

/// What an engine's defaults of memory may depend on.
struct MemorySituation {
  std::string family;     ///< of the device: `hopper`
  std::string model;      ///< its id
  std::string benchmark;  ///< whose scripts set the engine up; empty: its defaults
  std::string version;    ///< of the engine: `0.12.0`, `v0.5.9-cu130`; empty: unknown
  int tp = 1;
  int ranks = 1;   ///< of one replica
  Bytes capacity;  ///< main memory of a rank
};

/// Keys of a `[memory]` table or one of its conditions, those that are given.
struct MemorySettings {
  std::optional<double> share;
  std::optional<double> tokens;
  std::optional<double> sequences;
  std::optional<double> logit_copies;
  std::optional<double> expert_tokens;
  std::optional<double> states;
  std::optional<double> state_pool;
  std::optional<double> state_slots;
  std::optional<Bytes> driver;
  std::optional<Bytes> context;
  std::optional<Bytes> links;
  std::optional<Bytes> graphs;
  std::optional<Bytes> spare;  ///< of all memory, fixed, and for each token, sequence and rank
  std::optional<Bytes> spare_per_token;
  std::optional<Bytes> spare_per_sequence;
  std::optional<Bytes> spare_per_rank;
  std::optional<Bytes> spare_least;

  /// Those that `later` gives replace these.
  void override_with(const MemorySettings& later);
};

/// Settings that hold where every condition that is given does.
struct MemoryRule {
  std::vector<std::string> families;
  std::string model;  ///< part of its id, as names are compared: files have longer names
  std::optional<int> tp_below;
  std::optional<Bytes> capacity_least;
  std::string benchmark;      ///< whose scripts set the engine up
  std::string version_below;  ///< holds for versions that are known and earlier
  MemorySettings settings;
  Provenance provenance;

  [[nodiscard]] bool holds(const MemorySituation& situation) const;
};

/// How a framework sizes the pool of its KV cache.
struct FrameworkMemory {
  PoolShare pool = PoolShare::rest;
  MemorySettings settings;
  Provenance provenance;
  std::vector<MemoryRule> rules;  ///< the later of two that hold wins

  /// By default, where nobody asks for a share.
  ///
  ///     spare = max(spare + tokens spare_per_token + sequences spare_per_sequence
  ///                 + ranks spare_per_rank, spare_least)
  [[nodiscard]] MemoryPolicy policy(const MemorySituation& situation) const;
};

/// Whether a version is known to be earlier than another: numbers between dots are compared, as far
/// as both have some (`0.5.6.post2` is not earlier than `0.5.6`, `nightly` than none).
bool earlier_version(std::string_view version, std::string_view other);

/// Reads a `[memory]` table (keys: hardware/efficiency/frameworks/README.md); faults go to the
/// reader's document.
FrameworkMemory read_memory(TableReader& table);

}  // namespace infersim
