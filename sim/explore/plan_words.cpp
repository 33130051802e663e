#include "explore/plan_words.hpp"

#include <fmt/format.h>

namespace infersim {

std::string plan_words(const Evaluation& e) {
  std::string text = fmt::format("{} device{}", e.devices(), e.devices() == 1 ? "" : "s");
  if (e.replicas > 1) text += fmt::format(" ({} replicas)", e.replicas);
  return fmt::format("{}, tp {} pp {} dp {}, batch {:.0f}", text, e.plan.tp, e.plan.pp, e.plan.dp,
                     e.batch);
}

}  // namespace infersim
