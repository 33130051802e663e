#include "hardware/neighbours.hpp"

#include <algorithm>
#include <cassert>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <string>

namespace infersim::hardware {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

int number_at(std::string_view text, std::size_t at) {
  int value = 0;
  for (; at < text.size() && is_digit(text[at]) && value < 1000; ++at)
    value = 10 * value + (text[at] - '0');
  return value;
}

/// The number of `7 nm`, else the first one that no `+` precedes (SMIC N+2 is no 2 nm).
int nominal_node(std::string_view process) {
  const std::size_t unit = process.find(" nm");
  if (unit != std::string_view::npos) {
    std::size_t begin = unit;
    while (begin > 0 && is_digit(process[begin - 1]))
      --begin;
    if (begin < unit) return number_at(process, begin);
  }
  for (std::size_t i = 0; i < process.size(); ++i) {
    if (!is_digit(process[i])) continue;
    if (i == 0 || process[i - 1] != '+') return number_at(process, i);
    while (i + 1 < process.size() && is_digit(process[i + 1]))
      ++i;
  }
  return 0;
}

bool contains(std::string text, std::string_view part) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text.find(part) != std::string::npos;
}

}  // namespace

int process_node(std::string_view process) {
  const int node = nominal_node(process);
  if (node == 4) return 5;
  if (node == 6) return 7;
  if (node == 8) return 10;
  if (node >= 12 && node <= 16) return 16;
  return node;
}

int process_node(const Device& device) {
  return device.die ? process_node(device.die->process) : 0;
}

std::string_view memory_kind(const Device& device) {
  const MemoryLevel& memory = device.main_memory();
  if (memory.stacks > 0 || contains(memory.name, "HBM")) return "HBM";
  if (contains(memory.name, "GDDR")) return "GDDR";
  if (contains(memory.name, "LPDDR")) return "LPDDR";
  return "other";
}

DeviceRefs relatives(const Device& device, std::span<const Device> others) {
  DeviceRefs result;
  const int node = process_node(device);
  for (const Device& other : others) {
    const int other_node = process_node(other);
    const bool same_node = node == other_node || node == 0 || other_node == 0;
    if (other.id != device.id && other.family == device.family &&
        other.device_class == device.device_class && same_node) {
      result.emplace_back(other);
    }
  }
  return result;
}

DeviceRefs peers(const Device& device, std::span<const Device> others) {
  DeviceRefs result;
  for (const Device& other : others) {
    if (other.id != device.id && other.device_class == device.device_class &&
        memory_kind(other) == memory_kind(device)) {
      result.emplace_back(other);
    }
  }
  return result;
}

FlopRate half_peak(const Device& device) {
  const auto& peaks = device.prefill_engine().dense_peak;
  const FlopRate bf16 = peaks[index(NumberType::bf16)];
  return bf16 > FlopRate{} ? bf16 : peaks[index(NumberType::fp16)];
}

double quantile(std::vector<double> values, double share) {
  assert(!values.empty());
  std::ranges::sort(values);
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], at - static_cast<double>(below));
}

}  // namespace infersim::hardware
