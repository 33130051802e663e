// Writes the catalogue as a C++ source file: what `infersim/core/catalog.hpp` declares as
// `embedded_files`, and the descriptions that `infersim init` starts from, `template_files`, which
// lie in templates/ in the same folders. Run by the build as `embed_catalog REPOSITORY OUTPUT`.
//
// A description is embedded as it stands and parsed only when a run names it; here it has to
// parse, carry an id, and share no id or alias with another of its kind. Every fault found is
// reported as file:line:column and fails the build.
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Folder {
  std::string_view path;
  std::string_view kind;
};

constexpr Folder folders[] = {
    {"hardware/devices", "devices"},
    {"hardware/systems", "systems"},
    {"hardware/sites", "sites"},
    {"hardware/efficiency", "efficiency"},
    {"hardware/efficiency/kernels", "kernels"},
    {"hardware/efficiency/frameworks", "frameworks"},
    {"workloads/models", "models"},
    {"workloads/traffic", "traffic"},
    {"workloads/prices", "prices"},
};

struct Entry {
  std::string kind;
  std::string path;
  std::string id;
  std::vector<std::string> aliases;
  std::string text;
  std::string packed;  ///< the same, parsed: sim/core/packed_tree.hpp
};

bool failed = false;

void fault(const std::string& path, const toml::source_position& where, const std::string& what) {
  // A position of zero is that of a file without content.
  const auto line = std::max<toml::source_index>(where.line, 1);
  const auto column = std::max<toml::source_index>(where.column, 1);
  std::cerr << path << ':' << line << ':' << column << ": error: " << what << '\n';
  failed = true;
}

/// The form in which names are compared: lower case without `-`, `_`, `.`, `/` and spaces.
std::string fold(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (std::string_view("-_./ ").find(c) != std::string_view::npos) continue;
    folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return folded;
}

std::optional<Entry> read_entry(const fs::path& file, const Folder& folder,
                                std::string_view below) {
  Entry entry{
      .kind = std::string(folder.kind),
      .path = std::string(below) + std::string(folder.path) + '/' + file.filename().string(),
      .id = {},
      .aliases = {},
      .text = {},
      .packed = {}};
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    fault(entry.path, {}, "cannot be read");
    return std::nullopt;
  }
  entry.text = text.str();
  return entry;
}

void pack_count(std::string& out, std::uint64_t count) {
  for (; count >= 0x80U; count >>= 7U)
    out += static_cast<char>((count & 0x7fU) | 0x80U);
  out += static_cast<char>(count);
}

void pack_text(std::string& out, std::string_view text) {
  pack_count(out, text.size());
  out += text;
}

void pack_place(std::string& out, const toml::source_region& region) {
  pack_count(out, region.begin.line);
  pack_count(out, region.begin.column);
}

/// Appends a tree as sim/core/packed_tree.hpp says.
void pack(std::string& out, const toml::node& node) {
  const auto tagged = [&](char tag) {
    out += tag;
    pack_place(out, node.source());
  };
  switch (node.type()) {
    case toml::node_type::table:
      tagged('t');
      pack_count(out, node.as_table()->size());
      for (const auto& [key, child] : *node.as_table()) {
        pack_text(out, key.str());
        pack_place(out, key.source());
        pack(out, child);
      }
      break;
    case toml::node_type::array:
      tagged('a');
      pack_count(out, node.as_array()->size());
      for (const toml::node& child : *node.as_array())
        pack(out, child);
      break;
    case toml::node_type::string:
      tagged('s');
      pack_text(out, node.as_string()->get());
      break;
    case toml::node_type::integer: {
      tagged('i');
      const std::int64_t value = node.as_integer()->get();
      const auto bits = static_cast<std::uint64_t>(value);
      pack_count(out, (bits << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0));
      break;
    }
    case toml::node_type::floating_point: {
      tagged('n');
      const double value = node.as_floating_point()->get();
      char bytes[sizeof value];
      std::memcpy(bytes, &value, sizeof value);
      out.append(bytes, sizeof value);
      break;
    }
    case toml::node_type::boolean:
      tagged('b');
      out += node.as_boolean()->get() ? '1' : '0';
      break;
    default: tagged('d'); break;
  }
}

/// Names claimed within one kind, by folded name: the one who claimed it.
using Claims = std::map<std::string, std::string>;

void claim(Claims& claims, const Entry& entry, const std::string& name,
           const toml::source_position& where) {
  const std::string folded = fold(name);
  if (folded.empty()) {
    fault(entry.path, where, "'" + name + "' has no letter or digit");
    return;
  }
  const auto [earlier, is_new] = claims.try_emplace(folded, entry.path);
  if (!is_new) {
    fault(entry.path, where,
          "'" + name + "' is already a name of " +
              (earlier->second == entry.path ? "this file" : earlier->second) +
              " (case and - _ . / do not tell names apart)");
  }
}

