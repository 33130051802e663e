#include "infersim/phase/step_model.hpp"

namespace infersim {

StepBatch StepBatch::decode(double sequences, double context, double queries) {
  StepBatch batch;
  batch.decode_sequences = sequences;
  batch.queries_per_sequence = queries;
  batch.context_sum = sequences * context;
  return batch;
}

StepBatch StepBatch::prefill(double sequences, double tokens, double past) {
  StepBatch batch;
  batch.prefill_sequences = sequences;
  batch.prefill_tokens = sequences * tokens;
  batch.prefill_past = sequences * past;
  batch.prefill_pairs = sequences * (tokens * past + 0.5 * tokens * tokens);
  return batch;
}

}  // namespace infersim
