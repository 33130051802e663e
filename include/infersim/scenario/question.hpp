#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"

namespace infersim {

/// Which phases a question is about.
enum class PhaseChoice { both, prefill, decode };

/// What a user asks, before anything is looked up: names and what is pinned. Empty means "choose".
struct Question {
  std::string hw;     ///< a device, or a system that ships one
  std::string model;  ///< a model, or the path of a TOML or Hugging Face config.json
  /// Keys of that config.json that are passed over although they are not understood.
  std::vector<std::string> accept;
  std::optional<std::string> site;
  std::optional<std::string> traffic;    ///< named lengths and objectives
  std::optional<std::string> framework;  ///< serving software; empty: what is usual on such chips
  std::optional<NumberType> dtype;
  std::optional<NumberType> kv_dtype;
  std::optional<double> isl;
  std::optional<double> osl;
  std::optional<Seconds> ttft;
  std::optional<Seconds> tpot;
  std::optional<double> context;  ///< mean context of decode steps
  std::optional<int> devices;
  std::optional<int> tp;
  std::optional<int> pp;
  std::optional<int> dp;
  std::optional<int> ep;
  std::optional<double> batch;  ///< sequences in flight in the whole system
  std::optional<int> redundant_experts;
  std::optional<int> microbatches;
  std::optional<int> mtp;
  std::optional<double> acceptance;
  PhaseChoice phase = PhaseChoice::both;
};

}  // namespace infersim
