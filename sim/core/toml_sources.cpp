#include "core/toml_sources.hpp"

#include <set>
#include <utility>

#include "infersim/core/text.hpp"

namespace infersim::detail {

namespace {

/// Every name that a `source` in a table or array cites.
void collect_cited(const Value& value, std::set<std::string>& cited);

void collect_cited(const Member& member, std::set<std::string>& cited) {
  const auto* text = member.value.as<std::string>();
  if (member.key == "source" && text != nullptr) {
    for (std::string& part : split_sources(*text))
      cited.insert(std::move(part));
  }
  collect_cited(member.value, cited);
}

void collect_cited(const Value& value, std::set<std::string>& cited) {
  if (const auto* array = value.as<Value::Array>()) {
    for (const Value& element : *array)
      collect_cited(element, cited);
  } else if (const auto* table = value.as<Value::Table>()) {
    for (const Member& member : *table)
      collect_cited(member, cited);
  }
}

}  // namespace

Sources read_sources(const std::shared_ptr<Document>& document) {
  Sources sources;
  TableAccess root(document, &document->root, "");
  const Value* all = root.table("sources", false, "write [sources.KEY]");
  if (all == nullptr) return sources;
  TableAccess tables(document, all, "sources");
  for (const std::string& key : tables.keys()) {
    TableAccess table(document, tables.table(key, true), tables.path(key));
    Source& source = sources[key];
    source.title = table.text("title", true).value_or("");
    source.date = table.text("date", false).value_or("");
    table.text("url", false);
    table.text("note", false);
    table.report_unread();
  }
  return sources;
}

std::vector<std::string> split_sources(std::string_view text) {
  constexpr std::string_view separator = " + ";
  std::vector<std::string> parts;
  for (auto at = text.find(separator); at != text.npos; at = text.find(separator)) {
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  parts.emplace_back(text);
  return parts;
}

void report_uncited(TableAccess& root, const Sources& sources) {
  const Value* all = root.look("sources", true);
  if (all == nullptr || all->as<Value::Table>() == nullptr) return;
  std::set<std::string> cited;
  for (const Member& member : *root.document()->root.as<Value::Table>()) {
    if (member.key != "sources") collect_cited(member, cited);
  }
  TableAccess tables(root.document(), all, "sources");
  for (const auto& [key, source] : sources) {
    if (cited.contains(key)) continue;
    tables.fault(tables.location(key), key, "never cited",
                 "name it as the `source` of a table, or remove it");
  }
}

}  // namespace infersim::detail
