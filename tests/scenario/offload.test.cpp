#include "infersim/scenario/offload.hpp"

#include <algorithm>

#include "infersim/scenario/evaluate.hpp"
#include "scenario/questions.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

/// A PC's card with 12 GB, a model of 19 GB.
Question too_large() {
  Question question = ask("rtx-4070-super", "qwen3-32b");
  question.phase = PhaseChoice::decode;
  question.context = 1000;
  return question;
}

/// A card with more memory than there is, so that any split of the same model fits.
Question roomy(const std::string& model) {
  Question question = ask("rtx-4070-super", model);
  question.set = {{"device.memory.capacity", "2 TB"}, {"host.memory.capacity", "4 TB"}};
  question.phase = PhaseChoice::decode;
  question.context = 1000;
  return question;
}

Feasible<Evaluation> answer_to(const Question& question) {
  return evaluate(load(question), ParallelPlan{}, question.batch.value_or(1.0));
}

double tokens(const Question& question) { return answer_to(question)->headline.tokens.base(); }

/// Weights in all memories together.
double weights(const Evaluation& answer) {
  double sum = answer.memory.weights.base();
  for (const MemoryLedger& other : answer.memory.elsewhere)
    sum += other.weights.base();
  return sum;
}

Bytes weights_in(const Evaluation& answer, Place place) {
  for (const MemoryLedger& other : answer.memory.elsewhere) {
    if (other.place == place) return other.weights;
  }
  return {};
}

}  // namespace

TEST_CASE("Nothing leaves a device's memory unasked") {
  const auto refused = answer_to(too_large());
  REQUIRE(!refused);
  CHECK(refused.error().needed > refused.error().available);
  Question question = too_large();
  question.offload.automatic = true;
  CHECK(answer_to(question).has_value());
}

TEST_CASE("With all layers on the device an offload is none") {
  for (const char* model : {"qwen3-8b", "gpt-oss-20b"}) {
    Question question = ask("rtx-4090", model);
    const auto plain = answer_to(question);
    for (const bool automatic : {true, false}) {
      question.offload.automatic = automatic;
      if (!automatic) question.offload.gpu_layers = all_layers;
      const auto moved = answer_to(question);
      REQUIRE(moved);
      CHECK(moved->headline.tokens == plain->headline.tokens);
      CHECK(moved->headline.ttft == plain->headline.ttft);
      CHECK(moved->board_power == plain->board_power);
      CHECK(moved->memory.kv_capacity == plain->memory.kv_capacity);
      CHECK(moved->memory.elsewhere.empty());
    }
  }
}

TEST_CASE("With all layers on the host it decodes as the host does by itself") {
  for (const char* model : {"qwen3-32b", "gpt-oss-20b", "qwen3-30b-a3b"}) {
    Question hosted = ask("rtx-4070-super", model);
    hosted.phase = PhaseChoice::decode;
    hosted.offload.gpu_layers = 0;
    hosted.offload.host = "ryzen-9-9950x";
    Question alone = ask("ryzen-9-9950x", model);
    alone.phase = PhaseChoice::decode;
    INFO(model);
    CHECK_THAT(tokens(hosted), WithinRel(tokens(alone), 0.03));
  }
}

TEST_CASE("More layers on the device are never slower, and weights are kept once") {
  for (const char* model : {"qwen3-32b", "gpt-oss-20b", "deepseek-v2-lite", "gemma3-12b"}) {
    Question question = roomy(model);
    const double whole = weights(*answer_to(question));
    double before = 0;
    const auto layers = static_cast<int>(load(question).model.layer_count());
    for (int on_device = 0; on_device <= layers + 1; ++on_device) {
      question.offload.gpu_layers = on_device;
      const auto answer = answer_to(question);
      INFO(model << ' ' << on_device);
      REQUIRE(answer);
      CHECK(answer->headline.tokens.base() >= before * (1 - 1e-9));
      before = answer->headline.tokens.base();
      // A tied table that both sides need is there twice.
      const bool tied = load(question).model.tied_embeddings;
      CHECK(weights(*answer) >= whole * (1 - 1e-9));
      CHECK(weights(*answer) <= whole * (tied ? 1.15 : 1 + 1e-9));
    }
    CHECK_THAT(before, WithinRel(tokens(roomy(model)), 1e-9));
  }
}

