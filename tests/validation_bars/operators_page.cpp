#include <fmt/format.h>

#include <array>

#include "infersim/report/text.hpp"
#include "validation_bars/error_table.hpp"
#include "validation_bars/pages.hpp"

namespace infersim::bars {
namespace {

struct OperatorTable {
  const char* data;
  const char* title;
};

constexpr std::array<OperatorTable, 22> tables = {{
    {"gemm", "GEMM"},
    {"attention_prefill", "Attention, prefill"},
    {"attention_decode", "Attention, decode"},
    {"mla_prefill", "Latent attention, prefill"},
    {"mla_decode", "Latent attention, decode"},
    {"moe", "Routed experts"},
    {"linear_attention", "Gated delta net"},
    {"nccl", "Collectives of NCCL"},
    {"allreduce", "All-reduce of the frameworks"},
    {"kda", "Kimi delta net"},
    {"mamba2", "Convolution of Mamba-2"},
    {"mla_bmm", "Products that absorb latent projections"},
    {"wideep_moe", "Routed experts, wide expert parallelism"},
    {"expert_exchange", "Exchange of experts' tokens"},
    {"dsa_prefill", "Sparse attention, prefill"},
    {"dsa_decode", "Sparse attention, decode"},
    {"dsv4_csa_prefill", "Compressed sparse attention, prefill"},
    {"dsv4_csa_decode", "Compressed sparse attention, decode"},
    {"dsv4_hca_prefill", "Heavily compressed attention, prefill"},
    {"dsv4_hca_decode", "Heavily compressed attention, decode"},
    {"msa_prefill", "Block-sparse attention, prefill"},
    {"msa_decode", "Block-sparse attention, decode"},
}};

constexpr std::array<OperatorTable, 4> power_tables = {{
    {"gemm_power", "GEMM"},
    {"attention_prefill_power", "Attention, prefill"},
    {"attention_decode_power", "Attention, decode"},
    {"moe_power", "Routed experts"},
}};

std::string chip(const Sample& sample) { return joined(sample, {"chip"}); }

std::string pair_of(const std::optional<LeftOutError>& error) {
  if (!error) return "-";
  return percent(error->median) + " / " + percent(error->mean);
}

std::string cross_validated(const LeftOut& left_out) {
  std::string text =
      "## Rows that were not fitted\n\n"
      "Five folds by shape of `infersim calibrate`; where a family has several chips, `chip left "
      "out`\nis the error (median / mean) of the chip under a fit of the others. Format `others`: "
      "all but\nBF16; `*`: all.\n\n";
  if (left_out.operators.empty()) {
    return text + "Not measured: `calibration/` is empty. README.md says how to fill it.\n\n";
  }
  text +=
      "| chip | class | format | framework | n | bias | median % | mean % | p90 % | chip left out "
      "|\n|---|---|---|---|--:|--:|--:|--:|--:|--:|\n";
  for (const OperatorFolds& each : left_out.operators) {
    const LeftOutError& e = each.folds;
    text += fmt::format("| {} | {} | {} | {} | {} | {:.3f} | {} | {} | {} | {} |\n", each.chip,
                        each.kernel, each.format, each.framework,
                        show_count(static_cast<double>(e.rows)), e.bias.value_or(0.0),
                        percent(e.median), percent(e.mean), percent(e.p90.value_or(0.0)),
                        pair_of(each.chip_left_out));
  }
  return text + "\n";
}

}  // namespace

std::string operators_page(const Measurements& measurements, const LeftOut& left_out) {
  std::string text =
      "# Errors of single operators\n\n"
      "Written by `tools/validation`; [README.md](README.md) says what the data is. Errors are of "
      "the\nabsolute difference in percent of the measurement, bias is the median of predicted / "
      "measured,\ncoverage the share of measurements inside the interval that is predicted with 80 "
      "%, rank\nSpearman's correlation.\n\n";
  text += cross_validated(left_out);
  text +=
      "## In sample\n\n"
      "Everything from here on is of the parameters in `hardware/efficiency/` as they are "
      "committed, on the\nrows that they were fitted to.\n\n### All frameworks\n\n";
  std::map<std::string, Samples> by_chip;
  for (const OperatorTable& table : tables) {
    for (auto& [label, part] : parts_of(measurements.samples(table.data, Metric::latency), chip))
      by_chip[fmt::format("{}, {}", table.title, label)] = part;
  }
  text += error_table("operator, chip", by_chip);
  for (const OperatorTable& table : tables) {
    const Samples& samples = measurements.samples(table.data, Metric::latency);
    if (samples.empty()) continue;
    text += fmt::format("### {}\n\n", table.title);
    text += error_table("chip, operator, type", parts_of(samples, [](const Sample& each) {
                          return joined(each, {"chip", "op", "dtype"});
                        }));
    text += error_table("framework, kernel", parts_of(samples, [](const Sample& each) {
                          return joined(each, {"framework", "kernel"});
                        }));
  }
  text += "## Board power, in sample\n\n";
  for (const OperatorTable& table : power_tables) {
    const Samples& samples = measurements.samples(table.data, Metric::power);
    if (samples.empty()) continue;
    text += fmt::format("### {}\n\n", table.title);
    text += error_table("chip, type", parts_of(samples, [](const Sample& each) {
                          return joined(each, {"chip", "dtype"});
                        }));
  }
  return text;
}

}  // namespace infersim::bars
