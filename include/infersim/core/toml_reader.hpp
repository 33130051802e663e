#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/number_type.hpp"
#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"

namespace infersim {

/// A whole number that a key may hold, both ends included.
struct IntegerRange {
  std::int64_t least = 0;
  std::int64_t most = 10'000'000;
};

/// Strict access to one table of a TOML document.
///
/// Every key that is read is ticked off; `finish()` reports the others as unknown with a "did you
/// mean". Faults go to the Diagnostics of the document, and reading goes on with a harmless value,
/// so that all faults of a file are reported together:
///
///     TomlDocument document(text, "h200.toml", faults);
///     TableReader root = document.root();
///     std::string id = root.text("id");
///     TableReader memory = root.table("memory");
///     Bandwidth bandwidth = memory.quantity<Bandwidth>("bandwidth");
///     memory.finish();
///     root.finish();
///     faults.throw_if_any();
class TableReader {
 public:
  TableReader(TableReader&&) noexcept;
  TableReader& operator=(TableReader&&) noexcept;
  ~TableReader();

  [[nodiscard]] bool has(std::string_view key) const;
  /// The keys of this table in the order of the text (for tables whose keys are names).
  [[nodiscard]] std::vector<std::string> keys() const;
  /// Where `key` stands, or where the table stands if it has no such key.
  [[nodiscard]] Location location(std::string_view key) const;
  [[nodiscard]] Location location() const;
  /// `memory[0].bandwidth`: how messages name a key of this table.
  [[nodiscard]] std::string path(std::string_view key) const;

  // Required values: a missing key or a wrong type is a fault; the value is then empty, 0 or false.
  std::string text(std::string_view key);
  std::int64_t integer(std::string_view key, IntegerRange range = {});
  /// A dimensionless number within [least, most].
  double number(std::string_view key, double least = 0.0, double most = 1e30);
  bool boolean(std::string_view key);
  NumberType number_type(std::string_view key);
  std::vector<std::string> texts(std::string_view key);
  /// One of `names`; a fault lists them.
  std::string one_of(std::string_view key, const std::vector<std::string>& names);
  template <class Q>
  Q quantity(std::string_view key) {
    return quantity_of(key, Q{});
  }

  // Optional values: a missing key is no fault.
  std::optional<std::string> optional_text(std::string_view key);
  std::optional<std::int64_t> optional_integer(std::string_view key, IntegerRange range = {});
  std::optional<double> optional_number(std::string_view key, double least = 0.0,
                                        double most = 1e30);
  std::optional<bool> optional_boolean(std::string_view key);
  std::optional<NumberType> optional_number_type(std::string_view key);
  std::vector<std::string> optional_texts(std::string_view key);
  /// A text, a number, or `yes` and `no` for true and false: what one would type for it.
  std::optional<std::string> optional_typed(std::string_view key);
  template <class Q>
  std::optional<Q> optional_quantity(std::string_view key) {
    if (!has(key)) return std::nullopt;
    return quantity<Q>(key);
  }

  /// A required sub-table; if it is missing (one fault) the reader returned is of an empty table
  /// that reports nothing further.
  TableReader table(std::string_view key);
  std::optional<TableReader> optional_table(std::string_view key);
  /// An array of tables (`[[memory]]`); `least` of them are required.
  std::vector<TableReader> tables(std::string_view key, std::size_t least = 0);

  /// The same, or one table alone (`[rental]`).
  std::vector<TableReader> tables_or_one(std::string_view key);

  /// Reads `source`, `basis` and the optional `note` and `unusual` of this table. The source must
  /// be one of the document's [sources.*] (title, and optionally date, url, note), or several as
  /// `a + b`; with basis `assumed` a note that gives the reason may stand in its place. `inherited`
  /// is used if neither `source` nor `basis` is given here; `unusual` is never inherited.
  Provenance provenance(const Provenance* inherited = nullptr);

  /// A fault of meaning at `key` of this table.
  void fault(std::string_view key, std::string message, std::string hint = {});
  /// Reports every key that nobody asked for; at the root also every source that nobody cites.
  void finish();

 private:
  friend class TomlDocument;
  struct State;
  explicit TableReader(std::unique_ptr<State> state);
  double quantity_base(std::string_view key, Dim dimension);
  template <Dim D>
  Quantity<D> quantity_of(std::string_view key, Quantity<D>) {
    return Quantity<D>{quantity_base(key, D)};
  }
  std::unique_ptr<State> state_;
};

/// A parsed TOML text. The Diagnostics must outlive it and every reader of it.
class TomlDocument {
 public:
  /// A syntax error is one fault at its place; the root is then an empty table that reports
  /// nothing.
  TomlDocument(std::string_view text, std::string file, Diagnostics& faults);
  TomlDocument(TomlDocument&&) noexcept;
  ~TomlDocument();

  [[nodiscard]] TableReader root();
  [[nodiscard]] bool parsed() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace infersim
