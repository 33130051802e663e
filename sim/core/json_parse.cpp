#include "core/json_parse.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"

namespace infersim::detail {

namespace {

constexpr std::size_t most_bytes = 4 * 1024 * 1024;
/// Trees are destroyed by recursion.
constexpr std::size_t most_nested = 128;

/// Finds the tokens of a text again while the parser reports them one by one, since the parser says
/// what it read but not where. Every text it walks over has been accepted by the parser.
class TokenWalk {
 public:
  explicit TokenWalk(std::string_view text) : text_(text) {}

  /// The start of the next token, which is then passed over.
  std::size_t next() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n,:", at_), text_.size());
    const std::size_t start = at_;
    if (start == text_.size()) return start;
    if (text_[start] == '"') {
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\') ++at_;
      }
      at_ = std::min(at_ + 1, text_.size());
    } else if (std::string_view("[]{}").find(text_[start]) != std::string_view::npos) {
      ++at_;
    } else {
      at_ = std::min(text_.find_first_of(" \t\r\n,:[]{}\"", at_), text_.size());
    }
    return start;
  }

  void skip(std::size_t bytes) { at_ += bytes; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Builds the tree from the parser's events; the member names are nlohmann's.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, Document& document) : tokens_(text), document_(document) {
    if (text.starts_with("\xef\xbb\xbf")) tokens_.skip(3);
  }

  bool null() { return add(Value::Null{}); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return value <= most ? add(static_cast<std::int64_t>(value)) : add(static_cast<double>(value));
  }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) { return false; }

  bool start_object(std::size_t) { return open(Value::Table{}); }
  bool start_array(std::size_t) { return open(Value::Array{}); }

  bool key(std::string& name) {
    std::get<Value::Table>(open_.back()->data).push_back({std::move(name), next_place(), Value{}});
    return true;
  }

  bool end_object() {
    auto& members = std::get<Value::Table>(open_.back()->data);
    std::stable_sort(members.begin(), members.end(),
                     [](const Member& a, const Member& b) { return a.key < b.key; });
    for (std::size_t i = 1; i < members.size(); ++i) {
      if (members[i].key != members[i - 1].key) continue;
      error(members[i].place, "duplicate key " + quote(members[i].key),
            "it stands on line " + std::to_string(members[i - 1].place.line) + " too");
    }
    return close();
  }
  bool end_array() { return close(); }

  bool parse_error(std::size_t bytes_read, const std::string&,
                   const nlohmann::detail::exception& exception) {
    // The message is `[id] where: syntax error while … - what; last read: …`.
    std::string_view what = exception.what();
    for (const std::string_view before : {"] ", "parse error at line", ": ", " - "}) {
      const std::size_t found = what.find(before);
      if (found != std::string_view::npos) what.remove_prefix(found + before.size());
    }
    what = what.substr(0, what.find("; last read"));
    const std::size_t token = tokens_.next();
    const bool inside = what.starts_with("invalid string") && bytes_read > token;
    document_.faults->error(document_.lines.at_offset(inside ? bytes_read - 1 : token),
                            "not valid JSON: " + std::string(what));
    return false;
  }

 private:
  Place next_place() {
    const Location at = document_.lines.at_offset(tokens_.next());
    return {at.line, at.column};
  }

  void error(Place place, std::string message, std::string hint = {}) {
    document_.faults->error(document_.location(place), std::move(message), std::move(hint));
  }

  /// Where the next value of the innermost open array or object belongs.
  Value& slot() {
    if (open_.empty()) return document_.root;
    if (auto* array = std::get_if<Value::Array>(&open_.back()->data)) return array->emplace_back();
    return std::get<Value::Table>(open_.back()->data).back().value;
  }

  template <class T>
  bool add(T&& data) {
    Value& value = slot();
    value.place = next_place();
    value.data = std::forward<T>(data);
    return true;
  }

  template <class T>
  bool open(T&& empty) {
    Value& value = slot();
    value.place = next_place();
    value.data = std::forward<T>(empty);
    open_.push_back(&value);
    if (open_.size() <= most_nested) return true;
    error(value.place, "nested more than 128 levels deep");
    return false;
  }

  bool close() {
    tokens_.next();
    open_.pop_back();
    return true;
  }

  TokenWalk tokens_;
  Document& document_;
  /// Pointers stay valid: a container grows only while nothing inside it is open.
  std::vector<Value*> open_;
};

}  // namespace

Document parse_json(std::string_view text, std::string file, Diagnostics& faults) {
  Document document{LineIndex(text, std::move(file)), &faults, Syntax::json};
  document.root.data = Value::Table{};
  if (text.size() > most_bytes) {
    faults.error(document.lines.whole(), "larger than 4 MiB, which no configuration is");
    return document;
  }
  TreeBuilder builder(text, document);
  const bool valid = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  document.parsed = valid && document.root.as<Value::Table>() != nullptr;
  if (valid && !document.parsed) {
    faults.error(document.location(document.root.place),
                 "expected an object, found " + std::string(document.kind_of(document.root)));
  }
  if (!document.parsed) document.root.data = Value::Table{};
  return document;
}

}  // namespace infersim::detail
