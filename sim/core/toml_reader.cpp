#include "infersim/core/toml_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/table_access.hpp"
#include "core/toml_parse.hpp"
#include "core/toml_sources.hpp"
#include "infersim/core/text.hpp"
#include "infersim/core/units.hpp"

namespace infersim {

struct TomlDocument::State {
  detail::Document document;
  std::optional<detail::Sources> sources = {};  ///< read when first needed
};

namespace {

std::vector<std::string> number_type_names() {
  std::vector<std::string> names;
  for (const NumberType type : all_number_types)
    names.emplace_back(name(type));
  return names;
}

std::vector<std::string> basis_names() {
  std::vector<std::string> names;
  for (const Basis basis :
       {Basis::datasheet, Basis::measured, Basis::press, Basis::estimate, Basis::assumed}) {
    names.emplace_back(name(basis));
  }
  return names;
}

}  // namespace

struct TableReader::State {
  std::shared_ptr<TomlDocument::State> file;
  detail::TableAccess access;

  static std::unique_ptr<State> make(const std::shared_ptr<TomlDocument::State>& file,
                                     const detail::Value* table, std::string path) {
    // Shares the file's ownership, so that a reader may outlive its TomlDocument.
    const std::shared_ptr<detail::Document> document(file, &file->document);
    return std::make_unique<State>(State{file, {document, table, std::move(path)}});
  }

  const detail::Sources& sources() {
    if (!file->sources) file->sources = detail::read_sources(access.document());
    return *file->sources;
  }

  const detail::Value* sub_table(std::string_view key, bool required) {
    return access.table(key, required, fmt::format("write it as [{}]", access.path(key)));
  }

  std::optional<std::string> one_of(std::string_view key, const std::vector<std::string>& names,
                                    std::string_view what, bool required) {
    const detail::Value* value = access.take(key, required);
    if (value == nullptr) return std::nullopt;
    const auto* text = value->as<std::string>();
    if (text == nullptr) {
      access.wrong_type(*value, key, fmt::format("a {}", what), "one of: " + join(names));
      return std::nullopt;
    }
    if (std::find(names.begin(), names.end(), *text) != names.end()) return *text;
    access.fault(*value, key, fmt::format("unknown {} {}", what, quote(*text)),
                 "one of: " + join(names));
    return std::nullopt;
  }

  std::optional<NumberType> number_type(std::string_view key, bool required) {
    const auto text = one_of(key, number_type_names(), "number type", required);
    return text ? parse_number_type(*text) : std::nullopt;
  }

  /// Fills in title and date of the source or sources that `cited` names.
  void resolve_source(const std::string& cited, Provenance& result) {
    std::vector<std::string> titles;
    std::vector<std::string> dates;
    for (const std::string& part : detail::split_sources(cited)) {
      const auto found = sources().find(part);
      if (found == sources().end()) {
        report_unknown_source(part);
        continue;
      }
      titles.push_back(found->second.title);
      if (!found->second.date.empty()) dates.push_back(found->second.date);
    }
    result.source = join(titles, " + ");
    result.date = join(dates, " + ");
  }