/// Fills in id and aliases and claims them.
void index(Entry& entry, Claims& claims) {
  toml::table table;
  try {
    table = toml::parse(std::string_view(entry.text), std::string_view(entry.path));
  } catch (const toml::parse_error& error) {
    fault(entry.path, error.source().begin, std::string(error.description()));
    return;
  }
  const toml::node* id = table.get("id");
  if (id == nullptr || !id->is_string()) {
    fault(entry.path, id != nullptr ? id->source().begin : table.source().begin,
          id == nullptr ? "missing required key: id" : "id: has to be a string");
    return;
  }
  entry.id = **id->as_string();
  pack(entry.packed, table);
  claim(claims, entry, entry.id, id->source().begin);

  const toml::node* aliases = table.get("aliases");
  if (aliases == nullptr) return;
  if (!aliases->is_array()) {
    fault(entry.path, aliases->source().begin, "aliases: has to be an array of strings");
    return;
  }
  for (const toml::node& alias : *aliases->as_array()) {
    if (!alias.is_string()) {
      fault(entry.path, alias.source().begin, "aliases: has to be an array of strings");
      continue;
    }
    entry.aliases.push_back(**alias.as_string());
    claim(claims, entry, entry.aliases.back(), alias.source().begin);
  }
}

/// The descriptions `below` a folder of the repository (ends with a slash; empty: the repository
/// itself).
std::vector<Entry> read_catalog(const fs::path& repository, std::string_view below) {
  std::vector<Entry> entries;
  for (const Folder& folder : folders) {
    const fs::path directory = repository / below / folder.path;
    if (!fs::is_directory(directory)) continue;
    std::vector<fs::path> files;
    for (const fs::directory_entry& file : fs::directory_iterator(directory)) {
      if (file.path().extension() == ".toml") files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    Claims claims;
    for (const fs::path& file : files) {
      auto entry = read_entry(file, folder, below);
      if (!entry) continue;
      index(*entry, claims);
      entries.push_back(std::move(*entry));
    }
  }
  return entries;
}

/// A string literal per line of text, which the compiler joins.
void write_literal(std::ostream& out, std::string_view text, std::string_view indent) {
  if (text.empty()) out << "\"\"";
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n') + 1);  // npos + 1 is 0
    const auto piece = line.empty() ? text : line;
    text.remove_prefix(piece.size());
    out << '"';
    for (const char c : piece) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '\n') {
        out << "\\n";
      } else if (c == '"' || c == '\\') {
        out << '\\' << c;
      } else if (c == '?') {
        out << "\\?";  // never a trigraph
      } else if (byte < 0x20 || byte >= 0x7f) {
        char octal[5];
        std::snprintf(octal, sizeof octal, "\\%03o", static_cast<unsigned>(byte));
        out << octal;
      } else {
        out << c;
      }
    }
    out << '"';
    if (!text.empty()) out << '\n' << indent;
  }
  out << "sv";
}

void write_aliases(std::ostream& out, const std::vector<Entry>& entries, std::string_view array) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].aliases.empty()) continue;
    out << "constexpr std::string_view " << array << "_aliases_" << i << "[] = {\n";
    for (const std::string& alias : entries[i].aliases) {
      out << "    ";
      write_literal(out, alias, "    ");
      out << ",\n";
    }
    out << "};\n";
  }
}

/// `constexpr EmbeddedFile <array>_files[]` and `<array>_file_count`.
void write_files(std::ostream& out, const std::vector<Entry>& entries, std::string_view array) {
  out << "constexpr EmbeddedFile " << array << "_files[] = {\n";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    out << "    {";
    for (const std::string* field : {&entry.kind, &entry.path, &entry.id}) {
      write_literal(out, *field, "     ");
      out << ", ";
    }
    if (entry.aliases.empty()) {
      out << "nullptr, 0,\n     ";
    } else {
      out << array << "_aliases_" << i << ", " << entry.aliases.size() << ",\n     ";
    }
    write_literal(out, entry.text, "     ");
    out << ",\n     ";
    write_literal(out, entry.packed, "     ");
    out << "},\n";
  }
  // An array has at least one element; the count says how many are meant.
  if (entries.empty()) out << "    {},\n";
  out << "};\nconstexpr std::size_t " << array << "_file_count = " << entries.size() << ";\n\n";
}

void write_source(std::ostream& out, const std::vector<Entry>& catalog,
                  const std::vector<Entry>& templates) {
  out << "// Generated by tools/embed_catalog.cpp from hardware/, workloads/ and templates/.\n"
         "#include \"infersim/core/catalog.hpp\"\n\n"
         "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
         "using namespace std::string_view_literals;\n\n"
         "namespace infersim::detail {\n"
         "namespace {\n\n";
  write_aliases(out, catalog, "embedded");
  write_aliases(out, templates, "template");
  out << "\n}  // namespace\n\n";
  write_files(out, catalog, "embedded");
  write_files(out, templates, "template");
  out << "}  // namespace infersim::detail\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: embed_catalog REPOSITORY OUTPUT\n";
    return 2;
  }
  const std::vector<Entry> catalog = read_catalog(argv[1], "");
  const std::vector<Entry> templates = read_catalog(argv[1], "templates/");
  if (failed) return 1;
  std::ofstream out(argv[2], std::ios::binary | std::ios::trunc);
  write_source(out, catalog, templates);
  out.close();
  if (!out) {
    std::cerr << argv[2] << ": error: cannot be written\n";
    return 1;
  }
  return 0;
}