TEST_CASE("Experts on the host cost their bytes, and leave the device as many") {
  Question question = roomy("gpt-oss-20b");
  const auto all = answer_to(question);
  double before = all->headline.tokens.base();
  for (const int layers : {6, 12, 18, 24}) {
    question.offload.cpu_experts = layers;
    const auto answer = answer_to(question);
    REQUIRE(answer);
    CHECK(answer->headline.tokens.base() < before);
    before = answer->headline.tokens.base();
    // 32 experts of 3 x 2880 x 2880 in MXFP4 in each layer, beside the embedding.
    const double experts = layers * 32 * 3.0 * 2880 * 2880 * 4.25 / 8;
    const Bytes freed = all->memory.weights - answer->memory.weights;
    CHECK(freed.base() > experts);
    CHECK_THAT(weights_in(*answer, Place::host).base(), WithinRel(freed.base(), 1e-9));
    CHECK(freed.base() < experts + 1.3e9);
  }
  // Caches stay with attention.
  CHECK(answer_to(question)->memory.kv_per_token == all->memory.kv_per_token);
}

TEST_CASE("A host is no faster than its memory, whatever else is") {
  Question question = roomy("qwen3-32b");
  question.offload.gpu_layers = 33;
  const auto slow = answer_to(question);
  const Seconds floor = weights_in(*slow, Place::host) / Bandwidth{89.6e9};
  CHECK(*slow->headline.tpot > 0.9 * floor);  // the embedding is looked up
  question.set.push_back({"host.memory.bandwidth", "179.2 GB/s"});
  const auto fast = answer_to(question);
  CHECK(*fast->headline.tpot < 0.6 * *slow->headline.tpot);
  CHECK(*fast->headline.tpot > 0.5 * *slow->headline.tpot);
}

TEST_CASE("Weights of prompts are brought to the device where that is faster") {
  Question question = roomy("qwen3-32b");
  question.phase = PhaseChoice::prefill;
  question.context.reset();
  question.osl = 1;
  question.offload.gpu_layers = 1;
  const auto prefill = [&](const char* link, double isl) {
    Question asked = question;
    asked.isl = isl;
    asked.set.push_back({"system.host.device", "ryzen-9-9950x"});
    asked.set.push_back({"system.host.link", link});
    asked.set.push_back({"system.host.latency", "20 us"});
    asked.set.push_back({"system.host.basis", "assumed"});
    asked.set.push_back({"system.host.note", "a test"});
    return *answer_to(asked)->headline.ttft;
  };
  const Bytes layers = weights_in(*answer_to(question), Place::host);
  // A slow link is not used for weights: how slow it is matters no more.
  CHECK_THAT(prefill("0.1 GB/s", 512) / prefill("0.05 GB/s", 512), WithinRel(1.0, 0.1));
  // A fast one is, and adds the time of its copies to the device's.
  const Seconds with = prefill("25 GB/s", 512);
  CHECK(with < 0.5 * prefill("0.1 GB/s", 512));
  const Seconds copies = layers / Bandwidth{25e9} - layers / Bandwidth{50e9};
  CHECK_THAT((with - prefill("50 GB/s", 512)) / copies, WithinRel(1.0, 0.1));
  // Of one token nothing is brought.
  CHECK(prefill("25 GB/s", 1) < layers / Bandwidth{25e9});
}

TEST_CASE("What no memory holds is read from flash, on Macs and phones too") {
  Question mac = ask("m4", "qwen3-32b");
  mac.dtype = parse_weights("q8_0");
  mac.phase = PhaseChoice::decode;
  mac.context = 1000;
  CHECK(!answer_to(mac));
  mac.offload.flash_automatic = true;
  const auto least = answer_to(mac);
  REQUIRE(least);
  const Bytes read = weights_in(*least, Place::flash);
  CHECK(read > Bytes{});
  CHECK(*least->headline.tpot > read / Bandwidth{5e9});
  CHECK(weights_in(*least, Place::host) == Bytes{});
  const Count layers = load(mac).offload->placement.flash_layers;
  mac.offload.flash_automatic = false;
  mac.offload.flash_layers = static_cast<int>(layers) - 1;
  CHECK(!answer_to(mac));
  mac.offload.flash_layers = static_cast<int>(layers) + 4;
  CHECK(*answer_to(mac)->headline.tpot > *least->headline.tpot);

  Question small = too_large();
  small.set = {{"host.memory.capacity", "8 GB"}};
  small.offload.gpu_layers = 20;
  const auto refused = answer_to(small);
  REQUIRE(!refused);
  CHECK_THAT(refused.error().reason, ContainsSubstring("of the host"));
  small.offload.gpu_layers.reset();
  small.offload.automatic = true;
  const auto spilt = answer_to(small);
  REQUIRE(spilt);
  CHECK(weights_in(*spilt, Place::flash) > Bytes{});
}

