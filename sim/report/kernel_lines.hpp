#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "infersim/report/device_card.hpp"

namespace infersim::detail {

/// One class of kernels under one framework, of one description.
struct KernelLine {
  std::string framework;
  KernelClass kernel = KernelClass::gemm;
  KernelScope from;
  Regime regime = Regime::inherited;
  std::vector<KernelFormat> formats;  ///< that have a table; empty: one of all formats
};

/// Where each class of kernels comes from under each framework.
std::vector<KernelLine> kernel_lines(const DeviceFacts& facts);

/// The same as a section: for each framework what is its own, and what is of others.
CardSection kernel_section(const DeviceFacts& facts);

}  // namespace infersim::detail
