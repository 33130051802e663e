#include "infersim/cost/reach.hpp"

#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

AttentionShape reaching(double span, bool chunked = false) {
  AttentionShape shape;
  shape.span = span;
  shape.chunked = chunked;
  return shape;
}

}  // namespace

TEST_CASE("without a span a query reads every cached token") {
  CHECK(reached_tokens(reaching(0), 12345) == 12345);
  CHECK(reached_pairs(reaching(0), 100, 50) == 100 * 50 + 100 * 100 / 2);
}

TEST_CASE("a window costs what full attention does until it is full, and no more from there") {
  for (const bool chunked : {false, true}) {
    CHECK(reached_tokens(reaching(4096, chunked), 4096) == 4096);
    CHECK(reached_pairs(reaching(4096, chunked), 1024, 3072) ==
          reached_pairs(reaching(0), 1024, 3072));
  }
  CHECK(reached_tokens(reaching(4096), 4097) == 4096);
  CHECK(reached_tokens(reaching(4096), 1e6) == 4096);
  CHECK(reached_pairs(reaching(4096), 10, 1e6) == 10 * 4096);
}

TEST_CASE("pairs of a prompt do not depend on how it is cut into steps") {
  for (const bool chunked : {false, true}) {
    const AttentionShape shape = reaching(1000, chunked);
    double sum = 0;
    for (double past = 0; past < 8192; past += 512)
      sum += reached_pairs(shape, 512, past);
    CHECK_THAT(sum, WithinRel(reached_pairs(shape, 8192, 0), 1e-12));
  }
}

TEST_CASE("whole chunks cost a triangle each, half of what a window of their size does") {
  const double chunks = 7;
  CHECK_THAT(reached_pairs(reaching(1000, true), chunks * 1000, 0),
             WithinRel(chunks * 1000 * 1000 / 2, 1e-12));
  // Far into a sequence a window reads its span for every token.
  const double window = reached_pairs(reaching(1000), 1000, 50000);
  const double chunk = reached_pairs(reaching(1000, true), 1000, 50000);
  CHECK_THAT(chunk / window, WithinRel(0.5, 1e-12));
  CHECK(reached_tokens(reaching(1000, true), 50000) == 500);
}

TEST_CASE("a longer past never makes fewer pairs in a window") {
  double before = 0;
  for (double past = 0; past < 10000; past += 100) {
    const double pairs = reached_pairs(reaching(4096), 256, past);
    CHECK(pairs >= before);
    before = pairs;
  }
}

TEST_CASE("entries are read beside a window, each in place of the tokens that it pools") {
  AttentionShape shape = reaching(128);
  shape.pool = 128;
  CHECK(reached_tokens(shape, 64) == 64 + 0.5);
  CHECK(reached_tokens(shape, 128000) == 128 + 1000);
  CHECK_THAT(reached_pairs(shape, 1000, 128000), WithinRel(1000 * (128 + 1003.90625), 1e-12));
  // An indexer picks so many of them at most.
  shape.pool = 4;
  shape.pool_span = 512;
  CHECK(reached_tokens(shape, 2048) == 128 + 512);
  CHECK(reached_tokens(shape, 1e6) == 128 + 512);
  CHECK(reached_pairs(shape, 10, 1e6) == 10 * (128 + 512));
  double sum = 0;
  for (double past = 0; past < 8192; past += 512)
    sum += reached_pairs(shape, 512, past);
  CHECK_THAT(sum, WithinRel(reached_pairs(shape, 8192, 0), 1e-12));
  // What scores them reads their keys and no tokens.
  shape.pool_span = 0;
  shape.entries_alone = true;
  CHECK(reached_tokens(shape, 4000) == 1000);
  CHECK(reached_pairs(shape, 4000, 0) == 4000 * 1000 / 2.0);
}
