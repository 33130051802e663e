#include "infersim/calibration/link_fit.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "calibration/fit_rows.hpp"
#include "calibration/solver/ceres_solver.hpp"
#include "infersim/calibration/fit_error.hpp"
#include "infersim/core/diagnostic.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"

namespace infersim::test {
namespace {

/// A library whose two protocols cross at about 100 kB.
LibraryEfficiency true_library() {
  LibraryEfficiency library;
  library.bulk.way = {Seconds{15e-6}, 0.8};
  library.bulk.hop = Seconds{0.7e-6};
  library.bulk.ramp = Seconds{20e-6};
  library.bulk.knee = Bytes{4e6};
  library.low.way = {Seconds{4e-6}, 0.2};
  library.low.hop = Seconds{1e-6};
  library.low.ramp = Seconds{1.5e-6};
  library.low.knee = Bytes{5e3};
  return library;
}

CustomAllReduce true_custom() {
  CustomAllReduce custom;
  custom.one_shot = {Seconds{3e-6}, 0.6};
  custom.two_shot = {Seconds{7e-6}, 0.7};
  custom.hop = Seconds{0.2e-6};
  custom.limit = Bytes{64e6};
  return custom;
}

/// A class's complete description, over which others lie.
EfficiencyText datacenter() {
  return {read_file(source_dir() / "hardware/efficiency/datacenter.toml"), "datacenter.toml"};
}

/// All-reduces of 2 to 8 ranks on a chip as a framework, or a library, would take for them.
std::vector<MeasuredOperator> all_reduce_rows(const CalibrationChip& chip,
                                              std::string_view framework, const Machine& machine,
                                              double noise = 0) {
  std::vector<MeasuredOperator> rows;
  int step = 0;
  for (const double ranks : {2, 4, 8}) {
    for (double message = 512; message < 1e9; message *= 4) {
      MeasuredOperator op;
      op.kind = OperatorKind::collective;
      op.labels = {chip.id, "*", framework, "all_reduce", "bfloat16"};
      op.version = "2.0";
      op.shape = MeasuredCollective{CollectiveKind::all_reduce, ranks, Bytes{message}};
      op.latency = (1 + noise * std::sin(1.7 * ++step)) * predict(op, machine)->time;
      rows.push_back(op);
    }
  }
  return rows;
}

struct LinkWorld {
  FitWorld world;
  Machine machine;

  LinkWorld() {
    for (CalibrationChip& chip : world.chips) {
      chip.prefill.fabric.domain = 8;
      chip.prefill.fabric.topology = Topology::fabric;
      chip.prefill.fabric.scale_up = Bandwidth{400e9};
    }
    machine = world.chips[0].prefill;
    machine.efficiency.links.library[index(LinkOperation::all_reduce)] = true_library();
    machine.efficiency.links.custom = true_custom();
  }

