#include "sweep/sweep_file.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/toml_parse.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/scenario/lookup.hpp"

namespace infersim {
namespace {

using detail::Value;

std::optional<std::string> scalar(const Value& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* flag = value.as<bool>()) return *flag ? "yes" : "no";
  if (const auto* whole = value.as<std::int64_t>()) return fmt::format("{}", *whole);
  if (const auto* number = value.as<double>()) return fmt::format("{}", *number);
  return std::nullopt;
}

class Reader {
 public:
  Reader(const detail::Document& document, const std::vector<std::string>& flags)
      : document_(document), flags_(flags) {}

  /// One argument for each element: a text may hold a comma of its own.
  void add(const std::string& option, const std::string& prefix, const detail::Member& member) {
    const auto* list = member.value.as<Value::Array>();
    if (list == nullptr) return add_one(option, prefix, member, member.value);
    if (option == "--columns" || option == "--pareto") {
      std::string joined;
      for (const Value& each : *list)
        joined += (joined.empty() ? "" : ",") + scalar(each).value_or("");
      arguments.push_back(option + '=' + joined);
      return;
    }
    for (const Value& each : *list)
      add_one(option, prefix, member, each);
  }

  void add_table(const std::string& option, const detail::Member& member) {
    const auto* table = member.value.as<Value::Table>();
    if (table == nullptr) return refuse(member, "is a table of its own: [" + member.key + "]");
    for (const detail::Member* each : in_order(*table))
      add(option, each->key + "=", *each);
  }

  static std::vector<const detail::Member*> in_order(const Value::Table& table) {
    std::vector<const detail::Member*> members;
    for (const detail::Member& member : table)
      members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return a->place < b->place; });
    return members;
  }

  std::vector<std::string> arguments;

 private:
  void add_one(const std::string& option, const std::string& prefix, const detail::Member& member,
               const Value& value) {
    if (std::find(flags_.begin(), flags_.end(), option) != flags_.end()) {
      const auto* flag = value.as<bool>();
      if (flag == nullptr) return refuse(member, "is true or false");
      if (*flag) arguments.push_back(option);
      return;
    }
    const auto text = scalar(value);
    if (!text) return refuse(member, "is a text, a number, or a list of them");
    // Apart by `=`: a value may begin with `-`.
    arguments.push_back(option + '=' + prefix + *text);
  }

  void refuse(const detail::Member& member, const std::string& what) {
    document_.faults->error(document_.location(member.place), member.key + ": " + what);
  }

  const detail::Document& document_;
  const std::vector<std::string>& flags_;
};

}  // namespace

std::vector<std::string> sweep_file_arguments(const std::string& path,
                                              const std::vector<std::string>& flags) {
  Diagnostics faults;
  const detail::Document document = detail::parse_toml(read_description(path).text, path, faults);
  faults.throw_if_any();
  Reader reader(document, flags);
  for (const detail::Member* member : Reader::in_order(*document.root.as<Value::Table>())) {
    std::string option = "--" + member->key;
    std::replace(option.begin(), option.end(), '_', '-');
    if (option == "--set" || option == "--price") {
      reader.add_table(option, *member);
    } else {
      reader.add(option, "", *member);
    }
  }
  faults.throw_if_any();
  return std::move(reader.arguments);
}

}  // namespace infersim
