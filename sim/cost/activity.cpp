#include "infersim/cost/activity.hpp"

namespace infersim {

Activity& Activity::operator+=(const Activity& other) {
  for (std::size_t i = 0; i < flops.size(); ++i) flops[i] += other.flops[i];
  memory += other.memory;
  on_chip += other.on_chip;
  scale_up += other.scale_up;
  scale_out += other.scale_out;
  return *this;
}

Activity& Activity::operator*=(double factor) {
  for (Flops& f : flops) f *= factor;
  memory *= factor;
  on_chip *= factor;
  scale_up *= factor;
  scale_out *= factor;
  return *this;
}

Activity operator*(Activity activity, double factor) { return activity *= factor; }

Flops Activity::total_flops() const {
  Flops sum;
  for (Flops f : flops) sum += f;
  return sum;
}

}  // namespace infersim
