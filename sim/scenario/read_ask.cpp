#include "infersim/scenario/read_ask.hpp"

#include "infersim/scenario/options.hpp"

namespace infersim {

void read_ask(TableReader ask, Question& question, Diagnostics& faults) {
  for (const QuestionOption& option : question_options()) {
    const std::string key = option.key();
    const auto typed = ask.optional_typed(key);
    if (!typed) continue;
    Diagnostics unread;
    option.set(question, option.name, *typed, unread);
    try {
      unread.throw_if_any();
    } catch (const InputError& error) {
      for (const Diagnostic& fault : error.faults())
        faults.error(ask.location(key), fault.message, fault.hint);
    }
  }
  ask.finish();
}

}  // namespace infersim
