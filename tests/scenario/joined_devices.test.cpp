#include "infersim/scenario/joined_devices.hpp"

#include "infersim/scenario/evaluate.hpp"
#include "scenario/questions.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

Question several(const std::string& hw, const std::string& model, int devices) {
  Question question = ask(hw, model);
  question.dtype = NumberType::int4;
  question.devices = devices;
  question.phase = PhaseChoice::decode;
  question.context = 1000;
  return question;
}

ParallelPlan spread(int tp, int pp) {
  ParallelPlan plan;
  plan.tp = tp;
  plan.pp = pp;
  return plan;
}

double tokens(const Question& question, const ParallelPlan& plan) {
  const auto answer = evaluate(load(question), plan, 1);
  REQUIRE(answer);
  return answer->headline.tokens.base();
}

}  // namespace

TEST_CASE("Two cards of a PC share tensors over PCIe, or layers one after the other") {
  const Question two = several("rtx-5060-ti", "qwen3.6-27b", 2);
  const double tensors = tokens(two, spread(2, 1));
  const double layers = tokens(two, spread(1, 2));
  // Measured on two cards of 448 GB/s: 37.1 and 22.1 tokens/s.
  CHECK_THAT(tensors, WithinRel(37.1, 0.25));
  CHECK_THAT(layers, WithinRel(22.1, 0.25));
  // Layers one after the other are no faster than one card that held them all.
  Question one = several("rtx-5060-ti", "qwen3.6-27b", 1);
  one.set = {{"device.memory.capacity", "40 GB"}};
  const double alone = tokens(one, spread(1, 1));
  CHECK(layers < alone);
  CHECK(layers > 0.95 * alone);
  CHECK(tensors < 2 * alone);
}

TEST_CASE("A slower link between computers makes tensors slower, layers hardly") {
  Question question = several("m3-ultra", "llama3.3-70b", 2);
  const auto with = [&](JoinedBy by, const ParallelPlan& plan) {
    question.link = by;
    return tokens(question, plan);
  };
  CHECK(with(JoinedBy::ethernet, spread(2, 1)) < with(JoinedBy::thunderbolt, spread(2, 1)));
  CHECK_THAT(with(JoinedBy::ethernet, spread(1, 2)) / with(JoinedBy::thunderbolt, spread(1, 2)),
             WithinRel(1.0, 0.02));
}

TEST_CASE("What joins devices is one computer around cards, computers side by side else") {
  const Scenario cards = load(several("rtx-5090", "llama3.1-70b", 2));
  CHECK(cards.system.devices_per_node == 2);
  CHECK(cards.system.scale_up.domain == 2);
  const Scenario one = load(several("rtx-5090", "llama3.1-70b", 1));
  CHECK(one.system.devices_per_node == 1);
  CHECK_THAT(cards.system.server.capital_per_device / one.system.server.capital_per_device,
             WithinRel(0.5, 1e-9));
  const Scenario macs = load(several("m4-max", "llama3.1-70b", 3));
  CHECK(macs.system.devices_per_node == 1);
  CHECK(macs.system.max_nodes == 3);
  CHECK(macs.system.scale_out.per_direction == Bandwidth{5e9});
}

TEST_CASE("Devices that nobody joins are told so") {
  Question phone = several("iphone-16-pro", "llama3.2-1b", 2);
  CHECK_THAT(messages(phone).at(0), ContainsSubstring("is a single device"));
  Question mac = several("m4-max", "llama3.1-70b", 2);
  mac.link = JoinedBy::pcie;
  CHECK_THAT(messages(mac).at(0), ContainsSubstring("is a computer, not a card"));
  CHECK_THAT(messages(several("rtx-5090", "llama3.1-70b", 64)).at(0),
             ContainsSubstring("more than one user joins"));
  Question lone = several("rtx-5090", "llama3.1-8b", 1);
  lone.link = JoinedBy::pcie;
  CHECK_THAT(messages(lone).at(0), ContainsSubstring("--link"));
}

TEST_CASE("Two cards that differ hold layers as one or the other would") {
  const auto answer = [](const std::string& hw, const std::string& model, int first) {
    Question question = ask(hw, model);
    question.phase = PhaseChoice::decode;
    question.context = 1000;
    question.offload.gpu_layers = first;
    return *evaluate(load(question), ParallelPlan{}, 1);
  };
  const auto rate = [&](const std::string& hw, int first) {
    return answer(hw, "qwen3-8b", first).headline.tokens.base();
  };
  // All layers on the first: as if the second were not there.
  Question alone = ask("rtx-5090", "qwen3-8b");
  alone.phase = PhaseChoice::decode;
  alone.context = 1000;
  CHECK_THAT(rate("rtx-5090+rtx-3090", 37), WithinRel(tokens(alone, ParallelPlan{}), 1e-9));
  // Halves on two cards of a kind: as slow as one card, and a hand-over.
  CHECK_THAT(rate("rtx-3090+rtx-3090", 19), WithinRel(rate("rtx-3090+rtx-4090", 37), 0.02));
  // Between both the time of a token grows evenly.
  const double fast = 1 / rate("rtx-5090+rtx-3090", 37);
  const double slow = 1 / rate("rtx-5090+rtx-3090", 1);
  const double half = 1 / rate("rtx-5090+rtx-3090", 19);
  CHECK(fast < half);
  CHECK_THAT(half, WithinRel((fast + slow) / 2, 0.02));

  // What neither holds both do, the faster one as much as it can, in either order.
  Question both = ask("rtx-5090+rtx-3090", "llama3.1-70b");
  both.phase = PhaseChoice::decode;
  both.context = 1000;
  const double chosen = tokens(both, ParallelPlan{});
  for (const int first : {60, 62, 64}) {
    both.offload.gpu_layers = first;
    CHECK(tokens(both, ParallelPlan{}) <= chosen * (1 + 1e-9));
  }
  both.offload.gpu_layers.reset();
  both.hw = "rtx-3090+rtx-5090";
  CHECK_THAT(tokens(both, ParallelPlan{}), WithinRel(chosen, 0.1));

  // A plus at the end is part of a name.
  CHECK(load(ask("dimensity-9300+", "llama3.2-1b")).device.id == "dimensity-9300-plus");
  CHECK_THAT(messages(ask("rtx-5090+", "qwen3-8b")).at(0), ContainsSubstring("is called"));
  CHECK_THAT(messages(ask("rtx-5090+m4", "qwen3-8b")).at(0), ContainsSubstring("is no card"));
  CHECK_THAT(messages(ask("rtx-5090+h100", "qwen3-8b")).at(0), ContainsSubstring("is no card"));
}

}  // namespace infersim::test
