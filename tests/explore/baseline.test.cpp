#include "infersim/explore/baseline.hpp"

#include <algorithm>

#include "support/catch.hpp"

using namespace infersim;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* questions = R"(tolerance = 0.02
[[question]]
ask = { hw = "h200", model = "llama3.1-8b", devices = 1, batch = 8 }
[[question]]
ask = { hw = "rtx-4090", model = "llama3.1-70b", dtype = "bf16", devices = 1 }
)";

constexpr const char* first = "hw=h200 model=llama3.1-8b batch=8 devices=1";

Baseline baseline_of(const Catalog& catalog, const char* text = questions) {
  return read_baseline(catalog, text, "baseline.toml");
}

BaselineAnswers answers_of(const Catalog& catalog, const Baseline& baseline) {
  return answer_baseline(catalog, baseline, [](std::size_t, std::size_t) {});
}

/// The catalogue with another text of the H200.
Catalog with_h200(const std::string& from, const std::string& to) {
  Catalog catalog;
  Description h200 = catalog.get(DescriptionKind::device, "h200");
  const std::size_t at = h200.text.find(from);
  REQUIRE(at != std::string::npos);
  h200.text.replace(at, from.size(), to);
  catalog.put(DescriptionKind::device, h200);
  return catalog;
}

bool says(const std::vector<std::string>& lines, const std::string& what) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(what) != std::string::npos; });
}

}  // namespace

TEST_CASE("Check: what was written and read again has not moved") {
  const Catalog catalog;
  const Baseline baseline = baseline_of(catalog);
  CHECK(baseline.tolerance == 0.02);
  REQUIRE(baseline.questions.size() == 2);
  CHECK(baseline.questions.front().name == first);
  CHECK(baseline.questions.front().place.line == 2);
  const BaselineAnswers now = answers_of(catalog, baseline);
  CHECK(now.answers.at(first).predicted.at("tpot_ms") > 0.0);
  CHECK_THAT(now.answers.at(baseline.questions.back().name).refused, ContainsSubstring("exceed"));
  const BaselineAnswers again = read_answers(write_answers(now), "answers.json");
  const BaselineComparison same = compare_answers(baseline, again, now, 1e-5);
  CHECK(same.changes.empty());
  CHECK(same.largest < 1e-5);
  CHECK(same.descriptions.empty());
  CHECK(write_answers(again) == write_answers(now));
}

TEST_CASE("Check: a planted change is found and named by its operators and its description") {
  const Catalog catalog;
  const Baseline baseline = baseline_of(catalog);
  const BaselineAnswers before = answers_of(catalog, baseline);
  const BaselineAnswers now =
      answers_of(with_h200("bandwidth = \"4.8 TB/s\"", "bandwidth = \"4.32 TB/s\""), baseline);
  const BaselineComparison moved = compare_answers(baseline, before, now, 0.01);
  REQUIRE(moved.changes.size() == 1);
  const BaselineChange& change = moved.changes.front();
  CHECK(change.name == first);
  CHECK(says(change.moved, "tpot_ms"));
  CHECK_FALSE(says(change.moved, "weights_bytes"));
  CHECK(says(change.causes, "decode linear"));
  CHECK(says(change.causes, "device h200 was edited"));
  // 10 % less of a bandwidth moves nothing by more than 12 %.
  CHECK(compare_answers(baseline, before, now, 0.12).changes.empty());
  CHECK(moved.descriptions == std::vector<std::string>{"device h200"});
  CHECK_THAT(comparison_text(moved), ContainsSubstring("1 of 2 answers moved by more than 1 %"));
  CHECK_THAT(comparison_github(moved), ContainsSubstring("::error file=baseline.toml,line=2::"));
  const std::string junit = comparison_junit(baseline, moved);
  CHECK_THAT(junit, ContainsSubstring("tests=\"2\" failures=\"1\""));
  CHECK_THAT(junit, ContainsSubstring("-&gt;"));
}

TEST_CASE("Check: a comment alone moves nothing") {
  const Catalog catalog;
  const Baseline baseline = baseline_of(catalog);
  const Catalog noted = with_h200("bandwidth = \"4.8 TB/s\"", "bandwidth = \"4.8 TB/s\" # as told");
  const BaselineComparison same =
      compare_answers(baseline, answers_of(catalog, baseline), answers_of(noted, baseline), 1e-9);
  CHECK(same.changes.empty());
  CHECK(same.descriptions.size() == 1);
}

TEST_CASE("Check: what begins or ceases to run, what is new and what is gone") {
  const Catalog catalog;
  const Baseline baseline = baseline_of(catalog);
  const BaselineAnswers now = answers_of(catalog, baseline);
  BaselineAnswers before = now;
  const std::string second = baseline.questions.back().name;
  before.answers.at(second).refused.clear();
  before.answers.erase(first);
  before.answers["hw=nothing"] = {};
  const BaselineComparison found = compare_answers(baseline, before, now, 0.01);
  REQUIRE(found.changes.size() == 2);
  CHECK(says(found.changes[0].moved, "no answer is kept"));
  CHECK(says(found.changes[1].moved, "cannot run"));
  CHECK(found.not_asked == std::vector<std::string>{"hw=nothing"});
}

TEST_CASE("Check: every chip or model of the catalogue") {
  const Catalog catalog;
  const Baseline all =
      baseline_of(catalog, "[[question]]\nevery = \"hw\"\nask = { model = \"dsv3\" }\n");
  CHECK(all.questions.size() == catalog.ids(DescriptionKind::device).size());
  CHECK(baseline_of(catalog, "[[question]]\nevery = \"model\"\nask = { hw = \"h200\" }\n")
            .questions.size() == catalog.ids(DescriptionKind::model).size());
}

TEST_CASE("Check: faults of a file of questions are told at their place") {
  const Catalog catalog;
  for (const auto& [text, what] : std::vector<std::pair<const char*, const char*>>{
           {"", "question"},
           {"[[question]]\n", "nothing is asked"},
           {"[[question]]\nask = { hw = \"h200\" }\n", "does not name a chip and a model"},
           {"[[question]]\nask = { hw = \"h200\", model = \"dsv3\", btach = 4 }\n", "batch"},
           {"[[question]]\nask = { hw = \"h200\", model = \"dsv3\", batch = \"x\" }\n", "batch"},
           {"[[question]]\nevery = \"site\"\nask = { hw = \"h200\" }\n", "is not a kind"},
           {"tolerance = -1\n[[question]]\nask = { hw = \"h200\", model = \"dsv3\" }\n",
            "tolerance"}}) {
    INFO(text);
    try {
      baseline_of(catalog, text);
      FAIL("no fault was told");
    } catch (const InputError& error) {
      std::string all;
      for (const Diagnostic& fault : error.faults())
        all += fault.message + " " + fault.hint + "\n";
      CHECK_THAT(all, ContainsSubstring(what));
    }
  }
  CHECK_THROWS_AS(read_answers("{}", "a.json"), InputError);
  CHECK_THROWS_AS(read_answers("nonsense", "a.json"), InputError);
}
