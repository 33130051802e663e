#include "infersim/scenario/options.hpp"

#include <set>

#include "scenario/questions.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

using Messages = std::vector<std::string>;

namespace {

/// Sets options by name; the messages of what is wrong with them.
Messages set(Question& question,
             const std::vector<std::pair<std::string_view, std::string_view>>& options) {
  Diagnostics faults;
  for (const auto& [name, text] : options) {
    for (const QuestionOption& option : question_options()) {
      if (option.name == name) option.set(question, name, text, faults);
    }
  }
  try {
    faults.throw_if_any();
  } catch (const InputError& error) {
    Messages all;
    for (const Diagnostic& fault : error.faults())
      all.push_back(fault.message);
    return all;
  }
  return {};
}

Messages wrong_with(std::string_view option, std::string_view text) {
  Question question = ask("h200", "dsv3");
  const Messages unread = set(question, {{option, text}});
  return unread.empty() ? messages(question) : unread;
}

}  // namespace

TEST_CASE("options have names and keys of their own, and help that fits") {
  std::set<std::string> keys;
  for (const QuestionOption& option : question_options()) {
    INFO(option.name);
    CHECK(option.name.starts_with("--"));
    CHECK(keys.insert(option.key()).second);
    std::size_t begin = 0;
    for (std::size_t end = 0; end != std::string_view::npos; begin = end + 1) {
      end = option.help.find('\n', begin);
      CHECK((end == std::string_view::npos ? option.help.size() : end) - begin <= 50);
    }
  }
  CHECK(keys.contains("redundant_experts"));
}

TEST_CASE("lengths are shares of the nominal ones, or exact") {
  Question question;
  CHECK(set(question, {{"--lengths", "0.8-1.0"}}).empty());
  CHECK(question.lengths == LengthRange{0.8, 1.0});
  CHECK(question.lengths.mean() == 0.9);
  CHECK(set(question, {{"--lengths", "0-1"}}).empty());
  CHECK(question.lengths == LengthRange{0, 1});
  CHECK(set(question, {{"--lengths", "exact"}}).empty());
  CHECK(question.lengths == LengthRange{});
  for (const char* text : {"0.8", "0.8-", "-1-1", "a-b", "", "0.8-1.0-1.2"}) {
    INFO(text);
    CHECK_FALSE(wrong_with("--lengths", text).empty());
  }
  for (const char* text : {"0-0", "1.2-0.8", "0.5-2.1"}) {
    INFO(text);
    const Messages told = wrong_with("--lengths", text);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told.front(), StartsWith("--lengths: "));
  }
}

TEST_CASE("drawn lengths have the mean of their range, and the longest has to fit the context") {
  Question question = ask("h200", "llama2-7b");
  question.isl = 2000;
  question.osl = 1000;
  question.lengths = {0.5, 1.0};
  const Scenario scenario = load(question);
  CHECK(scenario.nominal.isl == 2000);
  CHECK(scenario.traffic.isl == 1500);
  CHECK(scenario.traffic.osl == 750);
  CHECK(scenario.decode_context == 1500 + 375);
  question.lengths = {0, 1.4};
  CHECK(messages(question) == Messages{"--isl 2000 and --osl 1000 at 1.4 times their length exceed "
                                       "the 4096 tokens of context of Llama 2 7B"});
}

TEST_CASE("a prefix cache holds tokens or a share of a prompt, and never all of it") {
  Question question = ask("h200", "dsv3");
  CHECK(set(question, {{"--cached", "512"}}).empty());
  CHECK(load(question).workload().cached == 512);
  CHECK(set(question, {{"--cached", "40%"}}).empty());
  CHECK(load(question).workload().cached == 0.4 * 4000);
  CHECK(wrong_with("--cached", "100%") == Messages{"--cached: 100% is not possible"});
  CHECK(wrong_with("--cached", "4000") == Messages{"--cached 4000: a prompt has 4000 tokens"});
  CHECK(wrong_with("--cached", "-1") == Messages{"--cached: -1 is not possible"});
  CHECK(wrong_with("--cached", "some").size() == 1);
}

TEST_CASE("a benchmark says how many requests start together") {
  Question question = ask("h200", "dsv3");
  question.waves = 10;
  CHECK(messages(question) == Messages{"--waves: how many requests start together is not known"});
  question.batch = 64;
  CHECK(messages(question).empty());
  question.phase = PhaseChoice::decode;
  CHECK(messages(question) ==
        Messages{"--waves: a phase alone has no benchmark that starts and ends"});
  Question phone = ask("snapdragon-8-gen3", "llama2-7b");
  phone.waves = 1;  // one request at a time is what a phone has
  CHECK(messages(phone).empty());
}

TEST_CASE("settings of engines have ranges, and their faults name the option") {
  const std::vector<std::pair<const char*, const char*>> bad = {{"--max-seqs", "0"},
                                                                {"--step-tokens", "0"},
                                                                {"--recv-interval", "0"},
                                                                {"--memory-share", "0"},
                                                                {"--memory-share", "1.1"},
                                                                {"--memory-share", "x"},
                                                                {"--replicas", "0"},
                                                                {"--moe-tp", "0"},
                                                                {"--waves", "0"},
                                                                {"--size", "largest"},
                                                                {"--chunked-prefill", "maybe"},
                                                                {"--expert-dtype", "fp7"}};
  for (const auto& [option, text] : bad) {
    INFO(option << ' ' << text);
    const Messages told = wrong_with(option, text);
    REQUIRE_FALSE(told.empty());
    CHECK_THAT(told.front(), StartsWith(option));
  }
  CHECK(wrong_with("--memory-share", "1").empty());
}

TEST_CASE("replicas are devices too") {
  Question question = ask("h200", "dsv3");
  question.devices = 32;
  question.replicas = 2;
  question.tp = 4;
  question.pp = 1;
  question.dp = 4;
  CHECK(messages(question).empty());
  question.replicas = 3;
  CHECK(messages(question) ==
        Messages{"--replicas 3 x --tp 4 x --pp 1 x --dp 4 does not make --devices 32"});
}

TEST_CASE("routed experts may have a type of their own") {
  Question question = ask("b200", "dsv3");
  question.expert_dtype = NumberType::fp4;
  const PrecisionPlan plan = load(question).precision;
  CHECK(plan.experts == NumberType::fp4);
  CHECK(plan.weights == NumberType::fp8);
  CHECK_THAT(plan.reason, ContainsSubstring("; experts fp4: asked for"));
  CHECK(load(ask("b200", "dsv3")).precision.experts == NumberType::fp8);
  Question dense = ask("b200", "llama3.1-8b");
  dense.expert_dtype = NumberType::fp4;
  dense.moe_tp = 2;
  CHECK(messages(dense) == Messages{"--moe-tp 2: Llama 3.1 8B has no experts",
                                    "--expert-dtype: Llama 3.1 8B has no experts"});
  Question ascend = ask("ascend910b", "dsv3");
  ascend.expert_dtype = NumberType::fp8;
  CHECK(messages(ascend) ==
        Messages{"--expert-dtype fp8: Huawei Ascend 910B2 does not compute in it"});
}
