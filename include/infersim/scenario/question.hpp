#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infersim/core/currency.hpp"
#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/scenario/asked_offload.hpp"
#include "infersim/scenario/deployment.hpp"
#include "infersim/scenario/joined_devices.hpp"
#include "infersim/scenario/setting.hpp"
#include "infersim/workload/weight_format.hpp"

namespace infersim {

/// Which number of devices answers a question that names none.
enum class SizeChoice {
  cheapest,  ///< that of the cheapest output tokens
  smallest,  ///< the fewest on which the objectives are met
};

/// What a prefix cache holds of each prompt: so many tokens, or a share.
struct PrefixHits {
  double tokens = 0;
  double share = 0;

  [[nodiscard]] double of(double isl) const { return tokens + share * isl; }

  friend bool operator==(const PrefixHits&, const PrefixHits&) = default;
};

/// What a device costs instead of what its description says: an hour of it, or the whole.
struct GivenPrice {
  std::string hw;  ///< of which device
  double amount = 0;
  Currency currency = Currency::usd;
  bool hourly = true;

  friend bool operator==(const GivenPrice&, const GivenPrice&) = default;
};

/// Engines of one pool, as a question names them.
struct AskedPool {
  int replicas = 1;
  ParallelPlan plan;
  EngineSettings settings;
};

/// Two pools instead of engines that do both phases.
struct AskedPools {
  AskedPool prefill;
  AskedPool decode;
  std::optional<bool> handover_inside;  ///< as of Deployment
};

/// What a user asks, before anything is looked up: names and what is pinned. Empty means "choose".
struct Question {
  std::string hw;     ///< a device, or a system that ships one
  std::string model;  ///< a model, or the path of a TOML, Hugging Face config.json or GGUF file
  /// Keys of that config.json that are passed over although they are not understood.
  std::vector<std::string> accept;
  std::vector<Setting> set;  ///< figures of descriptions
  std::optional<std::string> site;
  std::optional<PriceBasis> price_basis;  ///< empty: as usual_basis says
  std::optional<double> utilization;      ///< share of hours at work; empty: the site's
  std::vector<GivenPrice> prices;
  Currency currency = Currency::usd;       ///< in which text shows money
  std::optional<double> requests_per_day;  ///< of one user
  std::optional<bool> dedicated;           ///< a server is that user's alone, as phones and PCs are
  std::optional<std::string> traffic;      ///< named lengths and objectives
  std::optional<std::string> framework;    ///< serving software; empty: what is usual on such chips
  std::optional<EnginePair> engine;        ///< of the device; empty: as choose_engines says
  std::optional<Tuning> tuning;            ///< how it is launched; empty: tuned
  std::optional<WeightChoice> dtype;
  std::optional<NumberType> expert_dtype;  ///< of routed experts; empty: as dtype has it
  std::optional<NumberType> kv_dtype;
  std::optional<double> isl;
  std::optional<double> osl;
  std::optional<Seconds> ttft;
  std::optional<Seconds> tpot;
  LengthRange lengths;            ///< of what isl and osl name
  std::optional<double> context;  ///< mean context of decode steps
  std::optional<PrefixHits> cached;
  std::optional<int> devices;
  std::optional<JoinedBy> link;  ///< of PCs and the like of which several are asked for
  SizeChoice size = SizeChoice::cheapest;
  std::optional<int> tp;
  std::optional<int> pp;
  std::optional<int> dp;
  std::optional<int> ep;
  std::optional<int> moe_tp;    ///< ranks that share each expert
  std::optional<int> replicas;  ///< of an engine
  std::optional<double> batch;  ///< requests in flight in the whole deployment
  std::optional<double>
      waves;  ///< of a benchmark that starts with all of them; empty: steady state
  std::optional<int> redundant_experts;
  std::optional<int> microbatches;
  std::optional<int> mtp;  ///< draft tokens of a step, whatever makes them
  /// What makes them: a model by name or path, or `ngram`; empty: the model's own layers.
  std::optional<std::string> draft;
  std::optional<double> acceptance;
  std::optional<double> confidence;  ///< with which objectives are to be met; empty: as predicted
  PhaseChoice phase = PhaseChoice::both;
  AskedOffload offload;  ///< weights outside the device's memory
  EngineSettings settings;

  // What a table of measurements knows and nobody else would say.
  std::optional<ParallelPlan> plan;  ///< all of it, in ranks
  std::optional<AskedPools> pools;
  std::optional<bool> block_scales;  ///< FP8 weights have a scale for each block
  std::string benchmark;             ///< whose scripts set the engine up
};

}  // namespace infersim
