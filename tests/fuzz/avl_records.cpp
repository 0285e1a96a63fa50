// Packets of records in arbitrary bytes: views stay inside, and what was taken is made again byte for byte.
#include "server/avl/record.hpp"

#include "server/avl/framer.hpp"
#include "tests/fuzz/reader.hpp"

using namespace avl;

static void require(bool holds) {
  if (!holds) __builtin_trap();
}

static std::vector<OutgoingRecord> copy(const Records& records) {
  std::vector<OutgoingRecord> out;
  for (const Record& record : records.all()) {
    out.push_back({record, {}});
    for (const Element& element : records.elements(record))
      out.back().elements.push_back({element.id, {element.bytes.begin(), element.bytes.end()}});
  }
  return out;
}

// Groups come sorted by size and a length of 1, 2, 4 or 8 in the last one is said differently; the second time all is
// as it was the first time.
static void make_again(Codec codec, const Records& records) {
  const auto once = encode_records(codec, copy(records));
  if (!once) return;
  Records again;
  require(again.decode(codec, *once).has_value());
  require(again.all().size() == records.all().size());
  require(encode_records(codec, copy(again)).value() == *once);
}

static void check(Codec codec, base::ByteView payload) {
  Records records;
  if (!records.decode(codec, payload)) return require(records.all().empty());
  std::size_t bytes = 0;
  for (const Record& record : records.all()) {
    bytes += record.raw.size();
    for (const Element& element : records.elements(record)) {
      require(element.bytes.empty() ||
              (element.bytes.data() >= record.raw.data() &&
               element.bytes.data() + element.bytes.size() <= record.raw.data() + record.raw.size()));
      element.number();
    }
    Records stored;
    require(stored.decode_stored(codec, 1, record.raw).has_value());
    require(stored.elements(stored.all()[0]).size() == record.element_count);
  }
  require(bytes + 3 == payload.size());
  make_again(codec, records);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView in(data, size);
  check(Codec::codec8, in);
  check(Codec::codec8e, in);
  const Found found = next_frame(in);
  require(found.size <= in.size());
  if (const auto* frame = std::get_if<FrameView>(&found.what)) check(frame->codec, frame->payload);
  return 0;
}
