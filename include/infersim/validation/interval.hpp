#pragma once

#include "infersim/calibration/measured_operator.hpp"
#include "infersim/core/interval.hpp"
#include "infersim/core/metric.hpp"
#include "infersim/core/regime.hpp"
#include "infersim/cost/efficiency.hpp"
#include "infersim/hardware/device.hpp"

namespace infersim {

/// The interval of single operators where no residual of a fit tells it. fitted: P10 and P90 of
/// measured over predicted over 264,848 operators on nine chips, all classes together. chip and
/// inherited: what is added by a chip that a fit has not seen, as leaving one out showed. Power:
/// P10 and P90 over 43,895 operators on three chips, in any regime.
Interval class_wide_interval(Regime regime, Metric metric);

/// The interval of an operator on that chip: the residuals of the fit that its parameters come
/// from, of rows left out on chips that were fitted and of whole chips left out on others of the
/// family; class-wide where there are none. Of collectives class-wide by where `links` come from.
Interval operator_interval(const MeasuredOperator& op, const Device& device,
                           const Efficiency& efficiency, Metric metric);

}  // namespace infersim
