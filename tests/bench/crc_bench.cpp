// The three kinds of CRC-16 over what a DATA frame carries.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "server/dualcam/crc16.hpp"
#include "server/dualcam/wire.hpp"

namespace {

void packet(benchmark::State& state, dualcam::Crc16Function crc16) {
  std::vector<std::uint8_t> bytes(dualcam::packet_size);
  for (std::size_t n = 0; n < bytes.size(); ++n) bytes[n] = static_cast<std::uint8_t>(n * n + 7 * n);
  std::uint16_t crc = 0;
  for (auto _ : state) benchmark::DoNotOptimize(crc = crc16(crc, bytes));  // chained, as the protocol does
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

}  // namespace

int main(int count, char** values) {
  // Only what this CPU runs.
  for (const dualcam::Crc16Kind& kind : dualcam::crc16_kinds())
    benchmark::RegisterBenchmark(("crc16/1KiB/" + std::string(kind.name)).c_str(), packet, kind.function);
  benchmark::Initialize(&count, values);
  if (benchmark::ReportUnrecognizedArguments(count, values)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
