#include "core/json_parse.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"

namespace infersim::detail {

namespace {

constexpr std::size_t most_bytes =
    16 * 1024 * 1024;  // names of all experts in hf_quant_config.json
/// Trees are destroyed by recursion.
constexpr std::size_t most_nested = 128;

/// Numbers that JSON lacks and Python writes all the same, with what stands in for them while the
/// text is parsed: as long, so that every place stays right.
struct PythonNumber {
  std::string_view text;
  std::string_view standin;
  double value;
};

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr PythonNumber python_numbers[] = {
    {"-Infinity", "-1.000000", -infinity},
    {"Infinity", "1.000000", infinity},
    {"NaN", "1.0", std::numeric_limits<double>::quiet_NaN()}};

/// The one that stands at `at` as a whole token; null if none does.
const PythonNumber* python_number(std::string_view text, std::size_t at) {
  for (const PythonNumber& number : python_numbers) {
    if (!text.substr(at).starts_with(number.text)) continue;
    const std::size_t end = at + number.text.size();
    const bool whole = end == text.size() ||
                       std::string_view(" \t\r\n,]}").find(text[end]) != std::string_view::npos;
    return whole ? &number : nullptr;
  }
  return nullptr;
}

/// The text as the parser can read it.
std::string without_python_numbers(std::string_view text) {
  std::string plain(text);
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted && text[at] == '\\') ++at;
    if (quoted || at >= text.size()) continue;
    if (text[at] != '-' && text[at] != 'I' && text[at] != 'N') continue;
    if (at > 0 && std::string_view(" \t\r\n,:[").find(text[at - 1]) == std::string_view::npos)
      continue;
    const PythonNumber* number = python_number(text, at);
    if (number != nullptr) plain.replace(at, number->text.size(), number->standin);
  }
  return plain;
}

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

  /// The start of the next token, which stays the next.
  [[nodiscard]] std::size_t peek() const { return TokenWalk(*this).next(); }

  void skip(std::size_t bytes) { at_ += bytes; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Builds the tree from the parser's events; the member names are nlohmann's.
class TreeBuilder {
 public:
  /// `text` as it was written.
  TreeBuilder(std::string_view text, Document& document)
      : text_(text), tokens_(text), document_(document) {
    if (text.starts_with("\xef\xbb\xbf")) tokens_.skip(3);
  }

  bool null() { return add(Value::Null{}); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return value <= most ? add(static_cast<std::int64_t>(value)) : add(static_cast<double>(value));
  }
  bool number_float(double value, const std::string&) {
    const PythonNumber* number = python_number(text_, tokens_.peek());
    return add(number == nullptr ? value : number->value);
  }
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

  std::string_view text_;
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
    faults.error(document.lines.whole(), "larger than 16 MiB, which no configuration is");
    return document;
  }
  TreeBuilder builder(text, document);
  const bool valid = nlohmann::json::sax_parse(without_python_numbers(text), &builder);
  document.parsed = valid && document.root.as<Value::Table>() != nullptr;
  if (valid && !document.parsed) {
    faults.error(document.location(document.root.place),
                 "expected an object, found " + std::string(document.kind_of(document.root)));
  }
  if (!document.parsed) document.root.data = Value::Table{};
  return document;
}

}  // namespace infersim::detail
