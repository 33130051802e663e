#include "workload/hf_residual.hpp"

namespace infersim::detail {

void read_hf_residual(HfObject& config, ModelSpec& model) {
  constexpr IntegerRange stream_range{.least = 1, .most = 64};
  const Count hyper = config.integer({"hc_mult"}, stream_range).value_or(1);
  const Count alternating = config.integer({"altup_num_inputs"}, stream_range).value_or(1);
  if (hyper > 1) model.streams = ResidualStreams{StreamKind::hyper_connections, hyper};
  if (alternating > 1)
    model.streams = ResidualStreams{StreamKind::alternating_updates, alternating};
  if (hyper > 1 && alternating > 1) config.contradiction("altup_num_inputs", "hc_mult");
  model.laurel = config.integer({"laurel_rank"}).value_or(0);
  const Count width = config.integer({"hidden_size_per_layer_input"}).value_or(0);
  const Count rows =
      config.integer({"vocab_size_per_layer_input"}, hf_positive).value_or(model.vocab);
  if (width > 0) model.per_layer = PerLayerEmbedding{.vocab = rows, .width = width};
}

}  // namespace infersim::detail
