#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/sweep_output.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/scenario/options.hpp"
#include "sweep/condition.hpp"
#include "sweep/evaluator.hpp"
#include "sweep/keys.hpp"
#include "sweep/ordered.hpp"
#include "sweep/row_file.hpp"
#include "sweep/row_text.hpp"
#include "sweep/selection.hpp"
#include "sweep/space.hpp"
#include "sweep/sweep_file.hpp"

namespace infersim::cli {

namespace {

const std::string& footer() {
  static const std::string text =
      "Every option of `infersim run` takes lists and ranges, and so do --set and\n"
      "--price: 1,2,4   1..8 (steps of 1)   0..100+25 (of 25)   1..1024*2 (each twice\n"
      "the last)   1..7/3 (three values)   2..64TB/s*2. An option given again adds\n"
      "values. All combinations are asked, the last option's values the fastest, each\n"
      "as `run` would. What cannot run is a row with its reason.\n"
      "\n"
      "Keys are those of docs/json.md; the last part will do where only one key ends\n"
      "so. Options that vary are columns too, under their names.\n"
      "\n"
      "Examples:\n"
      "  infersim sweep --hw h200,mi355x --model dsr1 --batch 1..1024*2 --devices 8\n"
      "  infersim sweep --hw h200 --model llama3.1-70b --devices 8 --tp 1,2,4,8 \\\n"
      "           --batch 1..1024*2 --where \"tpot_ms < 50\" \\\n"
      "           --pareto tokens_per_s_per_device,tokens_per_s_per_user\n"
      "  infersim sweep --hw h200 --model dsr1 --devices 8 --batch 8 \\\n"
      "           --set device.memory.bandwidth=2..64TB/s*2 --output rows.csv\n"
      "  infersim sweep sweep.toml --shard 3/16 --output part-3.csv --resume\n"
      "\n" +
      std::string(exit_codes);
  return text;
}

constexpr OptionSpec set_option{"--set", "KEY=VALUES", "figures of descriptions (repeatable)", "",
                                true};
constexpr OptionSpec resume_flag{"--resume", "",
                                 "go on with the rows that --output has already\n(CSV and JSONL)"};

std::vector<OptionSpec> own_options() {
  return {
      set_option,
      accept_option,
      {"--columns", "KEYS", "columns instead of the headlines, or `all`"},
      {"--where", "CONDITION", "rows for which it holds: \"ttft_ms < 2000 &&\ntpot_ms < 50\""},
      {"--pareto", "KEYS",
       "rows that no other beats in all of these keys;\n+KEY more, -KEY less is "
       "better (default: less\ntime, money, energy, bytes, devices)"},
      {"--sort", "KEY", "ascending; -KEY: descending"},
      {"--top", "N", "the first N rows"},
      {"--format", "FORMAT",
       "table, csv, md, jsonl, json or sqlite (default:\nthat of the ending of "
       "--output, or table)"},
      {"--output", "FILE", "a file instead of standard output", "-o"},
      resume_flag,
      {"--shard", "K/N", "part K (from 1) of N; `infersim merge` joins them"},
      {"--jobs", "N", "threads (default: one for each core)", "-j"},
  };
}

Syntax syntax() {
  Syntax syntax{"sweep",
                "[FILE.toml]",
                "A question with lists and ranges for values: a row for each combination.\n",
                footer(),
                {}};
  for (const QuestionOption& option : question_options())
    syntax.options.push_back({option.name, option.value, option.help, "", true});
  for (const OptionSpec& option : own_options())
    syntax.options.push_back(option);
  return syntax;
}

/// A whole number of at least 1.
std::uint64_t positive(std::string_view option, std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) {
    throw InputError(fmt::format("{}: {} is no whole number of at least 1", option, quote(text)));
  }
  return value;
}

/// Every N-th question from the K-th on: neighbours cost alike, so that parts take equally long.
struct Shard {
  std::uint64_t which = 1;
  std::uint64_t of = 1;

