#pragma once

#include <string>
#include <vector>

#include "infersim/core/regime.hpp"
#include "infersim/cost/kernel_scope.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/phase/precision.hpp"
#include "infersim/phase/step_table.hpp"
#include "infersim/serving/framework.hpp"

namespace infersim {

/// One thing that stands for another, or lies beyond what was measured.
struct Extrapolation {
  std::string what;  ///< `kernels`, `number type`, `framework`, `chip`, `shape`, `links`
  std::string from;  ///< what was measured
  std::string to;    ///< what it is used for
  std::string why;
};

/// How far an answer lies from what was measured.
struct Scope {
  Regime regime = Regime::inherited;
  std::vector<Beyond> beyond;                 ///< in what the service lies beyond what was measured
  std::vector<KernelId> kernels;              ///< that run
  std::vector<Extrapolation> extrapolations;  ///< regime apart; empty: none
};

/// What a scope depends on: one service on a chip.
struct ScopeSubject {
  const Device& device;
  const Efficiency& efficiency;
  const Framework& framework;
  const PrecisionPlan& precision;
  std::string model;                   ///< its id
  std::vector<KernelId> kernels = {};  ///< that run; as kernels_in_use
  double isl = 0;
  double osl = 0;
  double batch = 0;  ///< requests in flight of an engine
  int ranks = 1;     ///< of an engine
  int devices = 1;   ///< of an engine
  int nodes = 1;     ///< domains of scale-up links over which an engine spans
};

/// The kernels of the operators of a step, each once.
std::vector<KernelId> kernels_in_use(const StepTable& prefill, const StepTable& decode);

/// On what serving figures rest:
///
///     concept    the chip is one
///     fitted     framework's measured points have chip and model
///     model      they have the chip
///     chip       they do not, and no kernel in use is inherited (elementwise passes apart)
///     inherited  else
Regime serving_regime(const ScopeSubject& subject);

/// In what the service lies beyond the framework's measured points.
std::vector<Beyond> beyond_of(const ScopeSubject& subject);

/// Regime and beyond with all that was extrapolated, in words.
Scope scope_of(const ScopeSubject& subject);

/// Kernels of a chip that share a description, for a reader: `gemm, mla_decode`.
struct KernelSource {
  KernelScope origin;  ///< its format is of no meaning
  Regime regime = Regime::inherited;
  std::vector<KernelClass> kernels;
};

/// Where each of those kernels comes from, those of one file and regime together.
std::vector<KernelSource> kernel_sources(const Device& device, const Efficiency& efficiency,
                                         const std::vector<KernelId>& kernels);

}  // namespace infersim
