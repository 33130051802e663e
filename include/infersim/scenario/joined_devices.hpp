#pragma once

#include <optional>
#include <string_view>

#include "infersim/cost/efficiency.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/system.hpp"

namespace infersim {

struct Question;

/// How several devices of one user are joined.
///   pcie          cards in one computer, by way of its memory
///   thunderbolt   computers side by side, by a cable
///   ethernet      computers on a switch of 10 Gb/s
enum class JoinedBy { pcie, thunderbolt, ethernet };

std::string_view name(JoinedBy by);

/// How devices of a kind are joined unless it is said: cards in one computer, computers by a cable.
JoinedBy usual_join(const Device& device);

/// Devices that a question asks for of a product that is sold as one: by number, or as the product
/// of degrees. 1: it is not joined to any.
int joined_devices(const Question& question, const System& system);

/// So many of them as one system: the figures of the links are assumed. The computer around cards
/// is shared by them, others are whole. Throws InputError for devices that nobody joins (phones,
/// modules), and for cards on a link of their own that there is not.
void join(Device& device, System& system, int devices, std::optional<JoinedBy> by);

/// Collectives of such devices: those that libraries were measured with on links of servers are not
/// theirs, what is known of the class is.
Efficiency without_measured_links(Efficiency efficiency);

}  // namespace infersim
