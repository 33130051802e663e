#include "report/figures.hpp"

#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace infersim::detail {

namespace {

using Json = nlohmann::ordered_json;

Figure made(std::string key, std::string label, double base, const char* unit, double scale,
            const char* shown_unit) {
  return {
      std::move(key), std::move(label), fmt::format("{} {}", exact(base / scale), shown_unit), base,
      unit,           std::nullopt};
}

constexpr double bit = 0.125;  // bytes

}  // namespace

std::string exact(double value) {
  // Up to the digits that tell 494.5 from 495; the noise of scaling lies far below.
  const std::string written = fmt::format("{:.10g}", value);
  if (written.find('e') != std::string::npos) return written;
  const std::size_t point = std::min(written.find('.'), written.size());
  std::string text;
  const std::size_t first = written.front() == '-' ? 1 : 0;
  for (std::size_t at = 0; at < point; ++at) {
    if (at > first && (point - at) % 3 == 0) text += ',';
    text += written[at];
  }
  return text + written.substr(point);
}

Figure figure(std::string key, std::string label, Bytes value) {
  const double base = value.base();
  if (base < 1e9) return made(std::move(key), std::move(label), base, "B", 1e6, "MB");
  return made(std::move(key), std::move(label), base, "B", 1e9, "GB");
}

Figure figure(std::string key, std::string label, Bandwidth value) {
  const double base = value.base();
  if (base < 1e12) return made(std::move(key), std::move(label), base, "B/s", 1e9, "GB/s");
  return made(std::move(key), std::move(label), base, "B/s", 1e12, "TB/s");
}

Figure figure(std::string key, std::string label, FlopRate value) {
  return made(std::move(key), std::move(label), value.base(), "FLOP/s", 1e12, "TFLOP/s");
}

Figure figure(std::string key, std::string label, JoulesPerByte value) {
  return made(std::move(key), std::move(label), value.base(), "J/B", 1e-12 / bit, "pJ/bit");
}

Figure figure(std::string key, std::string label, JoulesPerFlop value) {
  Figure made_figure =
      made(std::move(key), std::move(label), value.base(), "J/FLOP", 1e-12, "pJ/FLOP");
  // Mostly derived by division: three digits are what it is worth.
  made_figure.text = digits(value.base() * 1e12) + " pJ/FLOP";
  return made_figure;
}

Figure figure(std::string key, std::string label, Seconds value) {
  const double base = value.base();
  if (base < 1e-3) return made(std::move(key), std::move(label), base, "s", 1e-6, "us");
  if (base < 1) return made(std::move(key), std::move(label), base, "s", 1e-3, "ms");
  return made(std::move(key), std::move(label), base, "s", 1, "s");
}

Figure figure(std::string key, std::string label, Watts value) {
  return made(std::move(key), std::move(label), value.base(), "W", 1, "W");
}

Figure figure(std::string key, std::string label, Joules value) {
  return made(std::move(key), std::move(label), value.base(), "J", watt_hour.base(), "Wh");
}

Figure figure(std::string key, std::string label, Dollars value) {
  return made(std::move(key), std::move(label), value.base(), "USD", 1, "USD");
}

Figure figure(std::string key, std::string label, DollarRate value) {
  return made(std::move(key), std::move(label), (value * hour).base(), "USD/h", 1, "USD/h");
}

Figure figure(std::string key, std::string label, Area value) {
  return made(std::move(key), std::move(label), value.base(), "m2", square_millimetre.base(),
              "mm2");
}

Figure figure(std::string key, std::string label, double value) {
  return {std::move(key), std::move(label), exact(value), value, "", std::nullopt};
}

Figure from(Figure figure, const Provenance& provenance) {
  figure.provenance = provenance;
  return figure;
}

Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  const double clean = std::strtod(fmt::format("{:.14g}", value).c_str(), nullptr);
  if (clean == std::floor(clean) && std::abs(clean) < 9e18) {
    return static_cast<std::int64_t>(clean);
  }
  return clean;
}

Json known_number(double value) { return value == 0 ? Json(nullptr) : number(value); }

Json figures_json(const Card& card) {
  Json list = Json::array();
  for (const CardSection& section : card.sections) {
    for (const Figure& figure : section.figures) {
      if (!figure.provenance) continue;
      const Provenance& p = *figure.provenance;
      list.push_back({{"key", figure.key},
                      {"value", number(figure.value)},
                      {"unit", figure.unit},
                      {"text", figure.text},
                      {"basis", name(p.basis)},
                      {"source", p.source},
                      {"date", p.date},
                      {"note", p.note}});
    }
  }
  return list;
}

std::string dumped(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace infersim::detail