TEST_CASE("What is chosen is no slower than what is pinned") {
  Question question = ask("rtx-4060-ti", "gpt-oss-20b");
  question.set = {{"device.memory.capacity", "8188 MiB"}};
  question.phase = PhaseChoice::decode;
  question.context = 1000;
  const double plain = [&] {
    Question automatic = question;
    automatic.offload.automatic = true;
    return tokens(automatic);
  }();
  int fitting = 0;
  for (int experts = 0; experts <= 24; ++experts) {
    for (int layers = 0; layers <= 25; layers += 5) {
      question.offload.cpu_experts = experts;
      question.offload.gpu_layers = layers;
      const auto pinned = answer_to(question);
      if (!pinned) continue;
      ++fitting;
      INFO(experts << ' ' << layers);
      CHECK(pinned->headline.tokens.base() <= plain * 1.02);
    }
  }
  CHECK(fitting > 50);
}

TEST_CASE("Splits that people measured come out within a quarter") {
  const auto near = [](const Question& question, double measured) {
    CHECK_THAT(tokens(question), WithinRel(measured, 0.25));
  };
  // Qwen3-32B of 19 GB on 12 GB at 672 GB/s, the rest in the RAM of a PC.
  Question dense = too_large();
  dense.set = {{"device.memory.bandwidth", "672 GB/s"}};
  dense.offload.automatic = true;
  near(dense, 4.4);
  // gpt-oss-20b, experts of 12 layers in RAM, on 8 GB at 448 GB/s.
  Question mixture = ask("rtx-4060-ti", "gpt-oss-20b");
  mixture.set = {{"device.memory.bandwidth", "448 GB/s"}, {"device.memory.capacity", "8188 MiB"}};
  mixture.phase = PhaseChoice::decode;
  mixture.context = 1000;
  mixture.offload.cpu_experts = 12;
  near(mixture, 36);
  // DeepSeek-R1 at 4.8 bits on 24 GB beside twelve channels of DDR5-4800.
  Question large = ask("rtx-4090", "deepseek-r1");
  large.dtype = parse_weights("q4_k_m");
  large.phase = PhaseChoice::decode;
  large.offload.cpu_experts = all_layers;
  large.offload.host = "epyc-9755";
  large.set = {{"host.memory.bandwidth", "460.8 GB/s"}};
  large.context = 1000;
  near(large, 14);
  large.context = 10000;
  near(large, 10);
  // The same under KTransformers on both sockets of a server, 16 channels in all.
  large.context = 2080;
  large.set = {{"host.memory.bandwidth", "614.4 GB/s"}};
  near(large, 13.4);
}

TEST_CASE("What cannot be placed is a fault that names what can") {
  Question mac = ask("m4-max", "qwen3-32b");
  mac.offload.gpu_layers = 20;
  CHECK_THAT(messages(mac).at(0), ContainsSubstring("shares one memory with its processor"));
  Question question = too_large();
  question.offload.host = "epyc-9755";
  CHECK_THAT(messages(question).at(0), ContainsSubstring("nothing is on it"));
  question.offload.automatic = true;
  question.offload.host = "rtx-4090";
  CHECK_THAT(messages(question).at(0), ContainsSubstring("no processor that runs programs"));
  question.offload.host = "pentium";
  CHECK_THAT(messages(question).at(0), ContainsSubstring("no processor is called"));
  question.offload.host.reset();
  question.tp = 2;
  CHECK_THAT(messages(question).at(0), ContainsSubstring("one device alone"));
}

}  // namespace infersim::test
