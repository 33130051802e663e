#include "infersim/validation/error_groups.hpp"

#include <set>

namespace infersim {
namespace {

/// Which labels a group keeps; the others become `*`.
struct Kept {
  bool chip = false;
  bool model = false;
  bool framework = false;
  bool op = false;
  bool dtype = false;
};

constexpr Kept groupings[] = {
    {},
    {.chip = true},
    {.model = true},
    {.framework = true},
    {.op = true, .dtype = true},
    {.chip = true, .op = true, .dtype = true},
    {.chip = true, .framework = true},
    {.chip = true, .model = true},
    {.model = true, .framework = true},
    {.chip = true, .model = true, .framework = true, .op = true, .dtype = true},
};

ErrorLabels project(const ErrorLabels& labels, const Kept& kept) {
  ErrorLabels projected;
  if (kept.chip) projected.chip = labels.chip;
  if (kept.model) projected.model = labels.model;
  if (kept.framework) projected.framework = labels.framework;
  if (kept.op) projected.op = labels.op;
  if (kept.dtype) projected.dtype = labels.dtype;
  return projected;
}

/// The groups that a series belongs to, each once: a label that it does not have is `*` already.
std::set<ErrorKey> groups_of(const ErrorKey& key) {
  std::set<ErrorKey> keys;
  for (const Kept& kept : groupings)
    keys.insert({key.data, key.metric, project(key.labels, kept)});
  return keys;
}

}  // namespace

std::vector<ErrorGroup> error_groups(const ErrorSeriesMap& series) {
  std::map<ErrorKey, std::vector<const ErrorSeries*>> members;
  for (const auto& [key, each] : series) {
    for (const ErrorKey& group : groups_of(key))
      members[group].push_back(&each);
  }
  std::vector<ErrorGroup> groups;
  for (const auto& [key, parts] : members) {
    std::vector<ErrorSample> samples;
    std::size_t skipped = 0;
    for (const ErrorSeries* part : parts) {
      samples.insert(samples.end(), part->samples.begin(), part->samples.end());
      skipped += part->skipped;
    }
    groups.push_back({key, error_statistics(samples), skipped});
  }
  return groups;
}

}  // namespace infersim
