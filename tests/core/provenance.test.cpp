#include "infersim/core/provenance.hpp"

#include <string>

#include "infersim/core/toml_reader.hpp"
#include "support/catch.hpp"

using namespace infersim;

namespace {

struct Read {
  Provenance provenance;
  std::string faults;
};

/// Provenance of the table [x] of a text, and what is wrong with the text.
Read read(const std::string& text, const Provenance* inherited = nullptr) {
  Diagnostics faults;
  TomlDocument document(text, "t", faults);
  TableReader root = document.root();
  Read result;
  TableReader table = root.table("x");
  result.provenance = table.provenance(inherited);
  table.finish();
  root.finish();
  try {
    faults.throw_if_any();
  } catch (const InputError& error) {
    result.faults = error.what();
  }
  return result;
}

const std::string sheet = "[sources.sheet]\ntitle = 'Datasheet'\ndate = '2024-05'\n";
const std::string press = "[sources.press]\ntitle = 'Newspaper'\nurl = 'u'\nnote = 'n'\n";

}  // namespace

TEST_CASE("every basis reads back from its name") {
  for (const Basis basis :
       {Basis::datasheet, Basis::measured, Basis::press, Basis::estimate, Basis::assumed}) {
    CHECK(parse_basis(name(basis)) == basis);
  }
  CHECK_FALSE(parse_basis("rumour"));
}

TEST_CASE("a source is resolved to its title and date") {
  const auto [provenance, faults] =
      read("[x]\nsource = 'sheet'\nbasis = 'datasheet'\nnote = 'page 2'\n" + sheet);
  CHECK(faults.empty());
  CHECK(provenance.basis == Basis::datasheet);
  CHECK(provenance.source == "Datasheet");
  CHECK(provenance.date == "2024-05");
  CHECK(provenance.note == "page 2");
}

TEST_CASE("several sources are joined") {
  const auto [provenance, faults] =
      read("[x]\nsource = 'sheet + press'\nbasis = 'press'\n" + sheet + press);
  CHECK(faults.empty());
  CHECK(provenance.source == "Datasheet + Newspaper");
  CHECK(provenance.date == "2024-05");
}

TEST_CASE("a table without source and basis inherits them, but keeps its own note") {
  const Provenance parent{Basis::measured, "Log", "2025", "parent"};
  const auto [same, faults] = read("[x]\n", &parent);
  CHECK(faults.empty());
  CHECK(same.basis == Basis::measured);
  CHECK(same.source == "Log");
  CHECK(same.note == "parent");
  CHECK(read("[x]\nnote = 'own'\n", &parent).provenance.note == "own");
  // Half of it is not inherited.
  CHECK(read("[x]\nbasis = 'press'\n", &parent).faults ==
        "t:1:1: error: x.source: missing required key");
}

TEST_CASE("a table that has none to inherit must have both") {
  CHECK(read("[x]\n").faults ==
        "t:1:1: error: x.basis: missing required key\n"
        "t:1:1: error: x.source: missing required key");
}

TEST_CASE("an assumption may stand without a source if it gives its reason") {
  const auto [provenance, faults] = read("[x]\nbasis = 'assumed'\nnote = 'as the H100'\n");
  CHECK(faults.empty());
  CHECK(provenance.basis == Basis::assumed);
  CHECK(provenance.source.empty());
  CHECK(read("[x]\nbasis = 'assumed'\n").faults == "t:1:1: error: x.source: missing required key");
}

TEST_CASE("unknown sources and bases, and sources that nobody cites, are faults") {
  CHECK(read("[x]\nsource = 'sheat'\nbasis = 'rumor'\n" + sheet + press).faults ==
        "t:2:10: error: x.source: no source `sheat` in this file\n"
        "  hint: did you mean `sheet`?\n"
        "t:3:9: error: x.basis: unknown basis `rumor`\n"
        "  hint: one of: datasheet, measured, press, estimate, assumed\n"
        "t:4:1: error: sources.sheet: never cited\n"
        "  hint: name it as the `source` of a table, or remove it\n"
        "t:7:1: error: sources.press: never cited\n"
        "  hint: name it as the `source` of a table, or remove it");
  CHECK(read("[x]\nsource = 'sheet'\nbasis = 'press'\n").faults ==
        "t:2:10: error: x.source: no source `sheet` in this file\n"
        "  hint: add a [sources.KEY] table with a title");
}

TEST_CASE("a source needs a title and nothing unknown") {
  CHECK(read("[x]\nsource = 'a'\nbasis = 'press'\n[sources.a]\nyear = 2024\n").faults ==
        "t:4:1: error: sources.a.title: missing required key\n"
        "t:5:1: error: sources.a.year: unknown key");
  CHECK(read("sources = 3\n[x]\nsource = 'a'\nbasis = 'press'\n").faults ==
        "t:1:11: error: sources: expected a table, found a whole number\n"
        "  hint: write [sources.KEY]\n"
        "t:3:10: error: x.source: no source `a` in this file\n"
        "  hint: add a [sources.KEY] table with a title");
}
