#pragma once

#include <string>
#include <vector>

#include "infersim/cost/efficiency.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/system.hpp"
#include "infersim/report/card.hpp"
#include "infersim/scenario/scope.hpp"
#include "infersim/serving/framework.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// The kernels that a device has under one framework.
struct FrameworkKernels {
  Framework framework;
  Efficiency efficiency;
};

/// What a card of a device is made of.
struct DeviceFacts {
  const Device& device;
  const System& system;          ///< that it ships in
  const Efficiency& efficiency;  ///< as it is used for the device
  const ModelSpec& small_model;  ///< of 7 B parameters, for the rate of one user
  std::vector<FrameworkKernels> frameworks = {};
};

/// What one token of one user reads if all linear layers have four bits: every weight but the input
/// embedding.
Bytes single_user_bytes(const ModelSpec& model);

/// Every figure of a device with its basis and source; what follows from them: ridge points
/// (dense peak / bandwidth of main memory) and bytes per flop by number type, and the most tokens/s
/// that bandwidth allows one user of `small_model` in INT4; the efficiency parameters in use with
/// what they were fitted on; under each framework the kernels that were fitted and those that
/// others stand for; the system it ships in.
Card device_card(const DeviceFacts& facts);

/// The same as a JSON document (docs/json.md).
std::string device_json(const DeviceFacts& facts);

}  // namespace infersim
