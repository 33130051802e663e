#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

#include "infersim/report/assumptions.hpp"
#include "infersim/report/explain.hpp"
#include "infersim/report/fields.hpp"
#include "infersim/report/json.hpp"
#include "infersim/report/summary.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"

using namespace infersim;
using namespace infersim::test;
using nlohmann::json;

namespace {

/// A question whose answer has every part: experts, several ranks, both phases.
struct Asked {
  Scenario scenario;
  PlannedAnswer planned;
  explicit Asked(const Question& question)
      : scenario(load_scenario(Catalog{}, question)), planned(*find_plan(scenario)) {}
  [[nodiscard]] Answer answer() const { return {scenario, planned}; }
};

Question deepseek_on_h200() {
  Question question;
  question.hw = "h200";
  question.model = "dsv3";
  question.devices = 16;
  return question;
}

/// `operators[].share` and the like for every key of a document.
void collect(const json& value, const std::string& path, std::set<std::string>& paths) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      collect(inner, path.empty() ? key : path + '.' + key, paths);
    }
  } else if (value.is_array() && !value.empty() && value.front().is_object()) {
    for (const json& entry : value)
      collect(entry, path + "[]", paths);
  } else {
    paths.insert(path);
  }
}

}  // namespace

TEST_CASE("docs/json.md lists every key of a document with its meaning") {
  const std::string docs = read_file(source_dir() / "docs/json.md");
  for (const Field& field : fields()) {
    const std::string row =
        "| `" + std::string(field.path) + "` | " + std::string(field.meaning) + " |\n";
    INFO(row);
    CHECK(docs.find(row) != std::string::npos);
  }
  Question any_size = deepseek_on_h200();
  any_size.devices.reset();
  std::set<std::string> paths;
  collect(json::parse(json_answer(Asked(any_size).answer())), "", paths);
  CHECK(paths.size() > fields().size());
  for (const std::string& path : paths) {
    INFO(path);
    CHECK(docs.find("| `" + path + "` |") != std::string::npos);
  }
}

TEST_CASE("every field has its own place and every label its own line") {
  std::set<std::string_view> paths;
  std::set<std::string_view> labels;
  std::size_t labelled = 0;
  for (const Field& field : fields()) {
    paths.insert(field.path);
    labelled += field.label.empty() ? 0 : 1;
    if (!field.label.empty()) labels.insert(field.label);
  }
  CHECK(paths.size() == fields().size());
  CHECK(labels.size() == labelled);
}

TEST_CASE("a document is the same each time it is written") {
  const Asked asked(deepseek_on_h200());
  CHECK(json_answer(asked.answer()) == json_answer(asked.answer()));
  CHECK(json_answer(asked.answer()) == json_answer(Asked(deepseek_on_h200()).answer()));
}

TEST_CASE("figures of a document agree with each other") {
  const Asked asked(deepseek_on_h200());
  const json document = json::parse(json_answer(asked.answer()));
  const json& plan = document["plan"];
  CHECK(plan["devices"] == plan["replicas"].get<int>() * plan["tp"].get<int>() *
                               plan["pp"].get<int>() * plan["dp"].get<int>());
  const json& memory = document["memory"];
  const double parts = memory["weights_bytes"].get<double>() + memory["kv_bytes"].get<double>() +
                       memory["activation_bytes"].get<double>() +
                       memory["reserve_bytes"].get<double>() + memory["free_bytes"].get<double>();
  CHECK_THAT(parts, WithinRel(memory["capacity_bytes"].get<double>(), 1e-6));
  CHECK(memory["kv_bytes_per_token"] == 70272);
  double prefill = 0;
  double decode = 0;
  for (const json& op : document["operators"]) {
    (op["phase"] == "prefill" ? prefill : decode) += op["share"].get<double>();
  }
  CHECK_THAT(prefill, WithinRel(1.0, 1e-9));
  CHECK_THAT(decode, WithinRel(1.0, 1e-9));
}

