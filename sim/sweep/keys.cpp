#include "sweep/keys.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/report/fields.hpp"

namespace infersim {
namespace {

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('.') + 1); }

void add_once(std::vector<SweepKey>& list, const SweepKey& key) {
  if (std::find(list.begin(), list.end(), key) == list.end()) list.push_back(key);
}

}  // namespace

SweepKeys::SweepKeys(const Space& space) {
  using enum SweepKey::Kind;
  for (std::size_t i = 0; i < space.axes().size(); ++i) {
    all_.push_back({space.axes()[i].column(), axis, i, nullptr});
    varies_.push_back(space.axes()[i].varies());
  }
  for (const Field& each : fields())
    add_once(all_, {std::string(each.path), field, 0, &each});
  for (const Field& each : fields()) {
    if (each.spread == nullptr) continue;
    all_.push_back({fmt::format("interval.{}.p10", each.path), p10, 0, &each});
    all_.push_back({fmt::format("interval.{}.p90", each.path), p90, 0, &each});
  }
  all_.push_back({"reason", reason, 0, nullptr});
}

const SweepKey* SweepKeys::find(std::string_view name) const {
  const SweepKey* found = nullptr;
  for (const SweepKey& key : all_) {
    if (key.name == name) return &key;
  }
  for (const SweepKey& key : all_) {
    if (last_part(key.name) != name) continue;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

InputError SweepKeys::unknown(std::string_view option, std::string_view name) const {
  std::vector<std::string> names;
  for (const SweepKey& key : all_)
    names.push_back(key.name);
  // Of keys that share their last part, all that do.
  std::vector<std::string> alike;
  for (const SweepKey& key : all_)
    if (last_part(key.name) == name) alike.push_back(key.name);
  const std::string hint = did_you_mean(name, alike.empty() ? names : alike, offered_names);
  return InputError(fmt::format("{}: {} is no key of a row", option, quote(name)),
                    hint.empty() ? "docs/json.md lists the keys" : hint);
}

const SweepKey& SweepKeys::get(std::string_view option, std::string_view name) const {
  if (const SweepKey* key = find(name)) return *key;
  throw unknown(option, name);
}

std::vector<SweepKey> SweepKeys::varying() const {
  std::vector<SweepKey> list;
  const bool any = std::find(varies_.begin(), varies_.end(), true) != varies_.end();
  for (std::size_t i = 0; i < varies_.size(); ++i)
    if (varies_[i] || !any) list.push_back(all_[i]);
  return list;
}

std::vector<SweepKey> SweepKeys::columns(std::string_view list) const {
  std::vector<SweepKey> columns = varying();
  if (list == "all") {
    for (const SweepKey& key : all_)
      if (key.kind == SweepKey::Kind::field) add_once(columns, key);
  } else {
    for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
      end = list.find(',', begin);
      const std::size_t length = end == std::string_view::npos ? end : end - begin;
      add_once(columns, get("--columns", list.substr(begin, length)));
    }
  }
  add_once(columns, get("--columns", "reason"));
  return columns;
}

}  // namespace infersim
