// The Annex-B reader on any bytes, read as HEVC and as H.264: pictures are views that follow one another, and nothing
// of the stream is in two of them. Parameter sets come out as they stood.
#include "transcode/streams/annexb_reader.hpp"
#include "transcode/streams/picture_order.hpp"

#include "tests/fuzz/reader.hpp"

using namespace transcode;

static bool lies_in(base::ByteView part, base::ByteView whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

static void read(base::ByteView file, VideoCodec codec) {
  AnnexbReader reader(file, codec);
  std::vector<OrderedPicture> order;
  const std::uint8_t* behind = file.data();
  std::size_t taken = 0;
  base::Bytes sets, buffer;
  while (const auto unit = reader.next()) {
    if (unit->bytes.empty() || unit->bytes.data() < behind || !lies_in(unit->bytes, file)) __builtin_trap();
    if (order.empty() && !unit->key) __builtin_trap();
    behind = unit->bytes.data() + unit->bytes.size();
    taken += unit->bytes.size();
    if (sets.empty()) sets = parameter_sets(codec, unit->bytes);
    const auto rest = without_parameter_sets(codec, unit->bytes, sets, buffer);
    if (rest.empty() || rest.size() > unit->bytes.size()) __builtin_trap();
    if (!lies_in(rest, unit->bytes) && !lies_in(rest, buffer)) __builtin_trap();
    // Any count will do: the bytes decide.
    order.push_back({.order_count = unit->bytes.back() % 7 == 0 ? std::nullopt : std::optional(unit->bytes.back()),
                     .restarts_order = unit->restarts_order});
  }
  if (taken + reader.damage().skipped_bytes > file.size()) __builtin_trap();
  if (reader.damage().damaged_records > file.size() / 4) __builtin_trap();
  std::vector<bool> ranks(order.size());
  for (const std::uint32_t rank : rank_pictures(order).rank) {
    if (rank >= ranks.size() || ranks[rank]) __builtin_trap();
    ranks[rank] = true;
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView file(data, size);
  codec_of(file);
  read(file, VideoCodec::hevc);
  read(file, VideoCodec::h264);
  return 0;
}
