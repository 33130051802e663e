#include "published/points.hpp"

#include <string>

#include "infersim/core/diagnostic.hpp"
#include "published/table.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::published;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string head =
    "[[class]]\nid = \"edge\"\ntitle = \"Edge\"\nbar = 0.15\nsource = \"a page\"\n"
    "metric = \"user_rate\"\nask = { model = \"llama2-7b\", batch = 1 }\n";

std::string point(const std::string& id, const std::string& rest) {
  return "[[class.point]]\nid = \"" + id + "\"\nsubject = \"a chip\"\n" + rest;
}

}  // namespace

TEST_CASE("a point asks what its class asks, and over it what it says itself") {
  const PublishedPoints points = read_points(
      head + point("a", "published = 12.5\nask = { hw = \"m3\", batch = 8, tpot = \"30 ms\" }\n"),
      "points.toml");
  const Point& p = points.classes.at(0).points.at(0);
  CHECK(p.question.hw == "m3");
  CHECK(p.question.model == "llama2-7b");
  CHECK(p.question.batch == 8.0);
  CHECK(p.question.tpot->base() == 0.03);
  CHECK(p.metric == infersim::published::Metric::user_rate);
  CHECK(p.published == 12.5);
  CHECK(p.source == "a page");
}

TEST_CASE("faults of the points are told together, each with its line") {
  const auto faults_of = [](const std::string& text) {
    try {
      read_points(text, "points.toml");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string text = faults_of(
      head + point("a", "published = 1\nask = { hw = \"m3\", cores = 4 }\n") + point("b", ""));
  CHECK_THAT(text, ContainsSubstring("points.toml:12:") && ContainsSubstring("cores"));
  CHECK_THAT(text, ContainsSubstring("published: missing required key"));
  CHECK_THAT(text, ContainsSubstring("does not name a chip and a model"));
  const std::string twice = point("a", "published = 1\nask = { hw = \"m3\" }\n");
  CHECK_THAT(faults_of(head + twice + twice), ContainsSubstring("a second time"));
}

TEST_CASE("reports are counted by set, against what is demanded of it") {
  const std::string set =
      "[[class]]\nid = \"s\"\ntitle = \"S\"\nbar = 0.25\nsource = \"a page\"\n"
      "cases = \"servers\"\nask = { model = \"llama2-7b\", hw = \"h200\" }\n";
  PublishedPoints points = read_points(
      set + point("a", "published = 10\n") + point("b", "published = 10\n"), "points.toml");
  const PointClass& c = points.classes.at(0);
  using infersim::published::Interval;
  const std::string page =
      markdown({{&c,
                 {{&c.points[0], Prediction{12.0, Interval{9.0, 12.0}, ""}},
                  {&c.points[1], Prediction{15.0, Interval{11.0, 20.0}, ""}}}}},
               {});
  CHECK_THAT(page,
             ContainsSubstring("| Servers: speed | 1 of 2 | at least 75 % | 50 % | **miss** |"));
  CHECK_THAT(page,
             ContainsSubstring("inside P10 to P90 | 1 of 2 | 70 to 90 % | 50 % | **miss** |"));
  CHECK_THROWS_AS(
      read_points("[[class]]\nid = \"s\"\ntitle = \"S\"\nbar = 0.25\nsource = \"a\"\n"
                  "cases = \"boats\"\n" +
                      point("a", "published = 1\nask = { hw = \"m3\", model = \"m\" }\n"),
                  "points.toml"),
      InputError);
}

TEST_CASE("a miss is told with its reason, a point that was fitted is not counted as unseen") {
  PublishedPoints points =
      read_points(head + point("near", "published = 10\nfitted = true\nask = { hw = \"m3\" }\n") +
                      point("far", "published = 10\nwhy = \"no fan\"\nask = { hw = \"m3\" }\n"),
                  "points.toml");
  const PointClass& c = points.classes.at(0);
  const std::string page =
      markdown({{&c,
                 {{&c.points[0], Prediction{10.5, infersim::published::Interval{9.0, 12.0}, ""}},
                  {&c.points[1], Prediction{15.0, {}, ""}}}}},
               {});
  CHECK_THAT(page,
             ContainsSubstring("| Edge | 15 % | 2 | 27.5 % | 1 of 2 | 1 | 50.0 % | 0 of 1 |"));
  CHECK_THAT(page, ContainsSubstring("| 10.5 | 9.00 to 12.0 | 1.05 | fitted |"));
  CHECK_THAT(page, ContainsSubstring("| 15.0 | - | 1.50 | **miss** |"));
  CHECK_THAT(page, ContainsSubstring("- far: no fan\n"));
  CHECK_THAT(page, !ContainsSubstring("- near: no"));
}
