#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "sweep/evaluator.hpp"
#include "sweep/keys.hpp"

namespace infersim {

/// A key by which rows are ordered or compared, and which end of it is wanted.
struct Wanted {
  SweepKey key;
  bool more = true;  ///< for `--sort`: descending
};

/// `KEY`, ascending, or `-KEY`, descending.
Wanted sort_key(std::string_view text, const SweepKeys& keys);

/// `a,b`: times, money, power, energy, carbon, bytes and numbers of devices are better when less,
/// rates and shares when more; `+KEY` and `-KEY` say that more or less of it is better. Throws
/// InputError for unknown keys and fewer than two.
std::vector<Wanted> pareto_keys(std::string_view text, const SweepKeys& keys);

/// Orders rows by the value at `column` of each: numbers before texts, what is empty last in both
/// directions; equals stay in the order of their points.
void sort_rows(std::vector<SweepRow>& rows, std::size_t column, bool descending);

/// Leaves the rows that no other beats: as good in all and better in one. Those with equal figures
/// all stay; those that lack one go. `columns[i]` is where the value of `wanted[i]` stands.
void keep_front(std::vector<SweepRow>& rows, const std::vector<Wanted>& wanted,
                const std::vector<std::size_t>& columns);

}  // namespace infersim
