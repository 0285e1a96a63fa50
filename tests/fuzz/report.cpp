// The report of a worker that has been taken over: any bytes in pieces of any size, and the same end however they are
// cut; what is taken for a report is one.
#include "tests/fuzz/reader.hpp"
#include "transcode/order/order.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Reader input{{data, size}};
  const std::size_t piece = input.byte() % 32 + 1U;
  transcode::ReportReader whole;
  const bool whole_fits = whole.feed(base::as_text(input.left)).has_value();
  transcode::ReportReader cut;
  bool cut_fits = true;
  while (!input.empty() && cut_fits) cut_fits = cut.feed(base::as_text(input.bytes(piece))).has_value();
  if (whole_fits != cut_fits) __builtin_trap();
  if (!whole_fits) return 0;
  if (whole.state() != cut.state() || whole.percent() != cut.percent()) __builtin_trap();
  if (whole.reason() != cut.reason() || whole.report() != cut.report()) __builtin_trap();
  for (const char c : whole.reason())
    if (c < ' ' || c > '~') __builtin_trap();
  if (whole.state() != transcode::ReportReader::State::done) return 0;
  transcode::ReportReader again;
  if (!again.feed(to_lines(whole.report())) || again.report() != whole.report()) __builtin_trap();
  return 0;
}
