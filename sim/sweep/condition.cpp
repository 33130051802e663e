#include "sweep/condition.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "sweep/sqlite.hpp"

namespace infersim {

struct Condition::State {
  std::vector<SweepKey> keys;
  detail::Database database{":memory:"};
  detail::Statement statement;
};

namespace {

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool in_name(char c) {
  return begins_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.';
}

/// The expression as SQLite reads it: names of keys as numbered parameters (a path like
/// `device.memory.bandwidth` is no name there). Its grammar is SQLite's own.
std::string in_sql(std::string_view text, const SweepKeys& names, std::vector<SweepKey>& used) {
  std::string sql;
  const auto parameter = [&](const SweepKey& key) {
    auto at = std::find(used.begin(), used.end(), key);
    if (at == used.end()) at = used.insert(used.end(), key);
    return fmt::format("?{}", at - used.begin() + 1);
  };
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      const std::size_t end = text.find(c, at + 1);
      if (end == std::string_view::npos) {
        throw InputError(fmt::format("--where: the text from {} on does not end", text.substr(at)),
                         fmt::format("close it with another {}", c));
      }
      sql += '\'';
      for (const char inner : text.substr(at + 1, end - at - 1))
        sql += inner == '\'' ? std::string("''") : std::string(1, inner);
      sql += '\'';
      at = end + 1;
    } else if (begins_name(c)) {
      std::size_t end = at;
      while (end < text.size() && in_name(text[end]))
        ++end;
      const std::string_view name = text.substr(at, end - at);
      const SweepKey* key = names.find(name);
      if (key == nullptr && name.find('.') != std::string_view::npos)
        throw names.unknown("--where", name);
      sql += key != nullptr ? parameter(*key) : std::string(name);
      at = end;
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      // 1e6 is a number, not a name.
      while (at < text.size() && in_name(text[at]))
        sql += text[at++];
    } else if (text.substr(at).starts_with("&&") || text.substr(at).starts_with("||")) {
      sql += c == '&' ? " AND " : " OR ";
      at += 2;
    } else {
      if (c == ';' || c == '?') {
        throw InputError(fmt::format("--where: {} is no part of an expression", quote({&c, 1})));
      }
      sql += c;
      ++at;
    }
  }
  return sql;
}

}  // namespace

Condition::Condition(const std::string& expression, const SweepKeys& keys)
    : state_(std::make_unique<State>()) {
  const std::string sql = in_sql(expression, keys, state_->keys);
  std::string fault;
  state_->statement = state_->database.prepare("SELECT (" + sql + ")", fault);
  if (fault.empty()) return;
  constexpr std::string_view unknown = "no such column: ";
  if (fault.starts_with(unknown)) {
    // Neither a key nor a word of the language.
    throw keys.unknown("--where", fault.substr(unknown.size()));
  }
  throw InputError(fmt::format("--where: {} is no condition: {}", quote(expression), fault),
                   "for example ttft_ms < 2000 && tpot_ms < 50");
}

Condition::Condition(Condition&&) noexcept = default;
Condition& Condition::operator=(Condition&&) noexcept = default;
Condition::~Condition() = default;

const std::vector<SweepKey>& Condition::keys() const { return state_->keys; }

bool Condition::holds(const std::vector<FieldValue>& values) {
  return state_->statement.is_true(values);
}

}  // namespace infersim