  void report_unknown_source(const std::string& key) {
    if (!access.heard()) return;
    std::vector<std::string> names;
    for (const auto& [known, source] : sources())
      names.push_back(known);
    std::string hint = did_you_mean(key, names);
    if (hint.empty()) hint = "add a [sources.KEY] table with a title";
    access.fault(access.location("source"), "source", "no source " + quote(key) + " in this file",
                 std::move(hint));
  }
};

TableReader::TableReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TableReader::TableReader(TableReader&&) noexcept = default;
TableReader& TableReader::operator=(TableReader&&) noexcept = default;
TableReader::~TableReader() = default;

bool TableReader::has(std::string_view key) const {
  return state_->access.look(key, false) != nullptr;
}

std::vector<std::string> TableReader::keys() const { return state_->access.keys(); }

Location TableReader::location(std::string_view key) const { return state_->access.location(key); }

Location TableReader::location() const { return state_->access.location(); }

std::string TableReader::path(std::string_view key) const { return state_->access.path(key); }

std::string TableReader::text(std::string_view key) {
  return state_->access.text(key, true).value_or("");
}

std::int64_t TableReader::integer(std::string_view key, IntegerRange range) {
  return state_->access.integer(key, range, true).value_or(0);
}

double TableReader::number(std::string_view key, double least, double most) {
  return state_->access.number(key, least, most, true).value_or(0.0);
}

bool TableReader::boolean(std::string_view key) {
  return state_->access.boolean(key, true).value_or(false);
}

NumberType TableReader::number_type(std::string_view key) {
  return state_->number_type(key, true).value_or(NumberType{});
}

std::vector<std::string> TableReader::texts(std::string_view key) {
  return state_->access.texts(key, true).value_or(std::vector<std::string>{});
}

std::string TableReader::one_of(std::string_view key, const std::vector<std::string>& names) {
  return state_->one_of(key, names, "name", true).value_or("");
}

std::optional<std::string> TableReader::optional_text(std::string_view key) {
  return state_->access.text(key, false);
}

std::optional<std::int64_t> TableReader::optional_integer(std::string_view key,
                                                          IntegerRange range) {
  return state_->access.integer(key, range, false);
}

std::optional<double> TableReader::optional_number(std::string_view key, double least,
                                                   double most) {
  return state_->access.number(key, least, most, false);
}

std::optional<bool> TableReader::optional_boolean(std::string_view key) {
  return state_->access.boolean(key, false);
}

std::optional<NumberType> TableReader::optional_number_type(std::string_view key) {
  return state_->number_type(key, false);
}

std::vector<std::string> TableReader::optional_texts(std::string_view key) {
  return state_->access.texts(key, false).value_or(std::vector<std::string>{});
}

std::optional<std::string> TableReader::optional_typed(std::string_view key) {
  const detail::Value* value = state_->access.take(key, false);
  if (value == nullptr) return std::nullopt;
  if (const auto* text = value->as<std::string>()) return *text;
  if (const auto* whole = value->as<std::int64_t>()) return fmt::format("{}", *whole);
  if (const auto* fraction = value->as<double>()) return fmt::format("{}", *fraction);
  if (const auto* flag = value->as<bool>()) return *flag ? "yes" : "no";
  state_->access.wrong_type(*value, key, "a text, a number, true or false");
  return std::nullopt;
}

double TableReader::quantity_base(std::string_view key, Dim dimension) {
  detail::TableAccess& access = state_->access;
  const detail::Value* value = access.take(key, true);
  if (value == nullptr) return 0.0;
  const auto* text = value->as<std::string>();
  if (text == nullptr) {
    const bool number = value->as<std::int64_t>() != nullptr || value->as<double>() != nullptr;
    const std::string usual = usual_units(dimension);
    std::string hint = usual.empty() ? "" : "write it as a string with one of: " + usual;
    if (number) {
      access.fault(*value, key, "a quantity needs a unit", std::move(hint));
    } else {
      access.wrong_type(*value, key, "a text with a number and a unit", std::move(hint));
    }
    return 0.0;
  }
  const auto base = parse_quantity(*text, dimension);
  if (base) return *base;
  access.fault(*value, key, base.error().message, base.error().hint);
  return 0.0;
}

TableReader TableReader::table(std::string_view key) {
  const detail::Value* sub = state_->sub_table(key, true);
  return TableReader(State::make(state_->file, sub, path(key)));
}

std::optional<TableReader> TableReader::optional_table(std::string_view key) {
  const detail::Value* sub = state_->sub_table(key, false);
  if (sub == nullptr) return std::nullopt;
  return TableReader(State::make(state_->file, sub, path(key)));
}

std::vector<TableReader> TableReader::tables(std::string_view key, std::size_t least) {
  detail::TableAccess& access = state_->access;
  const detail::Value* value = access.take(key, least > 0);
  if (value == nullptr) return {};
  const std::string hint = fmt::format("write it as [[{}]]", path(key));
  const auto* array = value->as<detail::Value::Array>();
  if (array == nullptr) {
    access.wrong_type(*value, key, "an array of tables", hint);
    return {};
  }
  if (array->size() < least) {
    access.fault(*value, key,
                 fmt::format("expected at least {} tables, found {}", least, array->size()));
  }
  std::vector<TableReader> readers;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const detail::Value& element = (*array)[i];
    if (element.as<detail::Value::Table>() == nullptr) {
      access.wrong_type(element, key, "an array of tables", hint);
      continue;
    }
    readers.push_back(
        TableReader(State::make(state_->file, &element, fmt::format("{}[{}]", path(key), i))));
  }
  return readers;
}

std::vector<TableReader> TableReader::tables_or_one(std::string_view key) {
  const detail::Value* value = state_->access.take(key, false);
  if (value == nullptr || value->as<detail::Value::Table>() == nullptr) return tables(key);
  std::vector<TableReader> readers;
  readers.push_back(TableReader(State::make(state_->file, value, path(key))));
  return readers;
}

Provenance TableReader::provenance(const Provenance* inherited) {
  Provenance result;
  const bool own = has("source") || has("basis");
  if (!own && inherited != nullptr) result = *inherited;
  if (auto note = optional_text("note")) result.note = std::move(*note);
  result.unusual = optional_text("unusual").value_or("");
  if (!own && inherited != nullptr) {
    return result;
  }
  const auto basis = state_->one_of("basis", basis_names(), "basis", true);
  if (basis) result.basis = parse_basis(*basis).value_or(Basis::assumed);
  // An assumption may rest on no document; it then owes its reason.
  const bool reasoned = basis == "assumed" && !result.note.empty();
  if (const auto source = state_->access.text("source", !reasoned)) {
    state_->resolve_source(*source, result);
  }
  return result;
}

void TableReader::fault(std::string_view key, std::string message, std::string hint) {
  state_->access.fault(location(key), key, message, std::move(hint));
}

void TableReader::finish() {
  if (state_->access.is_root() && !state_->access.silent()) {
    detail::report_uncited(state_->access, state_->sources());
  }
  state_->access.report_unread();
}

TomlDocument::TomlDocument(std::string_view text, std::string file, Diagnostics& faults)
    : state_(std::make_shared<State>(State{detail::parse_toml(text, std::move(file), faults)})) {}

TomlDocument::TomlDocument(TomlDocument&&) noexcept = default;
TomlDocument::~TomlDocument() = default;

TableReader TomlDocument::root() {
  const detail::Document& document = state_->document;
  return TableReader(
      TableReader::State::make(state_, document.parsed ? &document.root : nullptr, ""));
}

bool TomlDocument::parsed() const { return state_->document.parsed; }

}  // namespace infersim
