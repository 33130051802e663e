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

StepBatch StepBatch::mixed(const StepBatch& decode, const StepBatch& prefill) {
  StepBatch batch = decode;
  batch.prefill_sequences = prefill.prefill_sequences;
  batch.prefill_tokens = prefill.prefill_tokens;
  batch.prefill_past = prefill.prefill_past;
  batch.prefill_pairs = prefill.prefill_pairs;
  return batch;
}

}  // namespace infersim
