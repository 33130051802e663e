#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/scenario/question.hpp"

namespace infersim::published {

/// What a published figure measures, with the unit it is written in.
enum class Metric {
  user_rate,    ///< output tokens/s of one stream
  device_rate,  ///< tokens/s of one device: output, or with phase `prefill` prompt
  system_rate,  ///< the same of all the devices asked for
  ttft,         ///< ms
  tpot,         ///< ms
  latency,      ///< s, of a batch that starts together: its prefill and all its decode steps
  power,        ///< W of one device's board
  wall_power,   ///< W of a node at the plug
  token_bytes,  ///< of the cache for a further token, on all ranks of an engine together
  state_bytes,  ///< that a sequence keeps however long it is
};

/// The unit as it is printed.
std::string_view unit(Metric metric);

/// One published figure and the question that asks for it.
struct Point {
  std::string id;       ///< of the collection of references, or a name
  std::string subject;  ///< what was measured, in a few words
  std::string software;
  std::string source;
  Question question;
  Metric metric = Metric::device_rate;
  double published = 0;
  std::string assumption;  ///< what the source does not say
  std::string why;         ///< what the physics lacks, if the prediction misses
  bool fitted = false;     ///< parameters of the chip's family were set with this point in view
};

/// Points of one kind of machine, held to one bar.
struct PointClass {
  std::string id;
  std::string title;
  std::string note;
  std::string cases;  ///< the set of reports that its points are of; empty: of none
  double bar = 0.25;  ///< largest relative error that passes
  std::vector<Point> points;
};

/// A published figure that asks for what cannot be asked.
struct Unread {
  std::vector<std::string> ids;
  std::string subject;
  std::string reason;
};

struct PublishedPoints {
  std::vector<PointClass> classes;
  std::vector<Unread> unread;
};

/// Reads the data file; throws InputError with every fault, each with its place.
PublishedPoints read_points(std::string_view toml, const std::string& path);

}  // namespace infersim::published
