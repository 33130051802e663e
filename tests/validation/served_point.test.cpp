#include "infersim/validation/served_point.hpp"

#include "infersim/validation/serving_prediction.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// DeepSeek-R1 on H200, an engine of eight for prompts and two for answers.
ServingPoint point_in_pools() {
  ServingPoint point;
  point.framework = "dynamo-sglang";
  point.precision = "fp8";
  point.isl = point.osl = 1024;
  point.concurrency = 64;
  point.gpus = 24;
  ServingLayout layout;
  layout.tp = layout.moe_ep = 8;
  point.prefill = point.decode = layout;
  point.decode->workers = 2;
  return point;
}

struct Found {
  Catalog catalog;
  CatalogNames names{catalog};

  const MeasuredChip& chip(const std::string& chip, const std::string& framework) {
    return *names.chip(chip, framework);
  }
  tl::expected<ServedPoint, Skip> serve(const ServingPoint& point) {
    return serve_point(point, chip("h200_sxm", point.framework),
                       *names.model("deepseek-ai/DeepSeek-R1"));
  }
};

}  // namespace

TEST_CASE("pools of a row are its workers with its slots") {
  Found found;
  ServingPoint point = point_in_pools();
  point.decode_slots = 48;
  const auto served = found.serve(point);
  REQUIRE(served);
  CHECK(served->pools->decode.workers == 2);
  CHECK(served->pools->decode.scheduler.max_seqs == 24);
  CHECK(served->loop.in_flight == 64);
  CHECK(served->pools->transfer > Seconds{});
  const Workload workload = served->scenario.workload();
  const PooledResult r = serve(workload, *served->pools, served->loop);
  CHECK(r.ttft > 0.25 * workload.traffic.osl * r.tpot);  // a quarter has no slot
  CHECK(r.running < 24);
}

TEST_CASE("slots that a row does not tell are usual batches of TensorRT-LLM") {
  Found found;
  ServingPoint point = point_in_pools();
  point.framework = "dynamo-trtllm";
  for (const auto& [concurrency, slots] : {std::pair{70.0, 32.0}, {98.0, 48.0}, {2.0, 1.0}}) {
    point.concurrency = concurrency;
    CHECK(found.serve(point)->pools->decode.scheduler.max_seqs == slots);
  }
}

TEST_CASE("labels that cannot be are skipped, not guessed") {
  Found found;
  ServingPoint point = point_in_pools();
  point.prefill->workers = 0;
  CHECK(found.serve(point).error().reason == "no prefill workers");
  point = point_in_pools();
  point.decode->moe_ep = 4;
  CHECK(found.serve(point).error().reason ==
        "moe_tp_size x moe_ep_size is not tp_size x attention_dp_size");
  point = point_in_pools();
  point.decode->tp = point.decode->moe_ep = 1;
  CHECK_THAT(found.serve(point).error().reason, ContainsSubstring("weights"));
}

TEST_CASE("caches go over NICs where devices are in several domains or the row says so") {
  Found found;
  ServingPoint point = point_in_pools();
  const auto transfer = [&] {
    return serve_point(point, found.chip("gb200", point.framework),
                       *found.names.model("deepseek-ai/DeepSeek-R1"))
        ->pools->transfer;
  };
  point.kv_transfer = "NIXL";
  const Seconds inside = transfer();
  point.kv_transfer = "UCX (no MNNVL)";
  CHECK(transfer() > 5 * inside);
}

TEST_CASE("predictions of pools are of the row's statistic") {
  Found found;
  ServingPoint point = point_in_pools();
  const auto predicted = [&] {
    return predict_point(point, found.chip("h200_sxm", point.framework),
                         *found.names.model("deepseek-ai/DeepSeek-R1"))
        ->ttft;
  };
  point.statistic = "mean";
  const Seconds mean = predicted();
  point.statistic = "median";
  CHECK(predicted() < mean);
}

TEST_CASE("a degree of zero is a reason, not a division") {
  Found found;
  ServingPoint point = point_in_pools();
  point.decode->tp = 0;
  CHECK(found.serve(point).error().reason == "a degree of parallelism is 0");
}

TEST_CASE("a run that is faster than peaks allow is doubtful") {
  Found found;
  ServingPoint point;
  point.framework = "vllm";
  point.isl = point.osl = 1000;
  point.concurrency = 64;
  point.engine.tp = 1;
  const auto serve_in = [&](double ttft, double tpot) {
    point.ttft = Seconds{ttft};
    point.tpot = Seconds{tpot};
    return serve_point(point, found.chip("h200_sxm", "vllm"),
                       *found.names.model("meta-llama/Llama-3.1-8B-Instruct"));
  };
  // 64 x (2,000 tokens x 16 Gflop / 989 Tflop/s + 1,000 caches of 196 MB / 4.8 TB/s) = 4.7 s
  CHECK(serve_in(0.1, 5.4e-3));
  const auto doubtful = serve_in(0.1, 4.9e-3);
  REQUIRE(!doubtful);
  CHECK_THAT(doubtful.error().reason, ContainsSubstring("doubtful: at the peaks"));
}

TEST_CASE("a run in one engine is the question that its row asks") {
  Found found;
  ServingPoint point;
  point.framework = "vllm";
  point.precision = "fp8";
  point.isl = 1024;
  point.osl = 512;
  point.lengths = inferencex_lengths;
  point.concurrency = 64;
  point.num_prompts = 320;
  point.prefill_tokens = 4096;
  point.max_num_seqs = 48;
  point.engine.tp = point.engine.moe_ep = 8;
  const auto question = question_of(point, found.chip("h200_sxm", "vllm"),
                                    *found.names.model("deepseek-ai/DeepSeek-R1"));
  REQUIRE(question);
  CHECK(question->waves == 5);
  CHECK(question->lengths == LengthRange{0.8, 1.0});
  CHECK(question->plan->tp == 8);
  const auto served = found.serve(point);
  REQUIRE(served);
  CHECK(served->engine->scheduler.budget == 4096);
  CHECK(served->engine->scheduler.max_seqs == 48);
  CHECK_THAT(served->scenario.traffic.isl, WithinRel(0.9 * 1024, 1e-12));
  CHECK(served->scenario.nominal.isl == 1024);
}