TEST_CASE("intervals are the residuals of the regime times the figures") {
  const Asked asked(deepseek_on_h200());
  const json document = json::parse(json_answer(asked.answer()));
  const auto residual = [&](const char* metric) {
    for (const json& each : document["scope"]["residuals"]) {
      if (each["metric"] == metric) return each;
    }
    return json();
  };
  const json tpot = residual("tpot");
  CHECK(tpot["rows"].get<int>() > 0);
  const json& interval = document["interval"];
  CHECK_THAT(interval["tpot_ms"]["p10"].get<double>(),
             WithinRel(document["tpot_ms"].get<double>() * tpot["p10"].get<double>(), 1e-9));
  // The slower a user's tokens, the fewer.
  CHECK_THAT(interval["tokens_per_s_per_user"]["p90"].get<double>(),
             WithinRel(1e3 / interval["tpot_ms"]["p10"].get<double>(), 1e-9));
  for (const Field& field : fields()) {
    if (field.spread == nullptr) continue;
    INFO(field.path);
    const auto spread = field.spread(asked.answer());
    REQUIRE(spread.has_value());
    CHECK(spread->p10 < spread->p90);
  }
  const std::string text = summary(asked.answer(), {});
  const std::string said = "in brackets: prediction error, P10 to P90";
  CHECK(text.find(said) != std::string::npos);
  CHECK(text.find("P10 to P90", text.find(said) + said.size()) == std::string::npos);
  CHECK(text.find("\nScope\n  " + document["scope"]["regime"].get<std::string>()) !=
        std::string::npos);
}

TEST_CASE("what belongs to a phase that was not asked for is null") {
  Question question = deepseek_on_h200();
  question.phase = PhaseChoice::decode;
  const json decode = json::parse(json_answer(Asked(question).answer()));
  CHECK(decode["ttft_ms"].is_null());
  CHECK(decode["prefill"]["ttft_ms"].is_null());
  CHECK(decode["cost"]["usd_per_mtok_input"].is_null());
  CHECK(decode["tpot_ms"] == decode["decode"]["tpot_ms"]);
  question.phase = PhaseChoice::prefill;
  const json prefill = json::parse(json_answer(Asked(question).answer()));
  CHECK(prefill["tpot_ms"].is_null());
  CHECK(prefill["decode"]["mfu"].is_null());
  CHECK(prefill["ttft_ms"] == prefill["prefill"]["ttft_ms"]);
}

TEST_CASE("assumptions are of weak basis, those from the press last, each with a source") {
  const Asked asked(deepseek_on_h200());
  const auto ledger = assumptions(asked.scenario, asked.planned.best);
  REQUIRE_FALSE(ledger.empty());
  for (const Assumption& figure : ledger) {
    INFO(figure.key);
    CHECK(figure.basis >= Basis::press);
    CHECK_FALSE(figure.source.empty());
    CHECK_FALSE(figure.source.starts_with("; "));
    CHECK_FALSE(figure.value.empty());
  }
  const auto press = [](const Assumption& figure) { return figure.basis == Basis::press; };
  CHECK(std::is_partitioned(ledger.rbegin(), ledger.rend(), press));
}

TEST_CASE("a summary fits the width it is given") {
  for (const char* hw : {"h200", "ascend910c", "snapdragon-8-gen3"}) {
    Question question;
    question.hw = hw;
    question.model = "llama2-7b";
    const Asked asked(question);
    for (const int width : {80, 120}) {
      const std::string text = summary(asked.answer(), {.width = width, .color = false});
      for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        REQUIRE(end != std::string::npos);
        const std::string line = text.substr(begin, end - begin);
        INFO(line);
        CHECK(columns_of(line) <= width);
        CHECK_FALSE(line.ends_with(' '));
        begin = end + 1;
      }
    }
  }
}

TEST_CASE("explain writes out every operator of both steps") {
  const Asked asked(deepseek_on_h200());
  const std::string text = explain(asked.answer(), {});
  for (const StepBreakdown* step :
       {&asked.planned.best.prefill->steps, &asked.planned.best.decode->steps}) {
    for (const OpShare& op : step->ops) {
      const std::string line = "    " + op.op.substr(op.op.rfind(": ") + 2) + ", ";
      INFO(line);
      CHECK(text.find(line) != std::string::npos);
    }
  }
}

