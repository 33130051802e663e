#include "infersim/report/card.hpp"

#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "infersim/report/device_card.hpp"
#include "infersim/report/listing.hpp"
#include "infersim/report/model_card.hpp"
#include "infersim/report/system_card.hpp"
#include "infersim/scenario/lookup.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"

using namespace infersim;
using namespace infersim::test;
using nlohmann::json;

namespace {

/// Every key of a document as docs/json.md writes it; what is keyed by number type as one.
void collect(const json& value, const std::string& path, std::set<std::string>& paths) {
  static const std::set<std::string> by_type = {"peaks_flop_per_s",
                                                "engines[].peaks_flop_per_s",
                                                "derived.ridge_flop_per_byte",
                                                "derived.bytes_per_flop",
                                                "kv_bytes_per_token_by_type",
                                                "state_bytes_by_type",
                                                "weight_bytes",
                                                "params_by_part",
                                                "active_by_part",
                                                "layer_kinds[].attention",
                                                "layer_kinds[].ffn"};
  if (value.is_object() && by_type.count(path) == 0) {
    for (const auto& [key, inner] : value.items())
      collect(inner, path.empty() ? key : path + '.' + key, paths);
  } else if (value.is_array() && !value.empty() && value.front().is_object()) {
    for (const json& entry : value)
      collect(entry, path + "[]", paths);
  } else {
    paths.insert(path);
  }
}

json device_document(const std::string& name) {
  const Catalog catalog;
  const Hardware hardware = find_hardware(catalog, name);
  const Efficiency efficiency = find_efficiency(catalog, hardware.device);
  const ModelSpec small = find_model(catalog, "llama2-7b");
  return json::parse(device_json({hardware.device, hardware.system, efficiency, small}));
}

}  // namespace

TEST_CASE("docs/json.md lists every key of the documents of show") {
  const std::string docs = read_file(source_dir() / "docs/json.md");
  const Catalog catalog;
  for (const json& document : {device_document("h200"), device_document("snapdragon-8-gen3"),
                               json::parse(model_json(find_model(catalog, "dsv3"))),
                               json::parse(system_json(find_system(catalog, "hgx-h200"))),
                               json::parse(site_json(find_site(catalog, "china"))),
                               json::parse(traffic_json(find_traffic(catalog, "chat")))}) {
    std::set<std::string> paths;
    collect(document, "", paths);
    for (std::string path : paths) {
      // What a device ships in is the document of that system.
      if (path.starts_with("ships_in.")) path = path.substr(9);
      INFO(path);
      CHECK(docs.find("| `" + path + "` |") != std::string::npos);
    }
  }
}

TEST_CASE("a document begins with what the list says of the thing") {
  const Catalog catalog;
  const auto check = [](const json& listed, const json& shown) {
    for (const auto& [key, value] : listed.front().items()) {
      INFO(key);
      CHECK(shown[key] == value);
    }
  };
  check(json::parse(json_listing(std::vector{find_hardware(catalog, "h200").device})),
        device_document("h200"));
  const ModelSpec model = find_model(catalog, "gpt-oss-120b");
  check(json::parse(json_listing(std::vector{model})), json::parse(model_json(model)));
}

TEST_CASE("figures of one source stand together, the source below the last") {
  const Provenance sheet{Basis::datasheet, "Data sheet", "2025", "dense"};
  const Provenance guess{Basis::estimate, "", "", "half of it"};
  const Card card{"Chip (chip)",
                  {"pc"},
                  {{"Engine",
                    {{"a", "peak", "10 TFLOP/s", 1e13, "FLOP/s", sheet},
                     {"b", "units", "4", 4, "", sheet},
                     {"c", "FP16", "5 TFLOP/s", 5e12, "FLOP/s", guess},
                     {"", "ridge", "2", 2, "", std::nullopt}},
                    {"a note"}}}};
  CHECK(card_text(card, {.width = 80}) ==
        "Chip (chip)\n"
        "  pc\n"
        "\n"
        "Engine\n"
        "  peak   10 TFLOP/s  datasheet\n"
        "  units  4           datasheet\n"
        "    Data sheet (2025); dense\n"
        "  FP16   5 TFLOP/s   estimate\n"
        "    half of it\n"
        "  ridge  2\n"
        "  a note\n");
}

TEST_CASE("every description of the catalogue has a card") {
  const Catalog catalog;
  const ModelSpec small = find_model(catalog, "llama2-7b");
  for (const Description& each : catalog.descriptions(DescriptionKind::device)) {
    INFO(each.path);
    const Device device = load_device(each.text, each.path);
    const System system = find_system(catalog, device.system);
    const Efficiency efficiency = find_efficiency(catalog, device);
    const DeviceFacts facts{device, system, efficiency, small};
    CHECK_THAT(card_text(device_card(facts), {}), ContainsSubstring("What follows"));
    CHECK(json::parse(device_json(facts))["figures"].size() > 5);
  }
  for (const Description& each : catalog.descriptions(DescriptionKind::model)) {
    INFO(each.path);
    const ModelSpec model = read_model(each);
    CHECK_THAT(model_card(model, {}), ContainsSubstring("the checkpoint's own"));
    CHECK(json::parse(model_json(model))["total_params"] > 0);
  }
}
