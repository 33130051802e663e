#include "infersim/serving/framework_memory.hpp"

#include <string>

#include "infersim/serving/framework.hpp"
#include "support/catch.hpp"
#include "support/edited.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

const std::string memory = R"([memory]
pool = "all"
share = 0.9
driver = "0.5 GB"
context = "1 GB"
links = "2 GB"
graphs = "3 GB"
tokens = 2048
sequences = 256
logit_copies = 4
expert_tokens = 16384
source = "log"
basis = "measured"

[[memory.when]]
capacity_least = "70 GB"
tokens = 8192

[[memory.when]]
families = ["ampere"]
model = "Llama"
tp_below = 4
sequences = 64

[[memory.when]]
version_below = "0.17"
logit_copies = 9
basis = "assumed"
note = "a guess"
)";

std::string framework_with(const std::string& table) {
  return R"(id = "mine"
name = "Mine"

[host]
source = "log"
basis = "measured"

[scheduler]
source = "log"
basis = "measured"

)" + table +
         R"(
[sources.log]
title = "Log of a week"
date = "2026-01"
)";
}

std::string fault_of(const std::string& table) {
  return faults_of(load_framework, framework_with(table), "mine.toml");
}

MemoryPolicy policy_of(const std::string& table, const MemorySituation& situation) {
  return load_framework(framework_with(table), "mine.toml").memory_policy(situation, 1000);
}

}  // namespace

TEST_CASE("a framework without a table of memory divides it as its class does") {
  const MemoryPolicy policy = policy_of("", {});
  CHECK(policy.pool == PoolShare::rest);
  CHECK_FALSE(policy.share);
  CHECK_FALSE(policy.trial);
  CHECK(policy.step_tokens == 1000);
}

TEST_CASE("a table of memory says of what the pool is a share and what the trial step is") {
  const MemoryPolicy policy = policy_of(memory, {});
  CHECK(policy.pool == PoolShare::all);
  CHECK(policy.share == 0.9);
  CHECK(policy.driver == 0.5_GB);
  CHECK(policy.context == 1.0_GB);
  CHECK(policy.links == 2.0_GB);
  CHECK(policy.graphs == 3.0_GB);
  REQUIRE(policy.trial);
  CHECK(policy.trial->tokens == 2048);
  CHECK(policy.trial->sequences == 256);
  CHECK(policy.trial->logit_copies == 4);
  CHECK(policy.trial->expert_tokens == 16384);
}

TEST_CASE("settings of memory depend on capacity, family, model, ranks and version") {
  MemorySituation situation;
  situation.capacity = 80.0_GB;
  CHECK(policy_of(memory, situation).trial->tokens == 8192);
  situation.capacity = 69.9_GB;
  CHECK(policy_of(memory, situation).trial->tokens == 2048);

  situation.family = "ampere";
  situation.model = "llama3.1-8b";
  CHECK(policy_of(memory, situation).trial->sequences == 64);
  situation.tp = 4;
  CHECK(policy_of(memory, situation).trial->sequences == 256);

  CHECK(policy_of(memory, situation).trial->logit_copies == 4);
  situation.version = "0.16.2";
  CHECK(policy_of(memory, situation).trial->logit_copies == 9);
  situation.version = "0.17.0";
  CHECK(policy_of(memory, situation).trial->logit_copies == 4);
}

TEST_CASE("versions are compared number by number, and the unknown is not early") {
  CHECK(earlier_version("0.9.2", "0.17"));
  CHECK(earlier_version("v0.5.9-cu130", "0.5.10"));
  CHECK_FALSE(earlier_version("0.5.6.post2", "0.5.6"));
  CHECK_FALSE(earlier_version("1.0.0rc3", "1.0"));
  CHECK_FALSE(earlier_version("nightly-dev-20260402", "0.17"));
  CHECK_FALSE(earlier_version("", "0.17"));
}

TEST_CASE("what a fixed pool spares grows with steps, sequences and ranks, and has a least") {
  const std::string fixed = R"([memory]
pool = "fixed"
tokens = 1000
sequences = 10
spare = "1 GB"
spare_per_token = "1 MB"
spare_per_sequence = "10 MB"
spare_per_rank = "100 MB"
source = "log"
basis = "measured"
)";
  MemorySituation situation;
  situation.ranks = 4;
  CHECK(policy_of(fixed, situation).spare.base() == 1e9 + 1e9 + 0.1e9 + 0.4e9);
  CHECK(policy_of(fixed + "spare_least = \"5 GB\"\n", situation).spare == 5.0_GB);
}

TEST_CASE("faults of a table of memory are told where they stand") {
  CHECK_THAT(fault_of(with(memory, "share = 0.9", "shear = 0.9")), ContainsSubstring("shear"));
  CHECK_THAT(fault_of(with(memory, "\"all\"", "\"most\"")), ContainsSubstring("most"));
  CHECK_THAT(fault_of(with(memory, "share = 0.9\n", "")), ContainsSubstring("needs a share"));
  CHECK_THAT(fault_of(with(memory, "tokens = 2048\n", "")),
             ContainsSubstring("needs the size of the trial step"));
  CHECK_THAT(fault_of(with(memory, "share = 0.9", "share = 1.2")), ContainsSubstring("share"));
  CHECK_THAT(fault_of(with(memory, "\"1 GB\"", "\"1 GHz\"")), ContainsSubstring("context"));
}