  [[nodiscard]] std::uint64_t count(std::uint64_t total) const {
    return total < which ? 0 : (total - which) / of + 1;
  }
  [[nodiscard]] std::uint64_t point(std::uint64_t at) const { return which - 1 + at * of; }
};

Shard shard_of(const std::optional<std::string>& text) {
  if (!text) return {};
  const std::size_t slash = text->find('/');
  if (slash == std::string::npos) {
    throw InputError(fmt::format("--shard: {} is no K/N", quote(*text)),
                     "for example --shard 3/16");
  }
  const Shard shard{positive("--shard", std::string_view(*text).substr(0, slash)),
                    positive("--shard", std::string_view(*text).substr(slash + 1))};
  if (shard.which > shard.of) {
    throw InputError(fmt::format("--shard: there is no part {} of {}", shard.which, shard.of),
                     "K counts from 1 to N");
  }
  return shard;
}

/// Name of the option that an argument gives, without its value.
std::string name_of(const std::string& argument) { return argument.substr(0, argument.find('=')); }

/// The arguments with those of a file before them; an option that is given replaces the file's.
std::vector<std::string> with_file(std::vector<std::string> arguments) {
  const auto file = std::find_if(arguments.begin(), arguments.end(), [](const std::string& word) {
    return word.ends_with(".toml") && !word.starts_with('-');
  });
  const bool is_value = file != arguments.begin() && file != arguments.end() &&
                        (file - 1)->starts_with('-') && file[-1].find('=') == std::string::npos &&
                        *(file - 1) != resume_flag.name;
  if (file == arguments.end() || is_value) return arguments;
  std::vector<std::string> all = sweep_file_arguments(*file, {std::string(resume_flag.name)});
  arguments.erase(file);
  std::erase_if(all, [&](const std::string& said) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& given) {
      return name_of(given) == name_of(said) && name_of(said) != set_option.name;
    });
  });
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

/// The space that the arguments span, its axes in the order in which they are first named.
Space space_of(const std::vector<std::string>& words, const Arguments& arguments) {
  Space space;
  Diagnostics faults;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string name = name_of(words[i]);
    const auto options = question_options();
    const bool is_axis = name == set_option.name ||
                         std::any_of(options.begin(), options.end(),
                                     [&](const QuestionOption& each) { return each.name == name; });
    if (!is_axis) continue;
    const bool apart = name.size() == words[i].size();
    space.add(name, apart ? words[++i] : words[i].substr(name.size() + 1), faults);
  }
  if (faults.empty()) space.check(faults);
  faults.throw_if_any();
  space.accept(arguments.values(accept_option.name));
  return space;
}

SweepFormat format_of(const Arguments& arguments) {
  if (const auto named = arguments.value("--format")) return sweep_format(*named);
  const auto file = arguments.value("--output");
  if (!file) return SweepFormat::table;
  std::string ending = std::filesystem::path(*file).extension().string();
  if (!ending.empty()) ending.erase(0, 1);
  if (ending == "db" || ending == "sqlite3") ending = "sqlite";
  if (ending == "txt") ending = "table";
  try {
    return sweep_format(ending);
  } catch (const InputError&) {
    throw InputError(fmt::format("--output {}: its ending names no format", *file),
                     "add --format table, csv, md, jsonl, json or sqlite");
  }
}

/// What cannot be asked together.
void check_together(const Arguments& arguments, SweepFormat format) {
  const bool streamed = format == SweepFormat::csv || format == SweepFormat::jsonl;
  if (format == SweepFormat::sqlite && !arguments.has("--output")) {
    throw InputError("--format sqlite: a database is a file", "add --output FILE");
  }
  if (arguments.has(resume_flag.name) && (!arguments.has("--output") || !streamed)) {
    throw InputError("--resume: there is nothing to go on with",
                     "add --output FILE.csv or FILE.jsonl");
  }
  for (const char* option : {"--sort", "--pareto", "--top", "--where"}) {
    if (!arguments.has(option)) continue;
    if (arguments.has("--shard")) {
      throw InputError(fmt::format("{}: a shard has not seen the rows of the others", option),
                       "leave it out; rows that are missing could not be told from rows that are "
                       "left out");
    }
    if (arguments.has(resume_flag.name) && option != std::string_view("--where")) {
      throw InputError(fmt::format("{}: needs all rows before it writes the first", option),
                       "leave out it or --resume");
    }
  }
}

/// What is done with rows once they are known.
struct Choice {
  std::optional<Condition> condition;
  std::vector<Wanted> pareto;
  std::optional<Wanted> sort;
  std::optional<std::uint64_t> top;

  [[nodiscard]] bool needs_all() const { return sort || !pareto.empty(); }
};

Choice choice_of(const Arguments& arguments, const SweepKeys& keys) {
  Choice choice;
  if (const auto text = arguments.value("--where")) choice.condition.emplace(*text, keys);
  if (const auto text = arguments.value("--pareto")) choice.pareto = pareto_keys(*text, keys);
  if (const auto text = arguments.value("--sort")) choice.sort = sort_key(*text, keys);
  if (const auto text = arguments.value("--top")) choice.top = positive("--top", *text);
  return choice;
}

/// Keys that are read of each answer: columns first, each once.
class ReadKeys {
 public:
  explicit ReadKeys(std::vector<SweepKey> columns) : keys_(std::move(columns)) {}

  std::size_t add(const SweepKey& key) {
    const auto known = std::find(keys_.begin(), keys_.end(), key);
    if (known != keys_.end()) return static_cast<std::size_t>(known - keys_.begin());
    keys_.push_back(key);
    return keys_.size() - 1;
  }
  [[nodiscard]] const std::vector<SweepKey>& all() const { return keys_; }

