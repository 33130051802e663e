#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/number_type.hpp"
#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/hardware/price.hpp"

namespace infersim {

/// Where a device is used; it decides defaults (batch, lengths, 4-bit weights, PUE).
enum class DeviceClass { datacenter, pc, phone, embedded };

std::string_view name(DeviceClass device_class);

/// Whether the class serves one user by default: phones, PCs and embedded modules.
constexpr bool is_edge(DeviceClass c) { return c != DeviceClass::datacenter; }

enum class EngineKind { gpu, npu, cpu };

inline constexpr std::array all_engine_kinds = {EngineKind::gpu, EngineKind::npu, EngineKind::cpu};

std::string_view name(EngineKind kind);

/// Kinds of the engines that run the two phases.
struct EnginePair {
  EngineKind prefill = EngineKind::gpu;
  EngineKind decode = EngineKind::gpu;

  [[nodiscard]] bool has(EngineKind kind) const { return prefill == kind || decode == kind; }

  friend bool operator==(const EnginePair&, const EnginePair&) = default;
};

/// `npu`, or where they differ `npu,cpu`.
std::string name(EnginePair engines);

/// A processor within the device that can run a model. A datacentre chip has one; an SoC several.
/// Rates are of the whole device (all its dies).
struct Engine {
  std::string name;
  EngineKind kind = EngineKind::gpu;
  /// Dense peak of matrix products by type of the operands; 0: does not compute in it.
  PerNumberType<FlopRate> dense_peak{};
  /// Peak of element-wise work in fp32; 0: unpublished.
  FlopRate vector_peak;
  /// Exponentials a second of all units together (softmax needs one a score); 0: unpublished.
  FlopRate exponentials;
  /// What the device draws while kernels run on it, before what they compute and move; 0: as
  /// PowerModel::active.
  Watts active;
  /// Processors that a kernel's tiles are spread over (SMs, CUs, AI cores), for wave quantisation.
  /// Absent: unknown. Nothing is then known of tiles either: work divides evenly and is not padded.
  std::optional<int> units;
  bool runs_prefill = true;
  bool runs_decode = true;
  Provenance provenance;
  /// Of the dense peaks, except those that `estimated` marks: they rest on an estimate.
  Provenance dense_provenance;
  PerNumberType<bool> estimated{};

  [[nodiscard]] bool computes_in(NumberType type) const {
    return dense_peak[index(type)] > FlopRate{};
  }
  /// Where the peak of one type comes from; its basis is `estimate` where that type is marked so.
  [[nodiscard]] Provenance peak_provenance(NumberType type) const;
};

/// One level of the memory hierarchy, of the whole device. The first level of a device is the main
/// memory, which holds weights and KV cache; later ones are nearer to the engines.
struct MemoryLevel {
  std::string name;
  Bytes capacity;
  Bandwidth bandwidth;   ///< 0: unpublished (then the level only decides what stays on chip)
  Bytes reserved;        ///< kept by the operating system or driver, whatever the model
  JoulesPerByte energy;  ///< to move one byte
  int stacks = 0;        ///< of DRAM dies in the package; 0: not said
  Provenance provenance;
};

/// The silicon of a device: all its compute dies together.
struct Die {
  std::string process;
  Area area;  ///< 0: unpublished
  Provenance provenance;
};

/// A link of the device; bandwidth is per direction and of all lanes together.
struct Link {
  std::string name;
  Bandwidth per_direction;
  JoulesPerByte energy;
  Provenance provenance;
};

/// Board power and the energy of arithmetic.
struct PowerModel {
  Watts idle;    ///< powered, nothing running
  Watts active;  ///< kernels running, before what they compute and move (clocks, leakage at heat)
  /// To bring one byte from main memory to the engines and back, beyond the memory's own energy.
  JoulesPerByte transport;
  Watts limit;  ///< sustained board power limit (TDP); time stretches when it would be exceeded
  /// Energy of one flop by type, on-chip movement included; 0: no engine computes in the type.
  /// Where a description gives none it is 0.55 x limit / peak, so that at full rate arithmetic
  /// takes 55 % of the board power and leaves the rest to memory, links and leakage. 0.5 to 0.6
  /// covers what is known of 7 nm and 4 nm parts (1.1 and 0.8 pJ/flop, LLMCompass energy model).
  /// Boards of the H200 and B200 were measured at 0.7 to 1.1 x limit / peak: long products run into
  /// the limit before they reach the peak, the more so the narrower the type.
  /// Fails for devices whose limit covers much besides the engine: a whole notebook, say.
  PerNumberType<JoulesPerFlop> flop_energy{};
  Provenance provenance;
  Provenance flop_energy_provenance;
  bool active_derived = false;                ///< `active` is no figure of the description
  PerNumberType<bool> flop_energy_derived{};  ///< nor is the energy of that type

  /// The same chip in a product that sheds `sustained` for as long as one likes. What is derived
  /// from the limit is derived from the lower of the two: a limit that the product never lets the
  /// chip reach says nothing of what it draws, and a higher one cannot make it slower.
  [[nodiscard]] PowerModel within(Watts sustained) const;
};

/// A chip, package or SoC as one thing that is bought and counted: immutable once loaded.
struct Device {
  std::string id;
  std::vector<std::string> aliases;
  std::string name;
  std::string vendor;
  std::string family;  ///< architecture family: which efficiency parameters it inherits
  DeviceClass device_class = DeviceClass::datacenter;
  /// Dies that software sees as separate ranks (Ascend 910C: 2). Figures are of the whole device.
  int ranks = 1;
  int released = 0;  ///< year; 0: not said
  /// Nobody makes it: its figures are of a paper, or made up.
  bool is_concept = false;
  std::optional<Die> die;
  std::string system;           ///< id of the standard system it ships in
  std::vector<Engine> engines;  ///< at least one
  /// Those that run the phases unless others are asked for; the family's efficiency is theirs.
  EnginePair own_engines;
  std::vector<MemoryLevel> memory;  ///< at least one, main memory first
  std::optional<Link> scale_up;
  PowerModel power;
  std::optional<Price> price;
  std::string price_reason;     ///< why there is no price or rental, if so
  std::vector<Rental> rentals;  ///< at most one on each term, in the order of the terms
  /// Weights this class of device is used with by default; empty: the checkpoint's own.
  std::optional<NumberType> default_weights;
  std::string path;  ///< file the description came from

  [[nodiscard]] const MemoryLevel& main_memory() const { return memory.front(); }
  /// What it is rented for on that term; null if nothing is known.
  [[nodiscard]] const Rental* rental(PriceBasis term) const;
  /// Whether there is a figure to price it by on that basis.
  [[nodiscard]] bool has_price(PriceBasis basis) const;
  /// The engine that runs a phase: the first that says so.
  [[nodiscard]] const Engine& prefill_engine() const;
  [[nodiscard]] const Engine& decode_engine() const;
  /// The kinds of these two.
  [[nodiscard]] EnginePair running() const;
  /// The first engine of a kind; null if it has none.
  [[nodiscard]] const Engine* engine_of(EngineKind kind) const;
};

/// The device as it is with engines of these kinds, which it must have, running its phases. What
/// its description leaves of the energy of arithmetic is then of their peaks
/// (PowerModel::flop_energy).
Device with_engines(Device device, EnginePair engines);

/// Reads a device description (`hardware/README.md` explains every key). `path` names the text in
/// messages. Throws InputError with every fault: syntax, unknown or missing keys, units, tables
/// without source and basis, figures of zero, no engine for a phase, neither price nor reason.
Device load_device(std::string_view toml, const std::string& path);

}  // namespace infersim
