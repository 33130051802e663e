#include <string>
#include <variant>

#include "infersim/core/catalog.hpp"
#include "infersim/report/fields.hpp"
#include "infersim/report/schema.hpp"
#include "infersim/search/planner.hpp"
#include "support/catch.hpp"

using namespace infersim;

namespace {

/// From what every server runs to what fits the smallest device.
constexpr const char* models[] = {"llama3.2-1b", "qwen3-0.6b"};

/// Checks every figure that has an interval; how many there were.
int check_figures(const Answer& answer) {
  int figures = 0;
  for (const Field& field : fields()) {
    if (field.spread == nullptr) continue;
    const FieldValue value = field.read(answer);
    const auto spread = field.spread(answer);
    if (!spread || !std::holds_alternative<double>(value)) continue;
    INFO(field.path << ": " << spread->p10 << " to " << spread->p90);
    CHECK(std::get<double>(value) > 0);
    CHECK(spread->covers(1.0, 1.0));
    ++figures;
  }
  return figures;
}

}  // namespace

TEST_CASE("on every chip every figure lies within its own P10 and P90, in every phase") {
  const Catalog catalog;
  for (const std::string& id : catalog.ids(DescriptionKind::device)) {
    INFO(id);
    bool ran = false;
    for (const char* model : models) {
      Question question;
      question.hw = id;
      question.model = model;
      for (const PhaseChoice phase :
           {PhaseChoice::both, PhaseChoice::prefill, PhaseChoice::decode}) {
        question.phase = phase;
        const Scenario scenario = load_scenario(catalog, question);
        const auto planned = find_plan(scenario);
        if (!planned) continue;
        ran = true;
        CHECK(check_figures({scenario, *planned}) >= 3);
      }
      if (ran) break;
    }
    CHECK(ran);
  }
}
