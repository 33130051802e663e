#pragma once

#include <array>
#include <string_view>

namespace infersim {

/// What a prediction rests on, from firm to soft. Of serving and of one kernel:
///   fitted     this chip, with this model, was among the measured points; kernel: fitted on it
///   model      this chip was, the model was not
///   chip       only others of its family were measured
///   inherited  kernels come from another family, or from the class
///   concept    the chip exists on paper alone
enum class Regime { fitted, model, chip, inherited, concept_chip };

inline constexpr std::array all_regimes = {Regime::fitted, Regime::model, Regime::chip,
                                           Regime::inherited, Regime::concept_chip};

/// `fitted`, `model`, `chip`, `inherited`, `concept`.
std::string_view name(Regime regime);

/// What it means, in half a sentence.
std::string_view meaning(Regime regime);

}  // namespace infersim
