#include <regex>
#include <set>

#include "limits/chips.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

const std::vector<std::string> dense = {"llama3.1-70b", "qwen3-32b", "llama2-7b", "llama3.2-3b",
                                        "llama3.2-1b"};
const std::vector<std::string> mixtures = {"qwen3-235b-a22b", "qwen3-30b-a3b", "gpt-oss-20b"};
const std::vector<std::string> latent = {"deepseek-v2", "deepseek-v2-lite"};

/// Pairs of chip and model whose roofline is known not to hold: attention that is padded on phones'
/// GPUs; experts of 4 bits and narrow products on chips with few flops for each byte, by tiles of
/// other chips' kernels; launches that bound small mixtures on Hopper under vLLM.
const std::set<std::string> open_decode = {
    "a17-pro with llama2-7b",           "a18-pro with llama2-7b",
    "arc-pro-b60 with gpt-oss-20b",     "ascend310p with gpt-oss-20b",
    "ascend910 with gpt-oss-20b",       "blackhole-p150 with gpt-oss-20b",
    "gh200 with deepseek-v2-lite",      "h100 with deepseek-v2-lite",
    "h100-nvl with deepseek-v2-lite",   "h20-141gb with deepseek-v2-lite",
    "h200 with deepseek-v2-lite",       "h800 with deepseek-v2-lite",
    "hygon-z100 with gpt-oss-20b",      "inferentia2 with gpt-oss-20b",
    "metax-c500 with deepseek-v2-lite", "metax-c500 with qwen3-30b-a3b",
    "mi100 with gpt-oss-20b",           "mi250 with deepseek-v2-lite",
    "mi250x with deepseek-v2-lite",     "thead-ppu with deepseek-v2-lite",
    "thead-ppu with qwen3-30b-a3b",     "tpu-v4 with gpt-oss-20b",
    "v100-pcie with deepseek-v2-lite",  "v100-pcie with gpt-oss-20b",
    "v100-sxm2 with deepseek-v2-lite",  "v100-sxm2 with gpt-oss-20b",
};

/// GeForce whose 4-bit products run in integers beat their 16-bit peak.
const std::set<std::string> open_prefill = {
    "rtx-3090 with qwen3-32b",       "rtx-4060-ti with llama2-7b", "rtx-4070-super with llama2-7b",
    "rtx-4080-super with llama2-7b", "rtx-4090 with qwen3-32b",
};

/// Whether faults are there exactly where they are known: a pair that is mended leaves its list.
void check_known(const std::set<std::string>& open, const Hardware& hardware,
                 const std::string& model, const std::string& faults) {
  if (open.contains(fmt::format("{} with {}", hardware.device.id, model))) {
    CHECK(faults != "");
  } else {
    CHECK(faults == "");
  }
}

/// Does `each` with every chip of the catalogue and the largest of the models that it holds.
template <class Each>
void for_all_chips(const std::vector<std::string>& models, std::size_t least, Each each) {
  const Shelf shelf;
  std::size_t seen = 0;
  for (const std::string& id : shelf.catalog().ids(DescriptionKind::device)) {
    const Hardware hardware = find_hardware(shelf.catalog(), id);
    const auto model = largest_that_fits(shelf, hardware, models);
    if (!model) continue;
    ++seen;
    INFO(id << " with " << *model);
    each(shelf, hardware, *model);
  }
  CHECK(seen >= least);
}

void decodes(const Shelf& shelf, const Hardware& hardware, const std::string& model) {
  check_known(open_decode, hardware, model,
              faults_of_decode(shelf.alone(hardware, model, PhaseChoice::decode)));
}

TEST_CASE("every chip decodes a dense model for one user as its bandwidth allows") {
  for_all_chips(dense, 100, decodes);
}

TEST_CASE("every chip decodes a mixture of experts for one user as its bandwidth allows") {
  for_all_chips(mixtures, 70, decodes);
}

TEST_CASE("every chip decodes with latent attention for one user as its bandwidth allows") {
  for_all_chips(latent, 60, decodes);
}

TEST_CASE("every chip reads a long prompt as its peak allows") {
  for_all_chips(
      dense, 100, [](const Shelf& shelf, const Hardware& hardware, const std::string& model) {
        check_known(open_prefill, hardware, model,
                    faults_of_prefill(shelf.alone(hardware, model, PhaseChoice::prefill)));
      });
}

TEST_CASE("a chip whose units are not counted is no slower than its roofline with usual losses") {
  for_all_chips(dense, 100, [](const Shelf& shelf, Hardware hardware, const std::string& model) {
    for (Engine& engine : hardware.device.engines)
      engine.units.reset();
    CHECK(faults_of_decode(shelf.alone(hardware, model, PhaseChoice::decode)) == "");
    CHECK(faults_of_prefill(shelf.alone(hardware, model, PhaseChoice::prefill)) == "");
  });
}

/// The first figure in watts of a key, times a factor.
std::string raised(std::string text, const std::string& key, double factor) {
  const std::regex figure("(\n" + key + " *= *\")([0-9.]+)( W\")");
  std::smatch found;
  if (!std::regex_search(text, found, figure)) return text;
  const std::string more = fmt::format("{}", std::stod(found[2]) * factor);
  return found.prefix().str() + found[1].str() + more + found[3].str() + found.suffix().str();
}

TEST_CASE("no chip becomes slower with a higher power limit, its own or its product's") {
  const Catalog catalog;
  for_all_chips(
      dense, 100, [&](const Shelf& shelf, const Hardware& hardware, const std::string& model) {
        const std::string chip = catalog.get(DescriptionKind::device, hardware.device.id).text;
        const std::string product = catalog.get(DescriptionKind::system, hardware.system.id).text;
        REQUIRE(raised(chip, "limit", 2) != chip);
        const auto times = [&](double limit, double sustained) {
          const Hardware edited{
              load_device(raised(chip, "limit", limit), "chip.toml"),
              load_system(raised(product, "sustained", sustained), "product.toml")};
          const auto decode = answer(shelf.alone(edited, model, PhaseChoice::decode));
          const auto prefill = answer(shelf.alone(edited, model, PhaseChoice::prefill));
          REQUIRE(decode);
          REQUIRE(prefill);
          return std::pair{decode_ms(*decode), prefill_ms(*prefill)};
        };
        const auto [decode, prefill] = times(1, 1);
        for (const auto& [limit, sustained] : {std::pair{1.5, 1.0}, {1.0, 1.5}, {3.0, 2.0}}) {
          INFO("limit x " << limit << ", sustained x " << sustained);
          const auto [raised_decode, raised_prefill] = times(limit, sustained);
          CHECK(raised_decode <= decode * (1 + 1e-9));
          CHECK(raised_prefill <= prefill * (1 + 1e-9));
        }
      });
}

}  // namespace
}  // namespace infersim::test
