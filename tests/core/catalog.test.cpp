#include "infersim/core/catalog.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "infersim/core/diagnostic.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim;
using infersim::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

std::string fault_of(const std::string& path) {
  try {
    Catalog().add_directory(path);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("what is compiled in is found by id and alias, whatever the case and punctuation") {
  const Catalog catalog;
  for (const char* spelling : {"h200", "H200_SXM", "H-200"}) {
    const auto found = catalog.find(DescriptionKind::device, spelling);
    REQUIRE(found);
    CHECK(found->id == "h200");
    CHECK(found->path == "hardware/devices/h200.toml");
    CHECK_FALSE(found->text.empty());
  }
  CHECK_FALSE(catalog.find(DescriptionKind::model, "h200"));
  CHECK_FALSE(catalog.find(DescriptionKind::device, ""));
}

TEST_CASE("every description that is compiled in can be found by its id") {
  const Catalog catalog;
  for (const DescriptionKind kind :
       {DescriptionKind::device, DescriptionKind::system, DescriptionKind::site,
        DescriptionKind::efficiency, DescriptionKind::framework, DescriptionKind::model,
        DescriptionKind::traffic}) {
    const auto ids = catalog.ids(kind);
    CHECK_FALSE(ids.empty());
    CHECK(std::is_sorted(ids.begin(), ids.end()));
    for (const std::string& id : ids)
      CHECK(catalog.get(kind, id).id == id);
    const auto descriptions = catalog.descriptions(kind);
    REQUIRE(descriptions.size() == ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      CHECK(descriptions[i].id == ids[i]);
      CHECK(kind_of(descriptions[i].text) == kind);
    }
  }
}

TEST_CASE("an unknown name lists the nearest, or all") {
  const Catalog catalog;
  CHECK_THROWS_WITH(
      catalog.get(DescriptionKind::device, "h80O"),
      test::StartsWith("error: no device is called `h80O`\n  hint: did you mean `h800`"));
  CHECK_THROWS_WITH(
      catalog.get(DescriptionKind::model, "zzzzzzzz"),
      test::StartsWith("error: no model is called `zzzzzzzz`\n  hint: there are: apple-"));
}

TEST_CASE("an added directory is searched first") {
  const TemporaryFolder folder;
  folder.write("hardware/devices/mine.toml", "id = 'mine'\naliases = ['H200']\nrest = 1\n");
  folder.write("hardware/devices/README.md", "not a description");
  folder.write("workloads/models/org--Some-Model_config.json", "{}");
  Catalog catalog;
  catalog.add_directory(folder.path());
  CHECK(catalog.get(DescriptionKind::device, "h200").id == "mine");
  CHECK(catalog.get(DescriptionKind::device, "h200").path ==
        folder.path("hardware/devices/mine.toml"));
  // A configuration is called as its file, with or without the organisation.
  CHECK(catalog.get(DescriptionKind::model, "org--some-model").text == "{}");
  CHECK(catalog.get(DescriptionKind::model, "some_model").id == "org--Some-Model");
  const auto ids = catalog.ids(DescriptionKind::device);
  CHECK(std::count(ids.begin(), ids.end(), "mine") == 1);
  CHECK(std::count(ids.begin(), ids.end(), "h200") == 1);

  // All of a kind: what another description has taken the name of cannot be found.
  const auto all = catalog.descriptions(DescriptionKind::device);
  const auto has = [&](const std::string& id) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Description& each) { return each.id == id; });
  };
  CHECK(has("mine"));
  CHECK(has("h100"));
  CHECK_FALSE(has("h200"));

  const TemporaryFolder later;
  later.write("hardware/devices/a.toml", "id = 'h-200'\n");
  catalog.add_directory(later.path());
  CHECK(catalog.get(DescriptionKind::device, "h200").id == "h-200");
}

TEST_CASE("what describes nothing is of no kind") {
  CHECK_FALSE(kind_of("id = 'a'\nname = 'A'\n"));
  CHECK_FALSE(kind_of("no toml"));
  CHECK_FALSE(kind_of(""));
}

TEST_CASE("a directory that is none, or holds nothing, is a fault that says what it should hold") {
  const TemporaryFolder folder;
  CHECK(fault_of(folder.path("none")).starts_with("error: no directory `"));
  folder.write("devices/a.toml", "id = 'a'\n");
  CHECK(fault_of(folder.path()) ==
        folder.path() +
            ": error: holds no descriptions\n"
            "  hint: a catalog has folders hardware/{devices,systems,sites,efficiency}, "
            "hardware/efficiency/frameworks or workloads/{models,traffic}");
}

TEST_CASE("files without id and two files of one name are faults, reported together") {
  const TemporaryFolder folder;
  const std::string a = folder.path("hardware/devices/a.toml");
  const std::string b = folder.path("hardware/devices/b.toml");
  const std::string c = folder.path("hardware/devices/c.toml");
  folder.write("hardware/devices/a.toml", "id = 'x-1'\naliases = ['X1']\n");
  folder.write("hardware/devices/b.toml", "id = 'b'\naliases = ['X_1']\n");
  folder.write("hardware/devices/c.toml", "name = 'c'\n");
  folder.write("hardware/systems/d.toml", "id = 'x-1'\n");  // another kind, another name
  CHECK(fault_of(folder.path()) ==
        b + ": error: the name `x1` is taken by " + a +
            "\n  hint: ids and aliases are compared without case and - _ . / and spaces\n" + c +
            ": error: id: missing required key");
}
