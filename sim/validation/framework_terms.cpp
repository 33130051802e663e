#include "infersim/validation/framework_terms.hpp"

namespace infersim {
namespace {

constexpr double micro = 1e-6;
constexpr double milli = 1e-3;

// Starts are what kernels timed alone and engines' documentation would make one expect; spreads say
// how far from that a framework may be before the rows have to insist.
constexpr FrameworkTerm terms[] = {
    {"host", "step", micro, 300, 0.8, 10, 5000,
     [](Framework& f, double v) { f.step = Seconds{v}; }},
    {"host", "per_layer_launch", milli, 0.3, 0.8, 0.01, 3,
     [](Framework& f, double v) { f.per_layer_launch = Seconds{v}; }},
    {"host", "per_sequence", micro, 5, 0.8, 0.05, 200,
     [](Framework& f, double v) { f.per_sequence = Seconds{v}; }},
    {"host", "kernel_latency", 0, 0.8, 0.3, 0.1, 2,
     [](Framework& f, double v) { f.steps.kernel_latency = v; }},
    {"host", "expert_latency", 0, 0.8, 0.3, 0.1, 2,
     [](Framework& f, double v) { f.steps.expert_latency = v; }},
    {"host", "link_latency", 0, 1.0, 0.3, 0.1, 4,
     [](Framework& f, double v) { f.steps.link_latency = v; }},
    {"host", "pass_latency", micro, 2.0, 0.4, 0.2, 20,
     [](Framework& f, double v) { f.steps.pass_latency = Seconds{v}; }},
    {"host", "stretch", 0, 1.05, 0.1, 0.8, 2.5,
     [](Framework& f, double v) { f.steps.stretch = v; }},
    {"scheduler", "front_latency", milli, 15, 0.8, 0.1, 500,
     [](Framework& f, double v) { f.settings.front_latency = Seconds{v}; }},
};

}  // namespace

std::span<const FrameworkTerm> framework_terms() { return terms; }

}  // namespace infersim
