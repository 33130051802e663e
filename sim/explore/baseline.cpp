#include "infersim/explore/baseline.hpp"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "explore/plan_words.hpp"
#include "infersim/core/parallel.hpp"
#include "infersim/core/text.hpp"
#include "infersim/core/toml_reader.hpp"
#include "infersim/report/metric_fields.hpp"
#include "infersim/report/operators.hpp"
#include "infersim/scenario/options.hpp"
#include "infersim/scenario/read_ask.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/scenario/setting.hpp"

namespace infersim {
namespace {

/// What is kept of an answer.
constexpr std::string_view kept[] = {"tokens_per_s_per_device",
                                     "ttft_ms",
                                     "tpot_ms",
                                     "power_w",
                                     "energy_j_per_output_token",
                                     "cost.usd_per_mtok_output",
                                     "memory.weights_bytes",
                                     "memory.kv_bytes_per_token"};

constexpr DescriptionKind all_kinds[] = {
    DescriptionKind::device,     DescriptionKind::system,  DescriptionKind::site,
    DescriptionKind::framework,  DescriptionKind::model,   DescriptionKind::traffic,
    DescriptionKind::efficiency, DescriptionKind::kernels, DescriptionKind::prices};

/// FNV-1a of 64 bits.
std::string digest(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return fmt::format("{:016x}", hash);
}

void add_operators(BaselineAnswer& answer, std::string_view phase, const StepBreakdown& step,
                   const Machine& machine) {
  for (const OperatorTime& time : operator_times(step, machine, Grouping::by_class))
    answer.operators[fmt::format("{} {}", phase, time.op_class)] += time.time / microsecond;
}

BaselineAnswer answer_of(const Catalog& catalog, const Question& question) {
  BaselineAnswer answer;
  for (const auto& [kind, id] : subjects_of(catalog, question))
    answer.descriptions.push_back(fmt::format("{} {}", name(kind), catalog.get(kind, id).id));
  const Scenario scenario = load_scenario(catalog, question);
  const auto planned = find_plan(scenario, 1);
  if (!planned) {
    answer.refused = planned.error().reason;
    return answer;
  }
  const Answer found{scenario, *planned};
  const Evaluation& best = found.best();
  answer.plan = plan_words(best);
  for (const std::string_view path : kept) {
    if (const auto value = metric_value(metric_field(path, ""), found)) {
      answer.predicted[std::string(path)] = *value;
    }
  }
  if (best.prefill) {
    add_operators(answer, "prefill", best.prefill->steps, scenario.prefill_machine);
  }
  if (best.decode) {
    add_operators(answer, "decode", best.decode->steps, scenario.decode_machine);
  }
  return answer;
}

/// `hw=h200 model=dsv3`: what the table of a question says, in the order of help.
std::string words_of(TableReader& ask) {
  std::vector<std::string> words;
  for (const QuestionOption& option : question_options()) {
    const std::string key = option.key();
    if (const auto value = ask.optional_typed(key)) {
      words.push_back(fmt::format("{}={}", key, *value));
    }
  }
  return join(words, " ");
}

void read_question(const Catalog& catalog, TableReader& table, Diagnostics& faults,
                   Baseline& baseline) {
  const Location place = table.location();
  const auto every = table.optional_text("every");
  auto ask = table.optional_table("ask");
  if (!ask) {
    table.fault("ask", "nothing is asked", "ask = { hw = \"h200\", model = \"dsv3\" }");
    return;
  }
  BaselineQuestion asked{words_of(*ask), {}, place};
  read_ask(*std::move(ask), asked.question, faults);
  if (every && *every != "hw" && *every != "model") {
    table.fault("every", quote(*every) + " is not a kind", "hw or model");
  } else if (every) {
    const bool hw = *every == "hw";
    for (const std::string& id :
         catalog.ids(hw ? DescriptionKind::device : DescriptionKind::model)) {
      BaselineQuestion one = asked;
      (hw ? one.question.hw : one.question.model) = id;
      one.name = fmt::format("{}={} {}", *every, id, asked.name);
      baseline.questions.push_back(std::move(one));
    }
  } else if (asked.question.hw.empty() || asked.question.model.empty()) {
    table.fault("ask", "does not name a chip and a model", "give hw and model");
  } else {
    baseline.questions.push_back(std::move(asked));
  }
  table.finish();
}

}  // namespace

Baseline read_baseline(const Catalog& catalog, std::string_view toml, const std::string& path) {
  Diagnostics faults;
  TomlDocument document(toml, path, faults);
  TableReader root = document.root();
  Baseline baseline;
  baseline.tolerance = root.optional_number("tolerance", 0.0, 1.0).value_or(baseline.tolerance);
  for (TableReader& table : root.tables("question", 1))
    read_question(catalog, table, faults, baseline);
  root.finish();
  std::set<std::string> seen;
  for (const BaselineQuestion& each : baseline.questions) {
    if (!seen.insert(each.name).second) {
      faults.error(each.place, quote(each.name) + " is asked a second time");
    }
  }
  faults.throw_if_any();
  return baseline;
}

BaselineAnswers answer_baseline(const Catalog& catalog, const Baseline& baseline,
                                const std::function<void(std::size_t, std::size_t)>& progress) {
  BaselineAnswers result;
  result.version = version();
  for (const DescriptionKind kind : all_kinds) {
    for (const Description& description : catalog.descriptions(kind))
      result.digests[fmt::format("{} {}", name(kind), description.id)] = digest(description.text);
  }
  const auto& questions = baseline.questions;
  std::vector<BaselineAnswer> answers(questions.size());
  std::vector<std::vector<Diagnostic>> wrong(questions.size());
  std::mutex told;
  std::size_t done = 0;
  for_each_index(0, questions.size(), [&](std::size_t i) {
    try {
      answers[i] = answer_of(catalog, questions[i].question);
    } catch (const InputError& error) {
      // What a question asks may not be possible on each of a kind: that too is an answer to keep.
      answers[i].refused = error.faults().front().message;
    }
    const std::scoped_lock lock(told);
    progress(++done, questions.size());
  });
  for (std::size_t i = 0; i < questions.size(); ++i)
    result.answers[questions[i].name] = std::move(answers[i]);
  return result;
}

}  // namespace infersim
