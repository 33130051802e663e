#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "infersim/calibration/measured_table.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/scenario/deployment.hpp"

namespace infersim {

/// How one engine (or each of the engines of a pool) is spread over devices. `tp x attention_dp`
/// devices do attention, `moe_tp x moe_ep` share the experts (a TPU's cores count each).
struct ServingLayout {
  std::optional<double> workers;  ///< engines of a pool
  std::optional<double> tp;
  std::optional<double> pp;
  std::optional<double> attention_dp;
  std::optional<double> moe_tp;
  std::optional<double> moe_ep;
  std::optional<double> batch;      ///< sequences that run at once, of one attention rank
  std::optional<double> max_batch;  ///< sequences that may, in a pool of one rank
  std::string moe_backend;
};

/// A time over all requests.
struct TimeSummary {
  std::optional<Seconds> mean;
  std::optional<Seconds> median;
  std::optional<Seconds> p90;
  std::optional<Seconds> p99;
};

/// One measured run of a serving benchmark: every column that tables of such runs have. A figure
/// that a table does not have or leaves empty is absent, such a text empty. What the columns mean
/// is in docs/validate.md.
/// Of the public benchmark's requests.
constexpr LengthRange inferencex_lengths{0.8, 1.0};

struct ServingPoint {
  std::size_t row = 0;  ///< of its table, from 1
  std::string id;
  std::string chip;
  std::string framework;
  std::string version;
  std::string model;
  std::string precision;
  std::string gemm_quant_mode;
  std::string moe_quant_mode;
  std::string kv_dtype;

  std::optional<double> gpus;
  double isl = 0;  ///< nominal tokens of a prompt
  double osl = 0;  ///< and of its answer
  /// Between which shares of them the lengths of requests are. As `spread` says; else just those,
  /// or as InferenceX runs are: of these the table says from where their settings are, or it holds
  /// nothing else.
  LengthRange lengths;
  std::optional<double> concurrency;  ///< requests in flight in all

  ServingLayout engine;                  ///< that does prefill and decode
  std::optional<ServingLayout> prefill;  ///< pools instead
  std::optional<ServingLayout> decode;
  std::optional<double> decode_slots;  ///< requests that all decode engines together run at once

  std::string speculative;  ///< `none`, `mtp`, …; empty: none
  std::optional<double> spec_steps;
  std::optional<double> spec_draft_tokens;
  std::optional<double> tokens_per_step;

  std::optional<double> prefill_tokens;  ///< budget of new tokens in a step
  std::string chunked_prefill;           ///< `on`, `off`
  std::optional<double> max_num_seqs;
  std::optional<double> recv_interval;
  std::optional<double> stream_interval;
  std::string attention_backend;
  std::string allreduce_fusion;
  std::string prefix_caching;
  std::string kv_transfer;
  std::string request_rate;  ///< requests a second; `inf`: as fast as possible
  std::optional<double> num_prompts;
  std::optional<double> warmups;

  std::string statistic;  ///< of `ttft` and `tpot`: `mean`, `median`
  Seconds ttft;
  Seconds tpot;
  TimeSummary ttft_summary;
  TimeSummary tpot_summary;
  TimeSummary itl_summary;
  TimeSummary e2e_summary;
  std::optional<double> tokens_per_s_per_gpu;
  std::optional<double> output_tokens_per_s_per_gpu;
  std::optional<Watts> power;
  std::optional<double> joules_per_output_token;

  std::string measured;  ///< the day
  std::string image;
  std::string settings_source;
  std::string source;  ///< who published the row: how servers are launched may follow from it
  std::string settings_confidence;
  std::string remark;  ///< or why the row is doubtful

  /// All requests at once: nothing is told of a service that runs.
  [[nodiscard]] bool burst() const {
    return num_prompts && concurrency && *num_prompts <= *concurrency;
  }
  [[nodiscard]] bool pooled() const { return prefill.has_value(); }
  /// Mean of prompts or answers over the nominal length.
  [[nodiscard]] double mean_length() const { return lengths.mean(); }
  /// Whether the public benchmark's scripts set it up.
  [[nodiscard]] bool inferencex() const { return lengths == inferencex_lengths; }
};

/// Output tokens per second and device of a closed loop,
///
///     concurrency output / (ttft + tpot (output - 1)) / devices
///
/// with the mean output length. Empty where concurrency or devices are unknown. Holds for: a loop
/// that is never out of requests. Fails for: few requests, of which the last leave the loop empty.
std::optional<TokenRate> tokens_per_device(const ServingPoint& point, Seconds ttft, Seconds tpot);

/// Output tokens per second and device as the benchmark counted them over its run:
/// `output_tokens_per_s_per_gpu`; of pools, whose tables divide those by the decode devices alone,
/// from the tokens of prompts and answers together, over all devices.
std::optional<TokenRate> counted_tokens_per_device(const ServingPoint& point);

/// A row that lacks what every point has, or has a figure or setting that means nothing.
struct RejectedPoint {
  ServingPoint point;  ///< what could be read of it
  std::string reason;
};

struct ServingPoints {
  std::vector<ServingPoint> points;
  std::vector<RejectedPoint> rejected;
};

/// Whether the columns are those of serving runs, in one engine or in pools.
bool is_serving_table(const MeasuredTable& table);

/// Reads such a table. A setting that should be a number and is none rejects its row (`default` is
/// as if it were not given); lengths, layouts and what was measured are faults there, all of which
/// the InputError that is thrown has.
ServingPoints read_serving_points(const MeasuredTable& table);

}  // namespace infersim
