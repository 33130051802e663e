#pragma once

#include <string>
#include <vector>

#include "referee/scenario_draw.hpp"

namespace infersim::referee {

/// A scenario as it was predicted and as its scheduler does it.
struct Outcome {
  Drawn drawn;
  ServingResult predicted;
  double tpot_simulated = 0;
  double ttft_simulated = 0;
  double tpot = 1;  ///< predicted over simulated
  double ttft = 1;
  std::vector<std::string> broken;  ///< conditions
};

/// Shares within bars, and how many scenarios there were.
struct Shares {
  double scenarios = 0;
  double tpot_5 = 0;
  double tpot_15 = 0;
  double ttft_15 = 0;
};

/// Predicts and simulates. `work`: steps after which no new start is made.
Outcome judge(const Drawn& drawn, bool direct, double work);

/// Of those that `belongs` says.
Shares shares(const std::vector<Outcome>& all, bool (*belongs)(const Outcome&));

/// Shares of all and of what outcomes may have in common.
void print_groups(const std::vector<Outcome>& all);

/// The worst by TPOT, or by TTFT.
void print_worst(std::vector<Outcome> all, std::size_t count, bool by_ttft);

}  // namespace infersim::referee
