#include "infersim/calibration/fit_rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "infersim/calibration/operator_cost.hpp"

namespace infersim {
namespace {

/// The figures of a shape, those first that neighbours in a fit should share.
struct Figures {
  std::vector<double> operator()(const MeasuredGemm& s) const {
    if (s.count == 1.0) return {s.n, s.k, s.m};
    return {s.n, s.k, s.count, s.m};
  }
  std::vector<double> operator()(const MeasuredAttention& s) const {
    return {s.heads, s.kv_heads, s.head_dim, s.window, s.batch, s.new_tokens, s.past};
  }
  std::vector<double> operator()(const MeasuredExperts& s) const {
    return {s.hidden,
            s.inter,
            s.top_k,
            s.experts,
            s.tp,
            s.ep,
            static_cast<double>(s.routing),
            s.exponent,
            s.gated ? 1.0 : 0.0,
            s.tokens};
  }
  std::vector<double> operator()(const MeasuredScan& s) const {
    return {s.convolution ? 1.0 : 0.0,
            s.prefill ? 1.0 : 0.0,
            s.width,
            s.key_heads,
            s.key_dim,
            s.value_heads,
            s.value_dim,
            s.batch,
            s.tokens};
  }
  std::vector<double> operator()(const MeasuredModule& s) const {
    return {static_cast<double>(s.module), s.heads, s.batch, s.new_tokens, s.past};
  }
  std::vector<double> operator()(const MeasuredCollective& s) const {
    return {static_cast<double>(s.kind), s.ranks, s.message.base()};
  }
  std::vector<double> operator()(const MeasuredExchange& s) const {
    return {static_cast<double>(s.pass),
            s.nodes,
            s.ranks,
            s.hidden,
            s.top_k,
            s.experts,
            s.units,
            s.tokens};
  }
};

std::vector<double> figures(const MeasuredOperator& op) { return std::visit(Figures{}, op.shape); }

/// Steele, Lea, Flood, Fast splittable pseudorandom number generators (OOPSLA 2014).
std::uint64_t mixed(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

ShapeRange range(double value, double few, double many, std::string_view what) {
  if (value < few) return {0, fmt::format("{} < {:.0f}", what, few)};
  if (value < many) return {1, fmt::format("{} {:.0f} to {:.0f}", what, few, many - 1)};
  return {2, fmt::format("{} >= {:.0f}", what, many)};
}

struct RangeOf {
  ShapeRange operator()(const MeasuredGemm& s) const { return range(s.m, 64, 1024, "m"); }
  ShapeRange operator()(const MeasuredAttention& s) const {
    return range(s.batch, 8, 64, "sequences");
  }
  ShapeRange operator()(const MeasuredExperts& s) const {
    return range(s.tokens, 64, 1024, "tokens");
  }
  ShapeRange operator()(const MeasuredScan& s) const { return range(s.batch, 8, 64, "sequences"); }
  ShapeRange operator()(const MeasuredModule& s) const {
    return range(s.batch * s.new_tokens, 64, 1024, "tokens");
  }
  ShapeRange operator()(const MeasuredExchange& s) const {
    return range(s.tokens, 64, 1024, "tokens");
  }
  ShapeRange operator()(const MeasuredCollective& s) const {
    return range(s.message.base(), 1e5, 1e7, "bytes");
  }
};

}  // namespace

std::uint64_t shape_hash(const MeasuredOperator& op) {
  std::uint64_t hash = mixed(static_cast<std::uint64_t>(op.kind));
  for (const double figure : figures(op))
    hash = mixed(hash ^ std::bit_cast<std::uint64_t>(figure));
  return hash;
}

ShapeRange range_of(const MeasuredOperator& op) { return std::visit(RangeOf{}, op.shape); }

void FitRows::add(const MeasuredOperator& op, const std::string& chip, const Machine& machine) {
  const auto found = std::ranges::find(chips, chip, &FitChip::id);
  const auto at = static_cast<std::size_t>(found - chips.begin());
  if (found == chips.end()) chips.push_back({chip, machine});
  rows.push_back({&op, at, shape_hash(op)});
}

std::vector<std::size_t> FitRows::indices() const {
  std::vector<std::size_t> all(rows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

void FitRows::sort_rows() {
  std::vector<std::pair<std::vector<double>, FitRow>> keyed;
  keyed.reserve(rows.size());
  for (const FitRow& row : rows)
    keyed.emplace_back(figures(*row.op), row);
  const auto rest = [&](const FitRow& row) {
    return std::tuple(row.op->kernel, row.op->version, row.op->latency.base());
  };
  std::sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    const std::string& one = chips[a.second.chip].id;
    const std::string& other = chips[b.second.chip].id;
    return std::tie(one, a.first) != std::tie(other, b.first)
               ? std::tie(one, a.first) < std::tie(other, b.first)
               : rest(a.second) < rest(b.second);
  });
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = keyed[i].second;
}

RowTimes::RowTimes(const FitRows& rows, std::span<const std::size_t> chosen)
    : parts_(rows.chips.size()) {
  for (std::size_t chip = 0; chip < parts_.size(); ++chip)
    parts_[chip].machine = rows.chips[chip].machine;
  for (const std::size_t index : chosen) {
    const FitRow& row = rows.rows[index];
    parts_[row.chip].ops.push_back(row.op);
    parts_[row.chip].frames.push_back(frame_of(*row.op, parts_[row.chip].machine));
    parts_[row.chip].at.push_back(logs_.size());
    logs_.push_back(std::log(row.op->latency.base()));
  }
}

std::vector<Machine*> RowTimes::machines() {
  std::vector<Machine*> all;
  for (Part& part : parts_)
    all.push_back(&part.machine);
  return all;
}

void RowTimes::log_ratios(std::span<double> into) const {
  for (const Part& part : parts_) {
    const std::vector<Seconds> times = predict_times(part.ops, part.frames, part.machine);
    for (std::size_t i = 0; i < times.size(); ++i) {
      into[part.at[i]] = std::log(times[i].base()) - logs_[part.at[i]];
    }
  }
}

}  // namespace infersim
