// The check of whole files: any bytes, and the same verdict however they are cut into blocks.
#include "storage/formats/format.hpp"

#include "tests/fuzz/reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Reader reader{{data, size}};
  const std::size_t block = reader.byte() % 64 + 1U;
  storage::sniff(reader.left);
  storage::parse_ptmf_header(reader.left);
  storage::FormatCheck whole;
  whole.feed(reader.left);
  storage::FormatCheck cut;
  while (!reader.empty()) cut.feed(reader.bytes(block));
  const storage::FormatVerdict expected = whole.finish();
  const storage::FormatVerdict verdict = cut.finish();
  if (verdict.format != expected.format || verdict.defect != expected.defect) __builtin_trap();
  if (verdict.pictures != expected.pictures || verdict.sounds != expected.sounds) __builtin_trap();
  if (verdict.width != expected.width || verdict.height != expected.height) __builtin_trap();
  return 0;
}
