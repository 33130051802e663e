#include "demands/table.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/search/planner.hpp"

namespace infersim::demands {
namespace {

double user_rate(const char* phone) {
  Question question;
  question.hw = phone;
  question.model = "llama2-7b";
  const auto found = find_plan(load_scenario(Catalog{}, question));
  return found ? 1.0 / found->best.decode->alone.tpot.base() : 0.0;
}

}  // namespace

Section phones() {
  Section s{"Phones", {}};
  s.rows.push_back(within("Snapdragon 8 Gen 3, Llama-2-7B, tokens/s (20 vendor, 12.9 independent)",
                          user_rate("snapdragon-8-gen3"), 12.9, 20.0, 1, ""));
  // A claim is a best case: the prediction lies under it and over an independent phone of the same
  // memory.
  s.rows.push_back(within("Dimensity 9300, Llama-2-7B, tokens/s (20 claimed)",
                          user_rate("dimensity-9300"), 12.9, 20.0, 1, ""));
  return s;
}

}  // namespace infersim::demands