 private:
  std::vector<SweepKey> keys_;
};

/// Where the values of some keys stand in a row.
template <class Keys, class KeyOf>
std::vector<std::size_t> places_of(ReadKeys& read, const Keys& keys, KeyOf key_of) {
  std::vector<std::size_t> places;
  for (const auto& each : keys)
    places.push_back(read.add(key_of(each)));
  return places;
}

/// Whether a file that is gone on with is of this shard and lacks no row; how many it has.
std::uint64_t rows_done(const WrittenRows& written, const Shard& shard, bool filtered,
                        const std::string& file) {
  if (written.rows == 0) return 0;
  const std::uint64_t before = written.last - shard.which;
  const std::uint64_t done = before / shard.of + 1;
  if (written.last < shard.which || before % shard.of != 0 || (!filtered && done != written.rows)) {
    throw InputError(fmt::format("--resume: {} has rows of other questions", file),
                     "go on with the --shard that it was begun with");
  }
  return done;
}

unsigned jobs_of(const Arguments& arguments) {
  constexpr std::uint64_t most_jobs = 1024;
  if (const auto text = arguments.value("--jobs")) {
    return static_cast<unsigned>(std::min(positive("--jobs", *text), most_jobs));
  }
  return std::max(std::thread::hardware_concurrency(), 1U);
}

}  // namespace

ExitCode sweep(const std::vector<std::string>& given) {
  const std::vector<std::string> words = with_file(given);
  const Arguments arguments = parse_arguments(syntax(), words);
  if (!arguments.help.empty()) {
    print(arguments.help);
    return done;
  }
  if (!arguments.words.empty()) {
    throw InputError(fmt::format("unexpected argument {}", quote(arguments.words.front())),
                     "values follow the option they belong to; a file ends with .toml");
  }
  const SweepFormat format = format_of(arguments);
  check_together(arguments, format);
  const Shard shard = shard_of(arguments.value("--shard"));
  const unsigned jobs = jobs_of(arguments);
  const Space space = space_of(words, arguments);
  const SweepKeys keys(space);
  Choice choice = choice_of(arguments, keys);
  ReadKeys read(keys.columns(arguments.value("--columns").value_or(std::string(headline_columns))));
  const std::vector<SweepKey> columns = read.all();
  const std::size_t reason = columns.size() - 1;
  const auto itself = [](const SweepKey& key) { return key; };
  const auto wanted = [](const Wanted& each) { return each.key; };
  const auto condition_places = places_of(
      read, choice.condition ? choice.condition->keys() : std::vector<SweepKey>{}, itself);
  const auto pareto_places = places_of(read, choice.pareto, wanted);
  const std::size_t sort_place = choice.sort ? read.add(choice.sort->key) : 0;

  std::string besides = fmt::format("{} {}", version(), arguments.value("--where").value_or(""));
  for (const SweepKey& key : columns)
    besides += ' ' + key.name;
  const RowText text(format, space.id(besides), columns);
  const SweepEvaluator evaluator(arguments.catalog, space, read.all());
  evaluator.check();

  const std::string file = arguments.value("--output").value_or("");
  WrittenRows written;
  if (arguments.has(resume_flag.name)) written = written_rows(file, text);
  const std::uint64_t begin = rows_done(written, shard, choice.condition.has_value(), file);
  SweepOutput output(format, text, file, written);

  const std::uint64_t count = shard.count(space.size());
  bool any_answer = begin > 0 || count == 0;
  std::uint64_t shown = 0;
  std::vector<SweepRow> rows;
  std::vector<FieldValue> asked(condition_places.size());
  {
    Progress progress(count, begin);
    std::uint64_t finished = begin;
    const auto make = [&](std::uint64_t at) { return evaluator.at(shard.point(begin + at)); };
    const auto take = [&](SweepRow&& row) {
      progress.at(++finished);
      any_answer = any_answer || std::holds_alternative<std::monostate>(row.values[reason]);
      for (std::size_t i = 0; i < asked.size(); ++i)
        asked[i] = row.values[condition_places[i]];
      if (choice.condition && !choice.condition->holds(asked)) return true;
      if (choice.needs_all()) {
        rows.push_back(std::move(row));
        return true;
      }
      output.add(std::move(row));
      return !choice.top || ++shown < *choice.top;
    };
    in_order(jobs, count - begin, make, take);
  }
  if (!choice.pareto.empty()) keep_front(rows, choice.pareto, pareto_places);
  if (choice.sort) sort_rows(rows, sort_place, choice.sort->more);
  if (choice.top && rows.size() > *choice.top) rows.resize(*choice.top);
  for (SweepRow& row : rows)
    output.add(std::move(row));
  output.finish();
  return any_answer ? done : infeasible;
}

}  // namespace infersim::cli