  [[nodiscard]] Calibration fitted(const std::vector<OperatorRows>& tables,
                                   const CalibrationChoice& choice = {}) const {
    CalibrationOptions options;
    options.data = "Own measurements: rows.csv";
    return calibrate(make_groups(tables, world.sources(), choice), solve_with_ceres, options,
                     [](std::size_t, std::size_t, const std::string&) {});
  }
};

TEST_CASE("a fit of a library finds both protocols that rows were made with") {
  const LinkWorld links;
  const auto tables = as_tables(all_reduce_rows(links.world.chips[0], "nccl", links.machine));
  const Calibration result = links.fitted(tables);
  REQUIRE(result.link_fits.size() == 1);
  const LinkFit& fit = result.link_fits[0];
  CHECK(fit_error(fit.left_out).mean < 0.02);
  CHECK(fit_error(fit.before).median > 0.1);
  const auto& found = std::get<LibrarySections>(fit.tables.sections).front().values;
  CHECK_THAT(found.low.way.latency.base(), WithinRel(4e-6, 0.05));
  CHECK_THAT(found.bulk.way.fraction, WithinRel(0.8, 0.05));
  CHECK_THAT(found.low.hop.base(), WithinRel(1e-6, 0.05));
  CHECK(result.families.at("round").find("[links.all_reduce]") != std::string::npos);
}

TEST_CASE("a framework's kernels are fitted over the library that was fitted with them") {
  LinkWorld links;
  auto rows = all_reduce_rows(links.world.chips[0], "nccl", links.machine);
  std::ranges::copy(all_reduce_rows(links.world.chips[0], "mine", links.machine),
                    std::back_inserter(rows));
  KernelDescription& mine = *links.world.description;
  mine.others =
      "[links]\nsource = \"ops\"\nbasis = \"measured\"\n\n[links.custom]\n"
      "one_latency = \"9 us\"\none_fraction = 0.3\ntwo_latency = \"9 us\"\n"
      "two_fraction = 0.3\nhop = \"1 us\"\nlimit = \"64 MB\"\n";
  const EfficiencyText base = datacenter();
  const EfficiencyText own{
      "id = \"round-mine\"\nname = \"Mine\"\nfamily = \"round\"\n"
      "framework = \"mine\"\n" +
          mine.others + "[sources.ops]\ntitle = \"Rows of a test\"\n",
      "round-mine.toml"};
  CalibrationSources sources = links.world.sources();
  const auto library = sources.links;
  sources.links = [&](const CalibrationChip& chip, const std::string& framework,
                      const LinkTarget& target) {
    const EfficiencyText texts[] = {base, {}, own};
    return target.operation ? library(chip, framework, target)
                            : load_link_tables(texts, target, false);
  };
  const auto tables = as_tables(std::move(rows));
  const Calibration result = calibrate(make_groups(tables, sources, {}), solve_with_ceres, {},
                                       [](std::size_t, std::size_t, const std::string&) {});
  REQUIRE(result.link_fits.size() == 2);
  const LinkFit& fit = result.link_fits[1];
  CHECK(fit.values.size() == 5);
  // Long messages are the library's: they are met since its fit lies beneath.
  CHECK(fit_error(fit.fitted).p90 < 0.02);
  const auto& found = std::get<CustomSections>(fit.tables.sections).front().values;
  CHECK_THAT(found.one_shot.latency.base(), WithinRel(3e-6, 0.05));
  CHECK_THAT(found.two_shot.fraction, WithinRel(0.7, 0.05));
  CHECK(found.limit == Bytes{64e6});
  const std::string& written = result.descriptions.at("round-mine").others;
  CHECK(written.find("limit        = \"64 MB\"") != std::string::npos);
  CHECK(written.find("one_latency = \"9 us\"") == std::string::npos);
}

TEST_CASE("collectives of a device alone, and too few of them, are counted and left out") {
  const LinkWorld links;
  auto rows = all_reduce_rows(links.world.chips[0], "nccl", links.machine);
  const auto all = as_tables(rows);
  CalibrationChoice device;
  device.device = "alpha";
  CHECK(links.fitted(all, device)
            .skipped.count("collectives are fitted for a family, not a device") == 1);
  rows.resize(least_link_rows - 1);
  const auto few = as_tables(rows);
  const Calibration result = links.fitted(few);
  CHECK(result.link_fits.empty());
  CHECK(result.skipped.at("round-nccl links.all_reduce: a fit takes 30 rows") == 29);
}

/// Dispatches of 8 to 32 ranks over up to four nodes.
std::vector<MeasuredOperator> exchange_rows(const CalibrationChip& chip, const Machine& machine) {
  std::vector<MeasuredOperator> rows;
  for (const double nodes : {1, 2, 4}) {
    for (double tokens = 1; tokens < 1e5; tokens *= 3) {
      MeasuredOperator op;
      op.kind = OperatorKind::exchange;
      op.labels = {chip.id, "*", "mine", "dispatch", "fp8"};
      op.kernel = "deepep_low_latency";
      op.types = {NumberType::fp8, NumberType::fp8, NumberType::fp8, KernelFormat::fp8};
      MeasuredExchange shape;
      shape.nodes = nodes;
      shape.ranks = 8 * nodes;
      shape.hidden = 7168;
      shape.tokens = tokens;
      shape.top_k = 8;
      shape.experts = 256;
      op.shape = shape;
      op.latency = predict(op, machine)->time;
      rows.push_back(op);
    }
  }
  return rows;
}

TEST_CASE("a pass of an exchange is fitted by itself and written with what was off") {
  LinkWorld links;
  ExchangeEfficiency truth;
  truth.latency = Seconds{15e-6};
  truth.domain_hop = Seconds{6e-6};
  truth.fraction = 0.5;
  truth.out_fraction = 0.9;
  ExchangeKernels kernels{"deepep_low_latency", {}};
  kernels.passes[index(ExchangePass::dispatch)] = truth;
  Machine machine = links.machine;
  machine.fabric.scale_out = Bandwidth{50e9};
  machine.efficiency.links.exchanges = {kernels};
  for (CalibrationChip& chip : links.world.chips)
    chip.prefill.fabric.scale_out = Bandwidth{50e9};
  KernelDescription& mine = *links.world.description;
  mine.others =
      "[links]\nsource = \"ops\"\nbasis = \"measured\"\n\n"
      "[links.exchange.deepep_low_latency.dispatch]\nlatency = \"40 us\"\n"
      "domain_hop = \"1 us\"\nfraction = 0.9\nout_fraction = 0.5\nheld = [\"blend\"]\n";
  const EfficiencyText base = datacenter();
  const EfficiencyText own{
      "id = \"round-mine\"\nname = \"Mine\"\nfamily = \"round\"\nframework = \"mine\"\n" +
          mine.others + "[sources.ops]\ntitle = \"Rows of a test\"\n",
      "round-mine.toml"};
  CalibrationSources sources = links.world.sources();
  sources.links = [&](const CalibrationChip&, const std::string&, const LinkTarget& target) {
    const EfficiencyText texts[] = {base, {}, own};
    return load_link_tables(texts, target, false);
  };
  CalibrationChoice alone;
  alone.exchanges = true;
  const auto tables = as_tables(exchange_rows(links.world.chips[0], machine));
  const Calibration result = calibrate(make_groups(tables, sources, alone), solve_with_ceres, {},
                                       [](std::size_t, std::size_t, const std::string&) {});
  REQUIRE(result.link_fits.size() == 1);
  const auto& found =
      std::get<ExchangeSections>(result.link_fits[0].tables.sections).front().values;
  CHECK(fit_error(result.link_fits[0].fitted).p90 < 0.02);
  CHECK_THAT(found.latency.base(), WithinRel(15e-6, 0.05));
  CHECK_THAT(found.fraction, WithinRel(0.5, 0.05));
  CHECK_THAT(found.out_fraction, WithinRel(0.9, 0.05));
  const std::string& written = result.descriptions.at("round-mine").others;
  CHECK(written.find("residual") != std::string::npos);
  CHECK(written.find("held         = [\"blend\"]") != std::string::npos);
  // Collectives alone leave it out.
  CalibrationChoice collectives;
  collectives.collectives = true;
  CHECK(make_groups(tables, sources, collectives).frameworks.empty());
}

/// Descriptions of links with one server of its own.
const char* const served = R"(id = "round-mine"
name = "Mine"
family = "round"
framework = "mine"

[links]
source = "ops"
basis  = "measured"
note   = "kept word for word"

[links.custom]
one_latency  = "3 us"
one_fraction = 0.5
host         = "30 us"

[links.custom.server.big]
devices = ["beta"]
host    = "70 us"

[sources.ops]
title = "Rows of a test"
)";

TEST_CASE("tables of links are written over their own and nothing else") {
  const EfficiencyText base = datacenter();
  const EfficiencyText texts[] = {base, {}, {served, "round-mine.toml"}};
  LinkTables tables = load_link_tables(texts, {}, false);
  auto& sections = std::get<CustomSections>(tables.sections);
  REQUIRE(sections.size() == 2);
  CHECK(sections[1].devices == std::vector<std::string>{"beta"});
  CHECK(sections[1].keys == std::vector<std::string>{"host"});
  CHECK_THAT(sections[1].values.one_shot.latency.base(), WithinRel(3e-6, 1e-9));
  CHECK_THAT(sections[1].values.host.base(), WithinRel(70e-6, 1e-9));
  sections[0].values.one_shot.latency = Seconds{4.56789e-6};
  const std::string text = with_link_tables(served, tables, "data");
  CHECK(text.find("one_latency  = \"4.5679 us\"") != std::string::npos);
  CHECK(text.find("kept word for word") != std::string::npos);
  CHECK(text.find("[sources.rows]") == std::string::npos);
  // What is written is read back as it is, and written again as it was.
  const EfficiencyText again[] = {base, {}, {text, "round-mine.toml"}};
  const LinkTables back = load_link_tables(again, {}, false);
  CHECK_THAT(std::get<CustomSections>(back.sections)[0].values.one_shot.latency.base(),
             WithinRel(4.5679e-6, 1e-9));
  CHECK(with_link_tables(text, back, "data") == text);
}

TEST_CASE("a description without links gets them with a source") {
  const EfficiencyText nothing[] = {{}};
  const LinkTables tables = load_link_tables(nothing, {LinkOperation::all_reduce, {}}, true);
  const auto& section = std::get<LibrarySections>(tables.sections).front();
  CHECK(std::ranges::count(section.keys, "switch_fraction") == 1);
  const std::string text =
      with_link_tables("id = \"mine\"\nname = \"Mine\"\n", tables, "Own measurements: rows.csv");
  const EfficiencyText base = datacenter();
  const Efficiency read = load_efficiency(base, {text, "mine.toml"});
  const LibraryEfficiency& library = read.links.library[index(LinkOperation::all_reduce)];
  CHECK_THAT(library.low.way.latency.base(),
             WithinRel(section.values.low.way.latency.base(), 1e-9));
  CHECK_THAT(library.in_network.fraction, WithinRel(section.values.in_network.fraction, 1e-9));
  CHECK(text.find("title = \"Own measurements: rows.csv\"") != std::string::npos);
}

}  // namespace
}  // namespace infersim::test
