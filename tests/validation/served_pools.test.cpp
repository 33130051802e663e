#include "infersim/validation/served_pools.hpp"

#include "infersim/validation/serving_prediction.hpp"
#include "support/catch.hpp"

using namespace infersim;

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
  tl::expected<ServedPools, Skip> serve(const ServingPoint& point) {
    return serve_pools(point, chip("h200_sxm", point.framework),
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
  CHECK(served->decode.workers == 2);
  CHECK(served->decode.scheduler.max_seqs == 24);
  CHECK(served->load.batch == 64);
  CHECK(served->transfer > Seconds{});
  const PooledResult r = served->run();
  CHECK(r.ttft > 0.25 * served->load.traffic.osl * r.tpot);  // a quarter has no slot
  CHECK(r.running < 24);
}

TEST_CASE("slots that a row does not tell are usual batches of TensorRT-LLM") {
  Found found;
  ServingPoint point = point_in_pools();
  point.framework = "dynamo-trtllm";
  for (const auto& [concurrency, slots] : {std::pair{70.0, 32.0}, {98.0, 48.0}, {2.0, 1.0}}) {
    point.concurrency = concurrency;
    CHECK(found.serve(point)->decode.scheduler.max_seqs == slots);
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
  CHECK(found.serve(point).error().reason ==
        "the layout as it is labelled does not hold the weights");
}

TEST_CASE("caches go over NICs where devices are in several domains or the row says so") {
  Found found;
  ServingPoint point = point_in_pools();
  const auto transfer = [&] {
    return serve_pools(point, found.chip("gb200", point.framework),
                       *found.names.model("deepseek-ai/DeepSeek-R1"))
        ->transfer;
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
