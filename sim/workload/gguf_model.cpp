#include "workload/gguf_model.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim::detail {

namespace {

constexpr Count most = 1'000'000'000;  // of any figure: what products of three of them hold
constexpr std::string_view block = "blk.";

/// `attn_q.weight` of `blk.3.attn_q.weight`; other names as they are.
std::string_view without_layer(std::string_view name) {
  if (!name.starts_with(block)) return name;
  const std::size_t dot = name.find('.', block.size());
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

}  // namespace

GgufModel::GgufModel(const std::vector<GgufHeader>& parts, Diagnostics& faults)
    : first_(parts.front()), faults_(faults) {
  architecture_ = text("general.architecture").value_or("");
  if (architecture_.empty()) fault_of_file("`general.architecture`: missing required key");
  for (const GgufHeader& part : parts) {
    for (const GgufTensor& tensor : part.tensors) {
      if (!tensors_.emplace(tensor.name, Entry{&tensor, &part.path}).second) {
        faults_.error({part.path, 0, 0}, fmt::format("byte {}: {} is in another file too",
                                                     tensor.at, quote(tensor.name)));
      }
    }
  }
}

std::string GgufModel::full(std::string_view key) const {
  return architecture_ + "." + std::string(key);
}

const GgufValue* GgufModel::value(std::string_view key) const {
  const auto found = first_.values.find(full(key));
  return found == first_.values.end() ? nullptr : &found->second;
}

bool GgufModel::is_array(std::string_view key) const {
  const GgufValue* found = value(key);
  return found != nullptr && std::holds_alternative<std::vector<std::int64_t>>(found->value);
}

std::optional<Count> GgufModel::number(std::string_view key, Count layer, Count least) {
  const GgufValue* found = value(key);
  if (found == nullptr) return std::nullopt;
  std::optional<std::int64_t> number;
  if (const auto* single = std::get_if<std::int64_t>(&found->value)) number = *single;
  if (const auto* truth = std::get_if<bool>(&found->value)) number = *truth ? 1 : 0;
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&found->value)) {
    if (layer < static_cast<Count>(list->size())) {
      number = (*list)[static_cast<std::size_t>(layer)];
    } else {
      fault(key, fmt::format("{} values; none for layer {}", list->size(), layer));
      return std::nullopt;
    }
  }
  if (!number || *number < least || *number > most) {
    fault(key, number ? fmt::format("expected a whole number from {} to {}, found {}", least, most,
                                    *number)
                      : std::string("expected a whole number"));
    return std::nullopt;
  }
  return *number;
}

Count GgufModel::required(std::string_view key, Count layer) {
  if (value(key) == nullptr) {
    fault_of_file(fmt::format("{}: missing required key", quote(full(key))));
    return 0;
  }
  return number(key, layer, 1).value_or(0);
}

bool GgufModel::flag(std::string_view key) { return number(key).value_or(0) != 0; }

std::optional<std::string> GgufModel::text(const std::string& key) const {
  const auto found = first_.values.find(key);
  if (found == first_.values.end()) return std::nullopt;
  const auto* written = std::get_if<std::string>(&found->second.value);
  return written == nullptr ? std::nullopt : std::optional(*written);
}

std::optional<Count> GgufModel::general(const std::string& key) const {
  const auto found = first_.values.find(key);
  if (found == first_.values.end()) return std::nullopt;
  const auto* number = std::get_if<std::int64_t>(&found->second.value);
  return number == nullptr ? std::nullopt : std::optional<Count>(*number);
}

const GgufTensor* GgufModel::tensor(const std::string& name) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) return nullptr;
  read_.insert(name);
  return found->second.tensor;
}

const GgufTensor* GgufModel::tensor(Count layer, std::string_view name) {
  return tensor(fmt::format("{}{}.{}", block, layer, name));
}

const GgufTensor* GgufModel::required_tensor(Count layer, std::string_view name) {
  const GgufTensor* found = tensor(layer, name);
  if (found == nullptr) fault_of_file(fmt::format("no tensor `{}{}.{}`", block, layer, name));
  return found;
}

std::vector<const GgufTensor*> GgufModel::tensors() const {
  std::vector<const GgufTensor*> all;
  for (const auto& [name, entry] : tensors_)
    all.push_back(entry.tensor);
  return all;
}

std::map<std::string, Count> GgufModel::unread() const {
  std::map<std::string, Count> names;
  for (const auto& [name, entry] : tensors_) {
    if (!read_.contains(name)) ++names[std::string(without_layer(name))];
  }
  return names;
}

void GgufModel::fault(std::string_view key, const std::string& message, const std::string& hint) {
  const GgufValue* found = value(key);
  const std::string place = found == nullptr ? "" : fmt::format("byte {}: ", found->at);
  faults_.error({first_.path, 0, 0}, fmt::format("{}{}: {}", place, quote(full(key)), message),
                hint);
}

void GgufModel::fault(const GgufTensor& tensor, const std::string& message) {
  const auto found = tensors_.find(tensor.name);
  const std::string& path = found == tensors_.end() ? first_.path : *found->second.path;
  faults_.error({path, 0, 0},
                fmt::format("byte {}: {}: {}", tensor.at, quote(tensor.name), message));
}

void GgufModel::fault_of_file(const std::string& message, const std::string& hint) {
  faults_.error({first_.path, 0, 0}, message, hint);
}

}  // namespace infersim::detail