TEST_CASE("explain fits the width it is given") {
  const std::string text = explain(Asked(deepseek_on_h200()).answer(), {});
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(columns_of(line) <= 80);
  }
}

TEST_CASE(
    "explain shows the bandwidth that a collective was given and what the busiest rank adds") {
  Question question = deepseek_on_h200();
  question.tp = 2;
  question.ep = 16;
  const Asked asked(question);
  const std::string text = explain(asked.answer(), {.width = 1000, .color = false});
  for (const OpShare& op : asked.planned.best.decode->steps.ops) {
    if (op.cost.up_bandwidth > Bandwidth{}) {
      INFO(op.op);
      CHECK(text.find(show(op.cost.link) + " = ") != std::string::npos);
    }
    if (op.cost.active_experts > 0) {
      INFO(op.op);
      REQUIRE(op.cost.imbalance > 1);
      CHECK(text.find(show_count(op.cost.rows) + " rows of the busiest rank") != std::string::npos);
    }
  }
  CHECK(text.find(" on the busiest rank (") != std::string::npos);
  CHECK(text.find("; p = ") != std::string::npos);
}

TEST_CASE("answers of one token have no time per output token") {
  Question question = deepseek_on_h200();
  question.osl = 1;
  const Asked asked(question);
  const json document = json::parse(json_answer(asked.answer()));
  CHECK(document["tpot_ms"].is_null());
  CHECK(document["tokens_per_s_per_user"].is_null());
  CHECK(document["candidates"][0]["tpot_ms"].is_null());
  CHECK(document["ttft_ms"].is_number());
  const std::string text = summary(asked.answer(), {});
  CHECK(text.find("TPOT -") != std::string::npos);
  CHECK(text.find("- per user") != std::string::npos);
}

TEST_CASE("bytes of what cannot run are whole numbers, and null where bytes are not the matter") {
  const Scenario scenario = load_scenario(Catalog{}, deepseek_on_h200());
  const json bytes = json::parse(
      json_infeasible(scenario, {"too large", Bytes{12.4}, Bytes{10.0}, ""}))["infeasible"];
  CHECK(bytes["needed_bytes"] == 12);
  CHECK(bytes["needed_bytes"].is_number_integer());
  CHECK(bytes["available_bytes"].is_number_integer());
  const json none =
      json::parse(json_infeasible(scenario, {"idle groups", Bytes{}, Bytes{}, ""}))["infeasible"];
  CHECK(none["needed_bytes"].is_null());
  CHECK(none["available_bytes"].is_null());
}

TEST_CASE("a phone's answer begins with the speed at which its user reads") {
  Question question;
  question.hw = "snapdragon-8-gen3";
  question.model = "llama2-7b";
  const Asked asked(question);
  const std::string text = summary(asked.answer(), {});
  const double rate = Tokens{1} / asked.planned.best.decode->alone.tpot / TokenRate{1};
  // The rate, with its interval between.
  const std::size_t first = text.find("\n\n  " + digits(rate) + " (");
  REQUIRE(first != std::string::npos);
  const std::size_t line = text.find('\n', first + 2);
  CHECK(text.substr(first, line - first).find(") tokens/s while decoding, ") != std::string::npos);
}

TEST_CASE("lengths that were cut to the model's context are said to be") {
  Question question;
  question.hw = "h200";
  question.model = "llama2-7b";
  const std::string said = "cut to the model's context of 4,096";
  CHECK(summary(Asked(question).answer(), {}).find("--isl and --osl " + said) != std::string::npos);
  question.isl = 100;
  CHECK(summary(Asked(question).answer(), {}).find(said) == std::string::npos);
}

TEST_CASE("prefill alone says of which steps its rate is") {
  Question question = deepseek_on_h200();
  question.phase = PhaseChoice::prefill;
  const Asked asked(question);
  const double prompts = asked.planned.best.prefill->alone.sequences;
  const std::string text = summary(asked.answer(), {.width = 120, .color = false});
  CHECK(text.find("in steps of " + show_count(prompts) + " prompts per group") !=
        std::string::npos);
  CHECK(json::parse(json_answer(asked.answer()))["prefill"]["prompts_per_step"] == prompts);
}
