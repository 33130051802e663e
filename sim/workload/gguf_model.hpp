#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infersim/core/diagnostic.hpp"
#include "infersim/workload/count.hpp"
#include "workload/gguf_header.hpp"

namespace infersim::detail {

/// The keys and tensors of a GGUF model, of all its files, ticked off as they are asked for.
class GgufModel {
 public:
  /// The first of `parts` has the keys. The faults must outlive it; so must the parts.
  GgufModel(const std::vector<GgufHeader>& parts, Diagnostics& faults);

  /// `general.architecture`, before the names of all its keys; empty (and a fault) if there is
  /// none.
  [[nodiscard]] const std::string& architecture() const { return architecture_; }
  /// Whole number of a key of the architecture; of an array the element of `layer`.
  std::optional<Count> number(std::string_view key, Count layer = 0, Count least = 0);
  /// A fault if it is not there, and 0.
  Count required(std::string_view key, Count layer = 0);
  bool flag(std::string_view key);
  [[nodiscard]] bool is_array(std::string_view key) const;
  /// By the whole name of a key.
  [[nodiscard]] std::optional<std::string> text(const std::string& key) const;
  [[nodiscard]] std::optional<Count> general(const std::string& key) const;

  /// A tensor by its whole name; none if it is not there.
  const GgufTensor* tensor(const std::string& name);
  /// `blk.<layer>.<name>`.
  const GgufTensor* tensor(Count layer, std::string_view name);
  /// A fault if it is not there.
  const GgufTensor* required_tensor(Count layer, std::string_view name);
  [[nodiscard]] std::vector<const GgufTensor*> tensors() const;
  /// Names of tensors that nobody asked for, without their layers, and of how many layers each.
  [[nodiscard]] std::map<std::string, Count> unread() const;

  void fault(std::string_view key, const std::string& message, const std::string& hint = {});
  void fault(const GgufTensor& tensor, const std::string& message);
  /// A fault of no key and no tensor.
  void fault_of_file(const std::string& message, const std::string& hint = {});

 private:
  struct Entry {
    const GgufTensor* tensor;
    const std::string* path;
  };
  [[nodiscard]] const GgufValue* value(std::string_view key) const;
  [[nodiscard]] std::string full(std::string_view key) const;

  const GgufHeader& first_;
  Diagnostics& faults_;
  std::string architecture_;
  std::map<std::string, Entry, std::less<>> tensors_;
  std::set<std::string, std::less<>> read_;
};

/// Outputs of a matrix, and inputs.
inline Count rows(const GgufTensor& tensor) { return static_cast<Count>(tensor.shape[1]); }
inline Count columns(const GgufTensor& tensor) { return static_cast<Count>(tensor.shape[0]); }

}  // namespace infersim::detail
